import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { jwtSetting } from '../../../lib/domain/jwt-setting.ts';
import { waybillSettings } from '../../../lib/settings.ts';

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf';
const jwkOf = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }), kid: 'k' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaOf = (bits: number) => jwkOf(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey);
const publicJwk = jwkOf(ec.publicKey);
const set = { keys: [publicJwk] };

test.each<[string, unknown, unknown]>([
  ['generated', 'generated', 'generated'],
  ['the ARN of a secret', ARN, ARN],
  ['a URL', 'https://login.example.com/keys?v=2', 'https://login.example.com/keys?v=2'],
  ['a URL on this machine', 'http://127.0.0.1:4000/keys', 'http://127.0.0.1:4000/keys'],
  ['a key set of cdk.json', set, set],
  ['a key set of the command line', JSON.stringify(set), set],
  ['an RSA key of 2048 bits', { keys: [rsaOf(2_048)] }, { keys: [expect.objectContaining({ kty: 'RSA' })] }],
])('jwt can be %s', (_, given, expected) => {
  expect(jwtSetting.parse(given)).toEqual(expected);
});

const form = expect.stringContaining('must be a key set, {"keys":[…]}');
const ways = expect.stringContaining('Say how the tokens of your users are verified');
test.each<[string, unknown, unknown]>([
  ['missing', undefined, ways],
  ['null', null, ways],
  ['a word', 'none', ways],
  ['a secret', 'an-hs256-secret-of-at-least-32-bytes', ways],
  ['the ARN without its ending', ARN.slice(0, -7), ways],
  ['http to elsewhere', 'http://login.example.com/keys', ways],
  ['what only looks like a URL', 'https://login.example.com:port/keys', ways],
  ['a URL with a password', 'https://user:password@login.example.com/keys', ways],
  ['a list', [], form],
  ['JSON that is cut', '{"keys":[', form],
  ['an object without keys', {}, form],
  ['a set without keys', { keys: [] }, form],
  ['a private key', { keys: [jwkOf(ec.privateKey)] }, 'is a private key: give its public part'],
  ['a shared secret as a key', { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }, 'must be RSA, EC or OKP'],
  ['an RSA key of 1024 bits', { keys: [rsaOf(1_024)] }, 'must have 2048 bits at least'],
  [
    'an RSA key without its modulus',
    { keys: [{ kty: 'RSA', e: 'AQAB' }] },
    expect.stringContaining('is not whole'),
  ],
  ['half a point', { keys: [{ ...publicJwk, y: undefined }] }, expect.stringContaining('is not whole')],
  ['too many keys', { keys: Array(20).fill(publicJwk) }, expect.stringContaining('2048 bytes at most')],
])('jwt cannot be %s', (_, given, message) => {
  const messages = jwtSetting.safeParse(given).error?.issues.map((issue) => issue.message);
  expect(messages).toContainEqual(message);
});

test('whose keys these are must be said', () => {
  const jwt = 'https://login.example.com/keys';
  const issues = waybillSettings.safeParse({ jwt }).error?.issues;
  expect(issues?.map(({ path }) => path)).toEqual([['jwtIssuer']]);
  expect(waybillSettings.safeParse({ jwt, jwtIssuer: 'https://login.example.com/' }).success).toBe(true);
});
