import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessKeys } from './access-keys.ts';
import { S3Error } from './s3-error.ts';
import { queryValue, type S3Request } from './s3-request.ts';
import { ALGORITHM, headerClaim, queryClaim, type SignatureClaim } from './s3-signature-claim.ts';

/** Who signed a request, and how its body is covered. */
export interface Caller {
  readonly accessKeyId: string;
  /** The SHA-256 of the body, `UNSIGNED-PAYLOAD` or `STREAMING-…`. */
  readonly payload: string;
  /** Signs the chunks of a body that come after the request's own signature. */
  readonly signature: string;
  readonly date: string;
  readonly scope: string;
  sign(text: string): string;
}

/**
 * Verifies Signature Version 4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @throws S3Error as S3 would refuse the request
 */
export function authenticate(request: S3Request, keys: AccessKeys, now: Date): Caller {
  const { authorization } = request.headers;
  const presigned = request.query.some(([name]) => /^X-Amz-(Algorithm|Credential|Signature)$/.test(name));
  if (presigned && authorization !== undefined) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string ' +
        'parameter or the Authorization header should be specified',
    );
  }
  if (!presigned && authorization === undefined) throw new S3Error('AccessDenied');
  const claim = presigned ? queryClaim(request, now) : headerClaim(request, authorization ?? '', now);
  const secret = keys.secretOf(claim.accessKeyId);
  if (secret === undefined) {
    throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: claim.accessKeyId });
  }
  // Only temporary credentials come with a token, and here all are permanent.
  if (request.headers['x-amz-security-token'] ?? queryValue(request, 'X-Amz-Security-Token')) {
    throw new S3Error('InvalidToken');
  }
  refuseUnsignedHeaders(request, claim);
  const sign = signer(secret, claim.scope);
  const canonical = canonicalRequest(request, claim);
  const expected = sign([ALGORITHM, claim.date, claim.scope, sha256(canonical)].join('\n'));
  if (!sameSignature(expected, claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch', undefined, { CanonicalRequest: canonical });
  }
  return { ...claim, sign };
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function sameSignature(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * `host` and every `x-amz-` header must be signed, else somebody in between could add one. S3 forgives
 * x-amz-content-sha256 in presigned requests: it means nothing there.
 */
function refuseUnsignedHeaders({ headers }: S3Request, { signedHeaders }: SignatureClaim): void {
  const unsigned = Object.keys(headers)
    .filter((name) => name === 'host' || name.startsWith('x-amz-'))
    .filter((name) => name !== 'x-amz-content-sha256' && !signedHeaders.includes(name));
  if (unsigned.length === 0) return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  });
}

function canonicalRequest({ method, path, query, headers }: S3Request, claim: SignatureClaim): string {
  const parameters = query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort((left, right) => compare(left[0], right[0]) || compare(left[1], right[1]))
    .map((pair) => pair.join('='));
  const lines = claim.signedHeaders.map((name) => `${name}:${trimmed(headers[name] ?? '')}\n`);
  return [
    method,
    path.split('/').map(encoded).join('/'),
    parameters.join('&'),
    lines.join(''),
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n');
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const trimmed = (value: string): string => value.trim().replace(/ +/g, ' ');

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

function signer(secret: string, scope: string): (text: string) => string {
  const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return (text) => hmac(key, text).toString('hex');
}
