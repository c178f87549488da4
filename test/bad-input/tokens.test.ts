import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiAnswer, api, eventually, localWaybill, newUser, submit, tokenOf } from '../local-cloud.ts';
import {
  externalAssembly,
  idOf,
  storedAssemblies,
  update,
  validSubmission,
  writeMarks,
} from './assembly-probe.ts';
import { expectProblem } from './expect-problem.ts';
import { sendBytes } from './send-bytes.ts';

const { jwt, read_secret, update_secret, webhook_secret } = localWaybill();
const UNAUTHENTICATED = { status: 401, code: 'unauthenticated' };

/** The victim: every forged token names them, and this assembly is theirs. */
const owner = newUser();
let theirs: string;
/** In the fields of every submission of this file: what is stored of them is found again. */
const marker = `tokens of ${owner}`;
const submission = () => ({ ...validSubmission(), fields: { title: marker, nonce: newUser() } });
beforeAll(async () => {
  theirs = await externalAssembly(owner);
});

const seconds = (): number => Math.floor(Date.now() / 1000);
const encode = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const claims = (changes: object = {}) => ({
  iss: jwt.issuer,
  aud: jwt.audience,
  sub: owner,
  iat: seconds(),
  exp: seconds() + 600,
  ...changes,
});

interface Forgery {
  /** Objects are sent as JSON, strings as they are. */
  readonly header?: unknown;
  readonly payload?: unknown;
  readonly secret?: string | Uint8Array;
  readonly hash?: 'sha256' | 'sha384' | 'sha512';
}

/** A token made by hand: right in all that is not said otherwise. */
function forge({ header, payload, secret = jwt.secret, hash = 'sha256' }: Forgery = {}): string {
  const signed = `${encode(header ?? { alg: 'HS256' })}.${encode(payload ?? claims())}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}

const withHeader = (header: object, forgery: Forgery = {}): string =>
  forge({ header: { alg: 'HS256', ...header }, ...forgery });
const withClaims = (changes: object): string => forge({ payload: claims(changes) });
const without = (claim: string): string => withClaims({ [claim]: undefined });

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
const publicJwk = publicKey.export({ format: 'jwk' });
function rsaToken(header: object = {}): string {
  const signed = `${encode({ alg: 'RS256', ...header })}.${encode(claims())}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

/** A good token of exactly that length. Header, signature and dots have 65 characters of it. */
function tokenOfLength(length: number): string {
  const bytes = Math.floor(((length - 65) * 3) / 4);
  const short = JSON.stringify(claims({ pad: '' }));
  const token = withClaims({ pad: 'x'.repeat(bytes - short.length) });
  expect(token).toHaveLength(length);
  return token;
}

/** Where tokens point to with `jku` and `x5u`: nobody may ask there. */
const asked: string[] = [];
const keyServer = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.end(JSON.stringify({ keys: [publicJwk] }));
});
beforeAll(() => new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => keyServer.close(resolve)));
const keyUrl = (): string => `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/keys`;

/** Every route that takes a user's token. */
const askEverywhere = (headers: Record<string, string>, query = ''): Promise<ApiAnswer[]> =>
  Promise.all([
    api(`/assemblies/${theirs}${query}`, { headers }),
    api(`/status${query === '' ? '?' : `${query}&`}assemblyId=${theirs}`, { headers }),
    api(`/webhook-secret${query}`, { headers }),
    api(`/assemblies${query}`, { headers, body: submission() }),
  ]);

async function expectRefusedEverywhere(headers: Record<string, string>, query?: string): Promise<void> {
  for (const answer of await askEverywhere(headers, query)) expectProblem(answer, UNAUTHENTICATED);
}

const authorization = (value: string) => ({ authorization: value });
const bearerOf = (token: string) => authorization(`Bearer ${token}`);
const halves = (): [string, string, string] => forge().split('.') as [string, string, string];

type TokenRow = readonly [what: string, token: () => string];

const refuseTokens = (group: string, rows: readonly TokenRow[]): void =>
  describe(`tokens that are refused: ${group}`, () => {
    test.each(rows)('%s', async (_, token) => {
      await expectRefusedEverywhere(bearerOf(token()));
    });
  });

refuseTokens('not a token at all', [
  ['nothing', () => ''],
  ['a word', () => 'token'],
  ['three words', () => 'a.b.c'],
  ['dots', () => '..'],
  ['one part', () => halves()[0]],
  ['two parts', () => halves().slice(0, 2).join('.')],
  ['four parts', () => `${forge()}.${halves()[2]}`],
  ['five parts, as encryption has', () => `${forge()}.a.b`],
  ['an empty part in front', () => `.${forge()}`],
  ['a stripped signature', () => `${halves().slice(0, 2).join('.')}.`],
  ['two tokens', () => `${forge()} ${forge()}`],
  ['two tokens with a comma', () => `${forge()},${forge()}`],
  ['plain base64', () => `${forge().replace(/\.[^.]*$/, '')}.ab+/ab==`],
  ['a header that is not JSON', () => forge({ header: 'HS256' })],
  ['a header that is null', () => forge({ header: 'null' })],
  ['a header that is an array', () => forge({ header: ['HS256'] })],
  ['a payload that is not JSON', () => forge({ payload: '{"sub":' })],
  ['a payload that is null', () => forge({ payload: 'null' })],
  ['a payload that is an array', () => forge({ payload: [claims()] })],
  ['a payload that is a string', () => forge({ payload: JSON.stringify(owner) })],
  ['a payload 2,000 levels deep', () => forge({ payload: '['.repeat(2_000) })],
  ['9,000 letters', () => 'a'.repeat(9_000)],
  ['a good token of 8,193 characters', () => tokenOfLength(8_193)],
]);

refuseTokens('the algorithm', [
  ['none, no signature', () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
  ['none, without the last dot', () => `${encode({ alg: 'none' })}.${encode(claims())}`],
  ['none, with a signature', () => forge({ header: { alg: 'none' } })],
  ['NoNe', () => forge({ header: { alg: 'NoNe' } })],
  ['NONE', () => forge({ header: { alg: 'NONE' } })],
  ['an empty one', () => forge({ header: { alg: '' } })],
  ['no alg', () => forge({ header: { typ: 'JWT' } })],
  ['alg null', () => forge({ header: { alg: null } })],
  ['alg in a list', () => forge({ header: { alg: ['HS256'] } })],
  ['alg of a prototype', () => forge({ header: { alg: 'constructor' } })],
  ['hs256', () => forge({ header: { alg: 'hs256' } })],
  ['HS384 with the right key', () => forge({ header: { alg: 'HS384' }, hash: 'sha384' })],
  ['HS512 with the right key', () => forge({ header: { alg: 'HS512' }, hash: 'sha512' })],
  ['HS512 in the header, HS256 in fact', () => forge({ header: { alg: 'HS512' } })],
  ['RS256 in the header, HMAC with the right key', () => forge({ header: { alg: 'RS256' } })],
  ['RS256', () => rsaToken()],
]);

refuseTokens('the key', [
  ['another key', () => forge({ secret: 'another-secret-of-at-least-32-bytes' })],
  ['an empty key', () => forge({ secret: '' })],
  ['a key of zeros', () => forge({ secret: new Uint8Array(32) })],
  ['the right key with a line break', () => forge({ secret: `${jwt.secret}\n` })],
  ['the read secret', () => forge({ secret: read_secret })],
  ['the update secret', () => forge({ secret: update_secret })],
  ['the webhook secret', () => forge({ secret: webhook_secret })],
  ['a public key as the HMAC key', () => forge({ secret: publicPem })],
  [
    'another payload under a good signature',
    () => {
      const [header, , signature] = halves();
      return `${header}.${encode(claims({ admin: true }))}.${signature}`;
    },
  ],
  [
    'another header under a good signature',
    () => {
      const [, payload, signature] = halves();
      return `${encode({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`;
    },
  ],
  ['half a signature', () => forge().slice(0, -20)],
  ['a signature and more', () => `${forge()}AAAA`],
]);

refuseTokens('where the key is said to be', [
  ['an embedded jwk, RS256', () => rsaToken({ jwk: publicJwk })],
  [
    'an embedded jwk, HS256 with that key',
    () => withHeader({ jwk: { kty: 'oct', k: encode('forged') } }, { secret: 'forged' }),
  ],
  ['jku, RS256', () => rsaToken({ jku: keyUrl(), kid: 'k' })],
  ['jku, another key', () => withHeader({ jku: keyUrl() }, { secret: 'forged' })],
  ['x5u', () => rsaToken({ x5u: keyUrl() })],
  ['x5c', () => rsaToken({ x5c: [Buffer.from(publicPem).toString('base64')] })],
  [
    'a kid that is a path to an empty file',
    () => withHeader({ kid: '../../../../dev/null' }, { secret: '' }),
  ],
  ['a kid that is SQL', () => withHeader({ kid: "' UNION SELECT 'forged" }, { secret: 'forged' })],
  ['a kid that is a URL', () => withHeader({ kid: keyUrl() }, { secret: 'forged' })],
  ['a kid of Object.prototype', () => withHeader({ kid: '__proto__' }, { secret: '[object Object]' })],
  ['an unknown crit', () => withHeader({ crit: ['exp-by'], 'exp-by': 1 })],
  ['an empty crit', () => withHeader({ crit: [] })],
  ['a crit that is no list', () => withHeader({ crit: 'b64' })],
  ['an unencoded payload', () => withHeader({ crit: ['b64'], b64: false })],
]);

refuseTokens('time', [
  ['expired ten minutes ago', () => withClaims({ exp: seconds() - 600 })],
  ['expired 6 s ago, beyond the tolerance', () => withClaims({ exp: seconds() - 6 })],
  ['exp 0', () => withClaims({ exp: 0 })],
  ['exp negative', () => withClaims({ exp: -1 })],
  ['no exp', () => without('exp')],
  ['exp null', () => withClaims({ exp: null })],
  ['exp as a string', () => withClaims({ exp: String(seconds() + 600) })],
  ['exp as a date', () => withClaims({ exp: '2999-01-01T00:00:00Z' })],
  ['exp in a list', () => withClaims({ exp: [seconds() + 600] })],
  ['not valid before a minute from now', () => withClaims({ nbf: seconds() + 60 })],
  ['nbf as a string', () => withClaims({ nbf: String(seconds()) })],
]);

refuseTokens('whose and for whom', [
  ['another issuer', () => withClaims({ iss: 'https://evil.example' })],
  ['the issuer with a slash', () => withClaims({ iss: `${jwt.issuer}/` })],
  ['the issuer in upper case', () => withClaims({ iss: jwt.issuer.toUpperCase() })],
  ['the issuer in a list', () => withClaims({ iss: [jwt.issuer] })],
  ['no issuer', () => without('iss')],
  ['another audience', () => withClaims({ aud: 'another' })],
  ['audiences without ours', () => withClaims({ aud: ['another', `${jwt.audience}2`] })],
  ['audiences in a list in a list', () => withClaims({ aud: [[jwt.audience]] })],
  ['no audience at all in the list', () => withClaims({ aud: [] })],
  ['an audience that is an object', () => withClaims({ aud: { [jwt.audience]: true } })],
  ['no audience', () => without('aud')],
  ['no sub', () => without('sub')],
  ['an empty sub', () => withClaims({ sub: '' })],
  ['sub 7', () => withClaims({ sub: 7 })],
  ['sub true', () => withClaims({ sub: true })],
  ['sub null', () => withClaims({ sub: null })],
  ['sub in a list', () => withClaims({ sub: [owner] })],
  ['sub as an object', () => withClaims({ sub: { toString: owner } })],
  ['sub with a control character', () => withClaims({ sub: 'a\u0000b' })],
  ['sub of a lone surrogate', () => withClaims({ sub: '\ud800' })],
  ['sub that ends in a lone surrogate', () => withClaims({ sub: `${owner}\udc00` })],
  ['sub of 256 characters', () => withClaims({ sub: 'x'.repeat(256) })],
]);

describe('requests without a bearer token are refused', () => {
  test.each<[string, () => Record<string, string>]>([
    ['no header', () => ({})],
    ['an empty header', () => authorization('')],
    ['Bearer and nothing', () => authorization('Bearer')],
    ['the token alone', () => authorization(forge())],
    [
      'Basic with a user and password',
      () => authorization(`Basic ${Buffer.from('user:pass').toString('base64')}`),
    ],
    ['Basic with the token', () => authorization(`Basic ${forge()}`)],
    ['Token', () => authorization(`Token ${forge()}`)],
    ['Bearer twice', () => authorization(`Bearer Bearer ${forge()}`)],
    ['Bearer with a colon', () => authorization(`Bearer: ${forge()}`)],
    ['Bearer and a tab', () => authorization(`Bearer\t${forge()}`)],
    ['Bearer and no space', () => authorization(`Bearer${forge()}`)],
    ['parameters after the token', () => authorization(`Bearer ${forge()}, realm="x"`)],
    ['the token in a cookie', () => ({ cookie: `token=${forge()}; authorization=Bearer ${forge()}` })],
    [
      'the token in other headers',
      () => ({ 'x-authorization': `Bearer ${forge()}`, 'x-access-token': forge() }),
    ],
    ['the user in headers', () => ({ 'x-user-id': owner, 'x-forwarded-user': owner })],
  ])('%s', async (_, headers) => {
    await expectRefusedEverywhere(headers());
  });

  test('the token in the query string', async () => {
    const token = forge();
    const query = new URLSearchParams({
      token,
      access_token: token,
      jwt: token,
      authorization: `Bearer ${token}`,
    });
    await expectRefusedEverywhere({}, `?${query}`);
  });

  test('a stranger learns nothing of the body or the id', async () => {
    expectProblem(await sendBytes('/assemblies', { body: '{' }), UNAUTHENTICATED);
    const headers = { 'content-type': 'application/json' };
    expectProblem(await sendBytes('/assemblies', { headers, body: 'x'.repeat(5_800_000) }), UNAUTHENTICATED);
    expectProblem(await api('/assemblies/junk'), UNAUTHENTICATED);
    expectProblem(await api('/status'), UNAUTHENTICATED);
    expectProblem(await sendBytes('/assemblies/junk/status', { body: '{' }), UNAUTHENTICATED);
  });
});

test('of all that was refused, nothing is stored, and nobody was asked for a key', async () => {
  const { assembly_id } = (await submit(owner, submission())).json;
  const stored = await storedAssemblies();
  expect(stored.filter(({ fields }) => fields?.includes(marker))).toEqual([
    expect.objectContaining({ assembly_id }),
  ]);
  expect(await writeMarks(theirs)).toMatchObject({ version: 1 });
  expect(asked).toEqual([]);
});

describe('tokens that are accepted', () => {
  const statusWith = async (token: string): Promise<number> =>
    (await api(`/assemblies/${theirs}`, { headers: bearerOf(token) })).status;

  test.each<TokenRow>([
    ['made by hand', () => forge()],
    ['audiences that include ours', () => withClaims({ aud: ['another', jwt.audience] })],
    ['of exactly 8,192 characters', () => tokenOfLength(8_192)],
    ['expired 2 s ago, within the tolerance', () => withClaims({ exp: seconds() - 2 })],
    ['valid from 3 s ahead, within the tolerance', () => withClaims({ nbf: seconds() + 3 })],
    ['with claims that nobody knows', () => withClaims({ role: 'x', constructor: 'x', tenant_id: 'x' })],
    ['with a kid that is a path', () => withHeader({ kid: '../../x' })],
    [
      'with a jku, an x5u and a jwk that nobody looks at',
      () => withHeader({ jku: keyUrl(), x5u: keyUrl(), jwk: publicJwk }),
    ],
  ])('%s', async (_, token) => {
    expect(await statusWith(token())).toBe(202);
    expect(asked).toEqual([]);
  });

  test.each(['bearer', 'BEARER', 'Bearer  '])('the scheme written "%s"', async (scheme) => {
    const { status } = await api(`/assemblies/${theirs}`, { headers: authorization(`${scheme} ${forge()}`) });
    expect(status).toBe(202);
  });

  test.each([
    ['255 characters', 'x'.repeat(255)],
    ['a name of Object.prototype', '__proto__'],
    ['a slash and a quotation mark', 'a/b"'],
    ['characters of two code units', '🚢'.repeat(127)],
  ])('a sub of %s sees its own and nothing else', async (_, sub) => {
    const headers = bearerOf(withClaims({ sub }));
    const request = submission();
    const { status, json } = await api('/assemblies', { headers, body: request });
    expect([status, json.user]).toEqual([202, { userId: sub }]);
    expect((await api(`/assemblies/${json.assembly_id}`, { headers })).status).toBe(202);
    expect((await api(`/assemblies/${theirs}`, { headers })).status).toBe(404);
    expect(json.assembly_id).not.toBe(await idOf(owner, request));
  });

  test('one that was good a moment ago is refused once it is expired for more than 5 s', async () => {
    const token = await tokenOf(owner, { exp: seconds() - 3 });
    expect(await statusWith(token)).toBe(202);
    await eventually(
      async () => ((await statusWith(token)) === 401 ? true : undefined),
      'the end of the token',
    );
  });
});

describe('the secrets of machines', () => {
  const readWith = (headers: Record<string, string>): Promise<ApiAnswer[]> =>
    Promise.all([
      api(`/assemblies/${theirs}`, { headers }),
      api(`/status?assemblyId=${theirs}`, { headers }),
      // Whether the assembly exists makes no difference.
      api(`/assemblies/${'0'.repeat(64)}`, { headers }),
    ]);
  const updateWith = (headers: Record<string, string>): Promise<ApiAnswer> =>
    api(`/assemblies/${theirs}/status`, { headers, body: { status: 'completed' } });
  const secret = (value: string) => ({ 'x-webhook-secret': value });

  const wrong = (right: string): [string, Record<string, string>][] => [
    ['empty', secret('')],
    ['another', secret('another')],
    ['without its last character', secret(right.slice(0, -1))],
    ['with one more', secret(`${right}x`)],
    ['twice in one header', secret(`${right},${right}`)],
    ['twice in one header with a space', secret(`${right}, ${right}`)],
    ['in quotes', secret(`"${right}"`)],
    ['as the JSON that is stored', secret(JSON.stringify({ current: right }))],
    ['in the other case', secret(right === right.toLowerCase() ? right.toUpperCase() : right.toLowerCase())],
    ['of 8 KB', secret('x'.repeat(8_192))],
    ['as a bearer token', bearerOf(right)],
    ['as a bare Authorization', authorization(right)],
    ['in a cookie', { cookie: `x-webhook-secret=${right}` }],
    ['in another header', { 'x-api-key': right, 'x-webhook-secrets': right }],
    ['the webhook secret', secret(webhook_secret)],
    ['the JWT secret', secret(jwt.secret)],
    ["a user's token", secret(forge())],
  ];

  test.each([...wrong(read_secret), ['the update secret', secret(update_secret)] as const])(
    'reading with a wrong one is refused: %s',
    async (_, headers) => {
      for (const answer of await readWith(headers)) expectProblem(answer, UNAUTHENTICATED);
    },
  );

  test.each([
    ...wrong(update_secret),
    ['the read secret', secret(read_secret)] as const,
    ['none', {}] as const,
    ["the owner's own token", bearerOf(forge())] as const,
  ])('an update with a wrong one is refused and changes nothing: %s', async (_, headers) => {
    expectProblem(await updateWith(headers), UNAUTHENTICATED);
    expect(await writeMarks(theirs)).toMatchObject({ version: 1 });
  });

  test('a wrong secret is not made good by a good token', async () => {
    for (const answer of await readWith({ ...secret('another'), ...bearerOf(forge()) }))
      expectProblem(answer, UNAUTHENTICATED);
  });

  test('a secret in the query string is not looked at', async () => {
    const query = `x-webhook-secret=${read_secret}&secret=${read_secret}`;
    expectProblem(await api(`/status?assemblyId=${theirs}&${query}`), UNAUTHENTICATED);
    const change = { body: { status: 'completed' } };
    expectProblem(
      await api(`/assemblies/${theirs}/status?x-webhook-secret=${update_secret}`, change),
      UNAUTHENTICATED,
    );
  });

  test.each([
    ['read', read_secret],
    ['update', update_secret],
  ])('the %s secret neither submits nor shows the webhook secret', async (_, value) => {
    const request = submission();
    for (const headers of [secret(value), bearerOf(value), { ...secret(value), 'x-user-id': owner }]) {
      expectProblem(await api('/assemblies', { headers, body: request }), UNAUTHENTICATED);
      expectProblem(await api('/webhook-secret', { headers }), UNAUTHENTICATED);
    }
    expect((await submit(owner, request)).json).toMatchObject({ created: true });
  });

  test('the right ones are accepted, each for its own', async () => {
    for (const { status } of (await readWith(secret(read_secret))).slice(0, 2)) expect(status).toBe(202);
    const id = await externalAssembly(owner);
    expect((await update(id, { status: 'processing' })).status).toBe(200);
  });
});
