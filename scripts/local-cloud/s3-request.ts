import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** A request as S3 reads it, path-style: `/BUCKET/KEY?QUERY`. */
export interface S3Request {
  readonly id: string;
  readonly method: string;
  /** Decoded, as it was sent: nothing is normalized, so the key `a/../b` stays what it is. */
  readonly path: string;
  readonly bucket: string;
  readonly key: string;
  /** Decoded, in the order of the request. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Names in lower case; a repeated header's values joined by a comma, as the signature wants them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly message: IncomingMessage;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY_BYTES = 1024;

export function parseRequest(message: IncomingMessage): S3Request {
  const [rawPath = '', ...rest] = (message.url ?? '').split('?');
  const path = decode(rawPath);
  const [, bucket = '', ...key] = path.split('/');
  const request = {
    id: randomBytes(8).toString('hex').toUpperCase(),
    method: message.method ?? '',
    path,
    bucket,
    key: key.join('/'),
    query: parseQuery(rest.join('?')),
    headers: Object.fromEntries(
      Object.entries(message.headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
    ),
    message,
  };
  if (Buffer.byteLength(request.key) > LONGEST_KEY_BYTES) throw new S3Error('KeyTooLongError');
  return request;
}

export const queryValue = ({ query }: S3Request, name: string): string | undefined =>
  query.find(([each]) => each === name)?.[1];

function parseQuery(text: string): (readonly [string, string])[] {
  return text
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', '%20').split('=');
      return [decode(name), decode(value.join('='))] as const;
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** `x-amz-` headers that the local S3 reads, or may ignore without being kinder than AWS. */
const KNOWN_HEADER =
  /^x-amz-(acl|checksum-.+|content-sha256|copy-source|date|decoded-content-length|meta-.+|metadata-directive|sdk-checksum-algorithm|security-token|trailer|user-agent)$/;

/**
 * The headers that count. A presigned URL may carry `x-amz-` headers in its query instead
 * (https://github.com/aws/aws-sdk-js-v3/issues/4694); a checksum there is ignored by S3
 * (https://github.com/localstack/localstack/issues/12169, https://github.com/aws/aws-sdk/issues/480).
 * @throws S3Error NotImplemented for an `x-amz-` header that the local S3 would otherwise lose in silence
 */
export function effectiveHeaders({ query, headers }: S3Request): Record<string, string> {
  const hoisted = query
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => name.startsWith('x-amz-') && !NOT_HOISTED.test(name));
  const all = { ...Object.fromEntries(hoisted), ...headers };
  const unknown = Object.keys(all).find((name) => name.startsWith('x-amz-') && !KNOWN_HEADER.test(name));
  const acl = all['x-amz-acl'];
  // Buckets own their objects since 2023, and then "private" and "bucket-owner-full-control" say nothing more.
  if (unknown || (acl && acl !== 'private' && acl !== 'bucket-owner-full-control')) {
    throw new S3Error('NotImplemented', `The local S3 doesn't know ${unknown ?? `x-amz-acl: ${acl}`}.`);
  }
  return all;
}

const NOT_HOISTED =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-(?!mode).+|sdk-checksum-algorithm)$/;
