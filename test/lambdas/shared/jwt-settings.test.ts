import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { authenticateUser } from '../../../lambdas/shared/authenticate.ts';
import { jwtSettings } from '../../../lambdas/shared/jwt-settings.ts';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256' }] };
const settingsOf = (type: string) =>
  jwtSettings({
    JWT_KEYS: JSON.stringify(keys),
    JWT_ISSUER: 'i',
    JWT_AUDIENCE: 'a',
    JWT_TYPE: type,
    TENANTS: 'false',
    SITE_ID_REQUIRED: 'false',
  });

async function userOf(typ: string | undefined, type = '', key = privateKey): Promise<unknown> {
  const token = await new SignJWT({ iss: 'i', aud: 'a', sub: 'user-1' })
    .setProtectedHeader({ alg: 'ES256', kid: 'ec', ...(typ !== undefined && { typ }) })
    .setExpirationTime('1 minute')
    .sign(key);
  return authenticateUser({ authorization: `Bearer ${token}` }, settingsOf(type)).then(
    ({ userId }) => userId,
    ({ code }) => code,
  );
}

test('a key set of the settings verifies without asking anybody', async () => {
  expect(await userOf(undefined)).toBe('user-1');
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  expect(await userOf(undefined, '', stranger)).toBe('unauthenticated');
});

test.each([
  ['at+jwt', 'user-1'],
  ['application/at+jwt', 'user-1'],
  ['AT+JWT', 'user-1'],
  ['JWT', 'unauthenticated'],
  ['logout+jwt', 'unauthenticated'],
  ['', 'unauthenticated'],
  [undefined, 'unauthenticated'],
])('where access tokens of RFC 9068 alone are accepted, one of type %p is %s', async (typ, expected) => {
  expect(await userOf(typ, 'at+jwt')).toBe(expected);
});
