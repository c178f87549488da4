import { createReadStream, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { S3Answer, S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import type { S3Request } from './s3-request.ts';
import type { StoredObject } from './s3-store.ts';
import { checksumHeaders } from './s3-write.ts';

/**
 * GET and HEAD of an object.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function getObject({ bucket, headers, request, demand }: S3Call): S3Answer {
  const object = bucket.objects.get(request.key);
  if (!object) {
    // Whether an object is there is told to those only who may list the bucket.
    demand('s3:ListBucket', bucket.name);
    throw new S3Error('NoSuchKey', undefined, { Key: request.key });
  }
  checkReadConditions(object, headers);
  const range = requestedRange(headers.range, object.size);
  const [start, end] = range ?? [0, object.size - 1];
  return {
    status: range ? 206 : 200,
    headers: {
      ...objectHeaders(object),
      ...(headers['x-amz-checksum-mode'] === 'ENABLED' && !range && checksumHeaders(object.checksum)),
      ...responseOverrides(request),
      'accept-ranges': 'bytes',
      'content-length': String(end - start + 1),
      ...(range && { 'content-range': `bytes ${start}-${end}/${object.size}` }),
    },
    ...(request.method === 'GET' && { body: contentOf(object, start, end) }),
  };
}

// Opened before anything else happens, so that a later write or delete does not cut this answer short.
function contentOf({ file }: StoredObject, start: number, end: number): Readable {
  return end < start ? Readable.from([]) : createReadStream(file, { fd: openSync(file, 'r'), start, end });
}

const objectHeaders = ({ etag, headers, lastModified }: StoredObject): Record<string, string> => ({
  ...headers,
  etag: `"${etag}"`,
  'last-modified': lastModified.toUTCString(),
});

/** One range; S3 gives the whole object for several, or for what is no range of bytes. */
function requestedRange(header: string | undefined, size: number): [start: number, end: number] | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start < size && start <= end) return [start, end];
  throw new S3Error('InvalidRange', undefined, {
    RangeRequested: header ?? '',
    ActualObjectSize: String(size),
  });
}

/** Which of two conditions counts when both are given: the table in API_GetObject. */
function checkReadConditions(object: StoredObject, headers: Readonly<Record<string, string>>): void {
  const written = Math.floor(object.lastModified.getTime() / 1000);
  const since = (name: string): number => Date.parse(headers[name] ?? '') / 1000; // NaN compares as false
  const names = (name: string): boolean | undefined =>
    headers[name]
      ?.split(',')
      .some((tag) => tag.trim() === '*' || tag.trim().replaceAll('"', '') === object.etag);
  if (names('if-match') === false) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Match' });
  }
  if (names('if-match') === undefined && written > since('if-unmodified-since')) {
    throw new S3Error('PreconditionFailed', undefined, { Condition: 'If-Unmodified-Since' });
  }
  const same = names('if-none-match') ?? written <= since('if-modified-since');
  if (same) throw new S3Error('NotModified', undefined, {}, objectHeaders(object));
}

const OVERRIDE =
  /^response-(cache-control|content-disposition|content-encoding|content-language|content-type|expires)$/;

const responseOverrides = ({ query }: S3Request): Record<string, string> =>
  Object.fromEntries(
    query
      .map(([name, value]) => [OVERRIDE.exec(name)?.[1], value] as const)
      .filter((entry): entry is readonly [string, string] => entry[0] !== undefined),
  );
