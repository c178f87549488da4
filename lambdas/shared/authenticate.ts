import { createHash, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, errors as joseErrors, jwtVerify } from 'jose';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { SecretReader } from './secret-reader.ts';

/** Header names in lower case, as payload 2.0 has them; a header that came twice is one value joined with commas. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Who may see what is owned by them. */
export interface User {
  readonly owner: string;
  readonly userId: string;
}

export interface JwtSettings {
  readonly secret: SecretReader;
  readonly issuer: string;
  readonly audience: string;
}

/** RFC 7518 section 3.2: a key of HS256 has at least the size of the hash. */
const MIN_SECRET_BYTES = 32;
/** No honest token is larger, and API Gateway allows 10 KB for all headers together. */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_SUB_LENGTH = 255;
/** Two machines' clocks may differ by a little. */
const CLOCK_TOLERANCE = '5s';
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export const MACHINE_SECRET_HEADER = 'x-webhook-secret';

/**
 * The user of a request with `Authorization: Bearer JWT`: HS256, with issuer, audience, `exp` and `sub`.
 * @throws WaybillError `unauthenticated`
 */
export async function authenticateUser(headers: Headers, settings: JwtSettings): Promise<User> {
  const token = BEARER.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw refused('Send one header "Authorization: Bearer <token>".');
  if (token.length > MAX_TOKEN_LENGTH) throw refused('The token is too long.');
  const { sub } = await verify(token, settings);
  if (!isUserId(sub))
    throw refused(
      'The claim "sub" of the token must be a string of 1 to 255 characters, none a control character.',
    );
  return { owner: sub, userId: sub };
}

/** A name that means one person wherever it is written; control characters would also swell the derived secrets' info. */
const isUserId = (sub: unknown): sub is string =>
  typeof sub === 'string' &&
  sub.length > 0 &&
  sub.length <= MAX_SUB_LENGTH &&
  sub.isWellFormed() &&
  !/\p{Cc}/u.test(sub);

async function verify(token: string, { secret, issuer, audience }: JwtSettings): Promise<JWTPayload> {
  const { current, previous } = await secret();
  for (const value of [current, previous].filter((candidate) => candidate !== undefined)) {
    try {
      const { payload } = await jwtVerify(token, signingKey(value), {
        algorithms: ['HS256'],
        issuer,
        audience,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_TOLERANCE,
      });
      return payload;
    } catch (error) {
      if (error instanceof joseErrors.JWSSignatureVerificationFailed) continue;
      if (error instanceof joseErrors.JOSEError) throw refused(reasonOf(error));
      throw error;
    }
  }
  throw refused('The token is not signed with a key that is known here.');
}

function signingKey(secret: string): Uint8Array {
  const key = new TextEncoder().encode(secret);
  if (key.length < MIN_SECRET_BYTES)
    throw new Error(`The JWT secret has ${key.length} bytes; at least ${MIN_SECRET_BYTES} are needed`);
  return key;
}

function reasonOf(error: joseErrors.JOSEError): string {
  if (error instanceof joseErrors.JWTExpired) return 'The token has expired.';
  if (error instanceof joseErrors.JWTClaimValidationFailed)
    return `The claim "${error.claim}" of the token is missing or not the one expected.`;
  if (error instanceof joseErrors.JOSEAlgNotAllowed) return 'The algorithm of the token is not accepted.';
  return 'The token is malformed.';
}

/**
 * Lets a machine pass that sends the secret, current or previous, in `x-webhook-secret`.
 * @throws WaybillError `unauthenticated`
 */
export async function authenticateMachine(headers: Headers, secret: SecretReader): Promise<void> {
  const sent = headers[MACHINE_SECRET_HEADER];
  if (!sent) throw refused(`Send the secret in the header "${MACHINE_SECRET_HEADER}".`);
  const { current, previous } = await secret();
  const matches = [current, previous].map((value) => value !== undefined && isSameSecret(sent, value));
  if (!matches.includes(true)) throw refused('The secret is not the right one.');
}

/** In constant time: hashes have one length whatever the secrets have. */
const isSameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (detail: string): WaybillError => new WaybillError('unauthenticated', detail);
