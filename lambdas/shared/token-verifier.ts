import type { webcrypto } from 'node:crypto';
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, type JWTVerifyResult, jwtVerify } from 'jose';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { logger } from './logger.ts';
import type { SecretReader } from './secret-reader.ts';

/** @throws JOSEError, for a token that is not good */
export type TokenVerifier = (token: string, options: JWTVerifyOptions) => Promise<JWTVerifyResult>;

/** RFC 7518 section 3.2: a key of HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;

/** Of tokens that a key set verifies. None is symmetric: a public key is never taken for a shared secret. */
const ASYMMETRIC_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Verifies HS256 with a shared secret, the current or the previous one. */
export function secretVerifier(secret: SecretReader): TokenVerifier {
  // Imported once: jose would do it for every token.
  const keys = new Map<string, Promise<webcrypto.CryptoKey>>();
  const keyOf = (value: string): Promise<webcrypto.CryptoKey> => {
    const key = keys.get(value) ?? importKey(value);
    keys.set(value, key);
    return key;
  };
  return async (token, options) => {
    const { current, previous } = await secret();
    const verify = async (value: string) =>
      jwtVerify(token, await keyOf(value), { ...options, algorithms: ['HS256'] });
    try {
      return await verify(current);
    } catch (error) {
      if (previous === undefined || !(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      return verify(previous);
    }
  };
}

async function importKey(secret: string): Promise<webcrypto.CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length < MIN_SECRET_BYTES)
    throw new Error(`The JWT secret has ${bytes.length} bytes; at least ${MIN_SECRET_BYTES} are needed`);
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

/**
 * Verifies with the keys of an issuer: the one that `kid` names, or each that fits where it names none. A key that cannot
 * be used, an RSA key of 1,024 bits for one, verifies nothing, and spoils nothing for the others.
 */
export function keySetVerifier(keyOf: JWTVerifyGetKey): TokenVerifier {
  return async (token, given) => {
    const options = { ...given, algorithms: ASYMMETRIC_ALGORITHMS };
    try {
      return await usable(jwtVerify(token, keyOf, options));
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return await usable(jwtVerify(token, key, options));
        } catch (refusal) {
          if (!(refusal instanceof errors.JWSSignatureVerificationFailed)) throw refusal;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
}

/** jose and WebCrypto say TypeError or DOMException of a key that they do not take. */
const usable = <T>(verified: Promise<T>): Promise<T> =>
  verified.catch((error: unknown) => {
    if (error instanceof errors.JOSEError || error instanceof WaybillError) throw error;
    logger.warn('A key of the issuer cannot be used', { error: error as Error });
    throw new errors.JWSSignatureVerificationFailed();
  });
