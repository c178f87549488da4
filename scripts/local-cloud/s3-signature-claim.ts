import { REGION } from './place.ts';
import { S3Error } from './s3-error.ts';
import type { S3Request } from './s3-request.ts';

/** What a request says of its signature, in the Authorization header or in the query. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly payload: string;
}

export const ALGORITHM = 'AWS4-HMAC-SHA256';
const A_WEEK_IN_SECONDS = 604_800;
const LARGEST_SKEW_MS = 15 * 60_000;
const PAYLOAD = /^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/;

export function headerClaim({ headers }: S3Request, authorization: string, now: Date): SignatureClaim {
  if (!authorization.startsWith(`${ALGORITHM} `)) {
    throw new S3Error(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  const field = (name: string): string => {
    const [, value] = new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization) ?? [];
    if (value !== undefined) return value;
    throw new S3Error(
      'AuthorizationHeaderMalformed',
      `The authorization header is malformed; it has no ${name}.`,
    );
  };
  const date = headers['x-amz-date'] ?? '';
  const time = timeOf(date);
  if (time === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(time - now.getTime()) > LARGEST_SKEW_MS) throw new S3Error('RequestTimeTooSkewed');
  const payload = headers['x-amz-content-sha256'];
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return {
    ...credentialOf(field('Credential'), date, 'AuthorizationHeaderMalformed'),
    signedHeaders: field('SignedHeaders').split(';'),
    signature: field('Signature'),
    date,
    payload: checkedPayload(payload),
  };
}

export function queryClaim(request: S3Request, now: Date): SignatureClaim {
  const refusal = (message?: string): S3Error => new S3Error('AuthorizationQueryParametersError', message);
  const parameter = (name: string): string => {
    const values = request.query.filter(([each]) => each === name);
    if (values.length !== 1 || values[0]?.[1] === undefined) throw refusal();
    return values[0][1];
  };
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw refusal(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  const date = parameter('X-Amz-Date');
  const time = timeOf(date);
  if (time === undefined)
    throw refusal("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  const expires = parameter('X-Amz-Expires');
  if (!/^-?\d+$/.test(expires)) throw refusal('X-Amz-Expires should be a number');
  if (Number(expires) < 0) throw refusal('X-Amz-Expires must be non-negative');
  if (Number(expires) > A_WEEK_IN_SECONDS) {
    throw refusal(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ' +
        `${A_WEEK_IN_SECONDS} seconds`,
    );
  }
  const claim = {
    ...credentialOf(parameter('X-Amz-Credential'), date, 'AuthorizationQueryParametersError'),
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    date,
    payload: 'UNSIGNED-PAYLOAD',
  };
  refuseOutsideItsTime(time, Number(expires), now);
  return claim;
}

function refuseOutsideItsTime(time: number, expires: number, now: Date): void {
  const end = time + expires * 1000;
  if (now.getTime() > end) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': String(expires),
      Expires: new Date(end).toISOString(),
      ServerTime: now.toISOString(),
    });
  }
  if (time - now.getTime() > LARGEST_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not valid yet');
}

/** `KEY/20260131/us-east-1/s3/aws4_request` */
function credentialOf(
  credential: string,
  date: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const [accessKeyId = '', day, region, service, end, more] = credential.split('/');
  const wrong = (what: string): S3Error =>
    new S3Error(code, `Error parsing the X-Amz-Credential parameter; ${what}`);
  if (end !== 'aws4_request' || more !== undefined) {
    throw wrong(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  if (region !== REGION) throw wrong(`the region '${region}' is wrong; expecting '${REGION}'`);
  if (service !== 's3') throw wrong(`incorrect service "${service}". This endpoint belongs to "s3".`);
  if (day !== date.slice(0, 8)) {
    throw wrong(
      `Invalid credential date "${day}". This date is not the same as X-Amz-Date: "${date.slice(0, 8)}".`,
    );
  }
  return { accessKeyId, scope: [day, region, service, end].join('/') };
}

function timeOf(date: string): number | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

function checkedPayload(payload: string): string {
  if (PAYLOAD.test(payload)) return payload;
  throw new S3Error(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
  );
}
