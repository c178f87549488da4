import { S3Error } from './s3-error.ts';
import type { S3Request } from './s3-request.ts';
import type { Bucket } from './s3-store.ts';

/** A bucket's CORS rule, as the template has it. */
export interface CorsRule {
  readonly AllowedHeaders?: readonly string[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedOrigins: readonly string[];
  readonly ExposedHeaders?: readonly string[];
  readonly Id?: string;
  readonly MaxAge?: number;
}

/**
 * The answer's headers to a preflight.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 */
export function preflightHeaders(bucket: Bucket | undefined, { headers }: S3Request): Record<string, string> {
  const { origin, 'access-control-request-method': method } = headers;
  if (origin === undefined) {
    throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  if (method === undefined || !/^(GET|PUT|POST|DELETE|HEAD)$/.test(method)) {
    throw new S3Error('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? null}`);
  }
  if (!bucket || bucket.cors.length === 0) {
    const reason = bucket ? 'CORS is not enabled for this bucket.' : 'Bucket not found';
    throw new S3Error('AccessForbidden', `CORSResponse: ${reason}`, {
      Method: method,
      ResourceType: 'BUCKET',
    });
  }
  const wanted = (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  const rule = bucket.cors.find(
    (each) => matches(each, origin, method) && wanted.every((name) => allowsHeader(each, name)),
  );
  if (!rule) {
    throw new S3Error(
      'AccessForbidden',
      'CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request ' +
        "method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
      { Method: method, ResourceType: 'OBJECT' },
    );
  }
  return {
    ...headersOf(rule, origin),
    ...(wanted.length > 0 && { 'access-control-allow-headers': wanted.join(', ') }),
  };
}

/** The headers of any other answer, a refusal too; none where no rule matches. */
export function corsHeaders(
  bucket: Bucket | undefined,
  { method, headers: { origin } }: S3Request,
): Record<string, string> {
  const rule = origin !== undefined && bucket?.cors.find((each) => matches(each, origin, method));
  return rule ? headersOf(rule, origin) : {};
}

function headersOf(rule: CorsRule, origin: string): Record<string, string> {
  const anyone = rule.AllowedOrigins.includes('*');
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(!anyone && { 'access-control-allow-credentials': 'true' }),
    ...(rule.ExposedHeaders?.length && { 'access-control-expose-headers': rule.ExposedHeaders.join(', ') }),
    ...(rule.MaxAge !== undefined && { 'access-control-max-age': String(rule.MaxAge) }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

const matches = ({ AllowedMethods, AllowedOrigins }: CorsRule, origin: string, method: string): boolean =>
  AllowedMethods.includes(method) && AllowedOrigins.some((allowed) => matchesWildcard(allowed, origin));

const allowsHeader = ({ AllowedHeaders = [] }: CorsRule, name: string): boolean =>
  AllowedHeaders.some((allowed) => matchesWildcard(allowed.toLowerCase(), name));

/** At most one `*`, for any characters: `https://*.example.com`, `x-amz-*`. */
function matchesWildcard(pattern: string, text: string): boolean {
  const [start = '', end] = pattern.split('*');
  if (end === undefined) return text === start;
  return text.length >= pattern.length - 1 && text.startsWith(start) && text.endsWith(end);
}
