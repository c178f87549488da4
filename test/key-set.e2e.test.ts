import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JWTHeaderParameters, SignJWT } from 'jose';
import { LOCAL_BUNDLES } from '../scripts/build.ts';
import { synthesize } from '../scripts/synth.ts';
import { KeyServer } from './key-server.ts';
import { type ChildCloud, startChildCloud } from './scripts/local-cloud/child-cloud.ts';

/**
 * A deployment whose users' tokens come from an issuer with a key set. What a set that is old or unreachable does over hours
 * stands in test/lambdas/shared/remote-key-set.test.ts.
 */

const ISSUER = 'https://issuer.example/';
const AUDIENCE = 'waybill';
const OWNER = 'user-1';
const WORK = { template_id: 'human-review', fields: { title: 'key sets' } };

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });

const jwkOf = (key: KeyObject, more: object) => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...more });
const keySet = {
  keys: [
    jwkOf(rsa.publicKey, { kid: 'rsa', alg: 'RS256' }),
    jwkOf(otherRsa.publicKey, { kid: 'other-rsa', alg: 'RS256' }),
    jwkOf(ec.publicKey, { kid: 'ec', alg: 'ES256' }),
    jwkOf(ed.publicKey, { kid: 'ed' }),
    jwkOf(weak.publicKey, { kid: 'weak', alg: 'RS256' }),
  ],
};
const rsaJwk = rsa.publicKey.export({ format: 'jwk' });
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;

const issuer = new KeyServer(() => keySet);
let folder: string;
let template: string;
beforeAll(async () => {
  const url = await issuer.start();
  folder = await mkdtemp(join(tmpdir(), 'waybill-key-set-'));
  template = await synthesize(folder, { bundles: LOCAL_BUNDLES, jwt: url, jwtIssuer: ISSUER });
}, 60_000);
afterAll(async () => {
  await issuer.stop();
  await rm(folder, { recursive: true });
});

const seconds = (): number => Math.floor(Date.now() / 1000);
const claims = (changes: object = {}) => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: OWNER,
  exp: seconds() + 600,
  ...changes,
});
const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signed by jose, with RS256 and the issuer's first key where nothing else is said. */
const token = (header: Partial<JWTHeaderParameters> = {}, changes: object = {}, key = rsa.privateKey) =>
  new SignJWT(claims(changes)).setProtectedHeader({ alg: 'RS256', kid: 'rsa', ...header }).sign(key);

/** What no library makes: any header, with an HMAC over any key, or no signature at all. */
function forge(header: object, secret?: string | Buffer): string {
  const signed = `${encode(header)}.${encode(claims())}`;
  const signature =
    secret === undefined ? '' : createHmac('sha256', secret).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

/** What jose does not sign, for it knows better. */
function signByHand(header: object, key: KeyObject): string {
  const signed = `${encode({ alg: 'RS256', ...header })}.${encode(claims())}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

const bearer = (jwt: string): { authorization: string } => ({ authorization: `Bearer ${jwt}` });

async function ask({ url }: ChildCloud, path: string, jwt: string, init: RequestInit = {}) {
  const response = await fetch(url + path, { ...init, headers: { ...bearer(jwt), ...init.headers } });
  const json = (await response.json()) as { assembly_id?: string; code?: string };
  return { status: response.status, headers: response.headers, json };
}

const submit = (cloud: ChildCloud, jwt: string) =>
  ask(cloud, '/assemblies', jwt, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(WORK),
  });

describe('while the issuer answers', () => {
  let cloud: ChildCloud;
  let path: string;
  beforeAll(async () => {
    cloud = await startChildCloud(template);
    const { status, json } = await submit(cloud, await token());
    expect(status).toBe(202);
    path = `/assemblies/${json.assembly_id}`;
  });
  afterAll(() => cloud.stop());

  test.each<[string, () => string | Promise<string>]>([
    ['RS256', () => token()],
    ['RS256, of the second key', () => token({ kid: 'other-rsa' }, {}, otherRsa.privateKey)],
    ['RS256 without a kid: every key that fits is tried', () => token({ kid: undefined })],
    ['RS256 without a kid, of the second key', () => token({ kid: undefined }, {}, otherRsa.privateKey)],
    ['ES256', () => token({ alg: 'ES256', kid: 'ec' }, {}, ec.privateKey)],
    ['EdDSA', () => token({ alg: 'EdDSA', kid: 'ed' }, {}, ed.privateKey)],
    ['of the type JWT', () => token({ typ: 'JWT' })],
    ['of the type of access tokens', () => token({ typ: 'at+jwt' })],
    ['of that type, written in full', () => token({ typ: 'application/AT+JWT' })],
    ['with a jku that nobody looks at', () => token({ jku: 'http://127.0.0.1:9/evil' })],
    ['with audiences that include ours', () => token({}, { aud: ['another', AUDIENCE] })],
  ])('a token is accepted: %s', async (_, make) => {
    expect((await ask(cloud, path, await make())).status).toBe(202);
  });

  test.each<[string, () => string | Promise<string>]>([
    ['none', () => forge({ alg: 'none', kid: 'rsa' })],
    ['NoNe', () => forge({ alg: 'NoNe', kid: 'rsa' })],
    ['HS256 with the public PEM', () => forge({ alg: 'HS256', kid: 'rsa' }, rsaPem)],
    ['HS256 with the public PEM, trimmed', () => forge({ alg: 'HS256', kid: 'rsa' }, rsaPem.trim())],
    ['HS256 with the modulus', () => forge({ alg: 'HS256', kid: 'rsa' }, rsaJwk.n as string)],
    [
      'HS256 with the bytes of the modulus',
      () => forge({ alg: 'HS256', kid: 'rsa' }, Buffer.from(rsaJwk.n as string, 'base64url')),
    ],
    ['HS256 with the JWK', () => forge({ alg: 'HS256', kid: 'rsa' }, JSON.stringify(rsaJwk))],
    ['HS256 with an empty key', () => forge({ alg: 'HS256', kid: 'rsa' }, '')],
    ['HS256 without a kid', () => forge({ alg: 'HS256' }, rsaPem)],
    ['RS256 in the header, HMAC in fact', () => forge({ alg: 'RS256', kid: 'rsa' }, rsaPem)],
    ['ES256 in the header, HMAC in fact', () => forge({ alg: 'ES256', kid: 'ec' }, rsaPem)],
    ['the key of a stranger under a known kid', () => token({}, {}, stranger.privateKey)],
    ['the key of a stranger without a kid', () => token({ kid: undefined }, {}, stranger.privateKey)],
    ['another key of the set under that kid', () => token({}, {}, otherRsa.privateKey)],
    ['a key of the set for another algorithm', () => token({ kid: 'ec' })],
    ['RS384 with a key for RS256', () => token({ alg: 'RS384' })],
    ['PS256 with a key for RS256', () => token({ alg: 'PS256' })],
    ['an unknown kid', () => token({ kid: 'nobody' })],
    ['a kid that is a path', () => token({ kid: '../../../../dev/null' })],
    ['a kid of Object.prototype', () => token({ kid: '__proto__' })],
    ['a kid that is a URL', () => token({ kid: 'http://127.0.0.1:9/evil' })],
    ['a kid of 6,000 characters', () => token({ kid: 'k'.repeat(6_000) })],
    ['a kid that is a number', () => token({ kid: 7 as unknown as string })],
    [
      'an embedded jwk',
      () => token({ jwk: stranger.publicKey.export({ format: 'jwk' }) }, {}, stranger.privateKey),
    ],
    ['a jku of a stranger', () => token({ jku: 'http://127.0.0.1:9/evil' }, {}, stranger.privateKey)],
    ['an x5u of a stranger', () => token({ x5u: 'http://127.0.0.1:9/evil' }, {}, stranger.privateKey)],
    ['an unknown crit', () => signByHand({ kid: 'rsa', crit: ['exp-by'], 'exp-by': 1 }, rsa.privateKey)],
    ['a stripped signature', async () => `${(await token()).split('.').slice(0, 2).join('.')}.`],
    ['four parts', async () => `${await token()}.AAAA`],
    ['expired', () => token({}, { exp: seconds() - 60 })],
    ['without exp', () => token({}, { exp: undefined })],
    ['not valid yet', () => token({}, { nbf: seconds() + 60 })],
    ['another issuer', () => token({}, { iss: 'https://evil.example/' })],
    ['our default issuer', () => token({}, { iss: 'waybill' })],
    ['another audience', () => token({}, { aud: 'another' })],
    ['no sub', () => token({}, { sub: undefined })],
    ['a logout token of the same issuer', () => token({ typ: 'logout+jwt' })],
    ['a security event of the same issuer', () => token({ typ: 'secevent+jwt' })],
    ['a type that is empty', () => token({ typ: '' })],
  ])('a token is refused: %s', async (_, make) => {
    const { status, json } = await ask(cloud, path, await make());
    expect([status, json.code]).toEqual([401, 'unauthenticated']);
  });

  test('a key that is too weak verifies nothing, and is no error of ours', async () => {
    const weakToken = signByHand({ kid: 'weak' }, weak.privateKey);
    expect((await ask(cloud, path, weakToken)).status).toBe(401);
  });

  test('after all that and two hundred unknown keys, status has asked the issuer once, and nobody else was', async () => {
    for (let index = 0; index < 200; index += 1)
      expect((await ask(cloud, path, await token({ kid: `unknown-${index}` }))).status).toBe(401);
    // Submit and status, a container each; a test before this may have taken longer than 30 s.
    expect(issuer.asked.length).toBeLessThanOrEqual(3);
    expect(new Set(issuer.asked)).toEqual(new Set(['/keys']));
  });

  test('what is known serves on when the issuer is down', async () => {
    issuer.mood = 'down';
    expect((await ask(cloud, path, await token())).status).toBe(202);
    // A function that has not asked yet cannot know.
    expect((await ask(cloud, '/webhook-secret', await token())).status).toBe(503);
    issuer.mood = 'well';
  });
});

test.each(['down', 'silent'] as const)(
  'while the issuer is %s from the start, everybody hears 503, and not 401',
  async (mood) => {
    issuer.mood = mood;
    issuer.asked.length = 0;
    const cloud = await startChildCloud(template);
    try {
      for (const jwt of [await token(), await token({ kid: 'nobody' })]) {
        for (let again = 0; again < 20; again += 1) {
          const { status, headers, json } = await ask(cloud, '/webhook-secret', jwt);
          expect([status, json.code, headers.get('retry-after')]).toEqual([503, 'unavailable', '2']);
        }
      }
      expect(issuer.asked).toEqual(['/keys']);
      // What no issuer is needed for is refused as ever.
      expect((await ask(cloud, '/webhook-secret', 'garbage')).status).toBe(401);
      expect((await ask(cloud, '/webhook-secret', forge({ alg: 'none' }))).status).toBe(401);
    } finally {
      issuer.mood = 'well';
      await cloud.stop();
    }
  },
);
