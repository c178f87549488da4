import { createHash, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, errors as joseErrors } from 'jose';
import { isTenantId, OPERATOR_SCOPE, type Owner, ownerText, type Sight } from '../../lib/domain/owner.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { MachineSecret } from './machine-secret.ts';
import type { TokenVerifier } from './token-verifier.ts';

/** Header names in lower case, as payload 2.0 has them; a header that came twice is one value joined with commas. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Who may see what is owned by them. */
export interface User extends Owner {
  /** Tenant and user in one. */
  readonly owner: string;
  /** Their token has the scope of operators. */
  readonly isOperator?: boolean;
}

export interface JwtSettings {
  readonly verify: TokenVerifier;
  readonly issuer: string;
  readonly audience: string;
  /** The only `typ` that is accepted. Without it, those of access tokens are, and none. */
  readonly type?: string;
  /** Tokens must name a tenant, `tenant_id`, which owns what their users submit, with them. */
  readonly tenants: boolean;
  /** Requests must name it too, in the header. */
  readonly siteIdRequired: boolean;
}

/** No honest token is larger, and API Gateway allows 10 KB for all headers together. */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_SUB_LENGTH = 255;
/** Two machines' clocks may differ by a little. */
const CLOCK_TOLERANCE = '5s';
/** What issuers write into access tokens. RFC 8725 section 3.11: any other says that the token is for something else. */
const ACCESS_TOKEN_TYPES = ['JWT', 'at+jwt'];
const BEARER = /^bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i;

export const MACHINE_SECRET_HEADER = 'x-webhook-secret';
/** Seed 004's name for the tenant. It chooses nothing: the token decides, and the two have to agree. */
const SITE_ID_HEADER = 'x-site-id';

/**
 * The user of a request with `Authorization: Bearer JWT`, signed as the settings say, with issuer, audience, `exp` and `sub`.
 * @throws WaybillError `unauthenticated`; `unavailable` where the keys cannot be read
 */
export async function authenticateUser(headers: Headers, settings: JwtSettings): Promise<User> {
  const token = BEARER.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw refused('Send one header "Authorization: Bearer <token>".');
  if (token.length > MAX_TOKEN_LENGTH) throw refused('The token is too long.');
  const claims = await claimsOf(token, settings);
  const { sub, tenant_id } = claims;
  if (!isUserId(sub))
    throw refused(
      'The claim "sub" of the token must be a string of 1 to 255 characters, none a control character.',
    );
  const isOperator = scopesOf(claims).includes(OPERATOR_SCOPE);
  if (!settings.tenants) return { owner: sub, userId: sub, isOperator };
  if (!isTenantId(tenant_id))
    throw refused(
      'The claim "tenant_id" of the token must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -.',
    );
  assertSiteId(headers, tenant_id, settings);
  const owner = { tenantId: tenant_id, userId: sub };
  return { owner: ownerText(owner), ...owner, isOperator };
}

/** RFC 9068 section 2.2.3: `scope`, with spaces between. Some issuers have `scp` for it, a list or such a text. */
const scopesOf = ({ scope, scp }: JWTPayload): readonly unknown[] =>
  [scope, ...(Array.isArray(scp) ? scp : [scp])].flatMap((each) =>
    typeof each === 'string' ? each.split(' ') : [],
  );

/** @throws WaybillError `invalid_site` */
function assertSiteId(
  headers: Headers,
  tenantId: string,
  { siteIdRequired }: Pick<JwtSettings, 'siteIdRequired'>,
): void {
  const siteId = headers[SITE_ID_HEADER];
  if (siteId === undefined ? !siteIdRequired : siteId === tenantId) return;
  throw new WaybillError('invalid_site', 'Send the tenant of the token in the header "X-Site-Id".');
}

/** A name that means one person wherever it is written; control characters would also swell the derived secrets' info. */
const isUserId = (sub: unknown): sub is string =>
  typeof sub === 'string' &&
  sub.length > 0 &&
  sub.length <= MAX_SUB_LENGTH &&
  sub.isWellFormed() &&
  !/\p{Cc}/u.test(sub);

async function claimsOf(token: string, { verify, issuer, audience, type }: JwtSettings): Promise<JWTPayload> {
  const { payload, protectedHeader } = await verify(token, {
    issuer,
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE,
  }).catch((error: unknown) => {
    throw error instanceof joseErrors.JOSEError ? refused(reasonOf(error)) : error;
  });
  if (!isTypeAccepted(protectedHeader.typ, type)) throw refused('The token is of another type ("typ").');
  return payload;
}

/** RFC 7515 section 4.1.9: compared as media types, of which "application/" may be left out. */
function isTypeAccepted(type: unknown, only: string | undefined): boolean {
  if (type === undefined) return only === undefined;
  const bare = (text: unknown): string =>
    String(text)
      .toLowerCase()
      .replace(/^application\//, '');
  return (only === undefined ? ACCESS_TOKEN_TYPES : [only]).map(bare).includes(bare(type));
}

function reasonOf(error: joseErrors.JOSEError): string {
  if (
    error instanceof joseErrors.JWSSignatureVerificationFailed ||
    error instanceof joseErrors.JWKSNoMatchingKey
  )
    return 'The token is not signed with a key that is known here.';
  if (error instanceof joseErrors.JWTExpired) return 'The token has expired.';
  if (error instanceof joseErrors.JWTClaimValidationFailed)
    return `The claim "${error.claim}" of the token is missing or not the one expected.`;
  if (error instanceof joseErrors.JOSEAlgNotAllowed) return 'The algorithm of the token is not accepted.';
  return 'The token is malformed.';
}

/**
 * Lets a machine pass that sends the secret, current or previous, in `x-webhook-secret`. It sees what is in the tenant whose
 * secret it is, or all where tenants are off.
 * @throws WaybillError `unauthenticated`
 */
export async function authenticateMachine(headers: Headers, secret: MachineSecret): Promise<Sight> {
  const sent = headers[MACHINE_SECRET_HEADER];
  if (!sent) throw refused(`Send the secret in the header "${MACHINE_SECRET_HEADER}".`);
  // All are compared, whichever it is: the time tells nothing.
  const known = (await secret()).filter(({ values: { current, previous } }) =>
    [current, previous].map((value) => value !== undefined && isSameSecret(sent, value)).includes(true),
  );
  const [match] = known;
  // The same secret for two tenants would be a secret of neither.
  if (!match || known.length > 1) throw refused('The secret is not the right one.');
  return match.tenantId === undefined ? 'all' : { tenantId: match.tenantId };
}

/** In constant time: hashes have one length whatever the secrets have. */
const isSameSecret = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const refused = (detail: string): WaybillError => new WaybillError('unauthenticated', detail);
