import type { S3Answer, S3Call } from './s3-call.ts';
import { xmlAnswer } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { queryValue } from './s3-request.ts';
import type { StoredObject } from './s3-store.ts';
import { xmlResult } from './s3-xml.ts';

/** A key, or what keys up to a delimiter have in common. */
type Entry = { readonly name: string; readonly object?: StoredObject };

const LONGEST_PAGE = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects({ bucket, request }: S3Call): S3Answer {
  const parameter = (name: string): string | undefined => queryValue(request, name);
  if (parameter('list-type') !== '2') {
    throw new S3Error('NotImplemented', 'The local S3 lists objects by list-type=2 only.');
  }
  const [prefix = '', delimiter = ''] = [parameter('prefix'), parameter('delimiter')];
  const token = parameter('continuation-token');
  const after = token === undefined ? (parameter('start-after') ?? '') : decodeToken(token);
  const pageSize = Math.min(numberOf(parameter('max-keys') ?? String(LONGEST_PAGE)), LONGEST_PAGE);
  const entries = entriesOf(bucket.objects, prefix, delimiter)
    .filter(({ name, object }) => byBytes(name, after) > 0 && (object || !after.startsWith(name)))
    .sort((left, right) => byBytes(left.name, right.name));
  const page = entries.slice(0, pageSize);
  const truncated = page.length < entries.length && pageSize > 0;
  const urlEncoded = parameter('encoding-type') === 'url';
  const text = (value: string): string =>
    urlEncoded ? encodeURIComponent(value).replaceAll('%2F', '/') : value;
  return xmlAnswer(
    xmlResult('ListBucketResult', {
      Name: bucket.name,
      Prefix: text(prefix),
      Delimiter: delimiter === '' ? undefined : text(delimiter),
      StartAfter: parameter('start-after'),
      MaxKeys: pageSize,
      EncodingType: parameter('encoding-type'),
      KeyCount: page.length,
      IsTruncated: truncated,
      ContinuationToken: token,
      NextContinuationToken: truncated ? encodeToken(page.at(-1)?.name ?? '') : undefined,
      Contents: page.flatMap(({ name, object }) =>
        object
          ? {
              Key: text(name),
              LastModified: object.lastModified.toISOString(),
              ETag: `"${object.etag}"`,
              Size: object.size,
              StorageClass: 'STANDARD',
            }
          : [],
      ),
      CommonPrefixes: page.flatMap(({ name, object }) => (object ? [] : { Prefix: text(name) })),
    }),
  );
}

function entriesOf(objects: ReadonlyMap<string, StoredObject>, prefix: string, delimiter: string): Entry[] {
  const entries = new Map<string, Entry>();
  for (const [key, object] of objects) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + delimiter.length);
    // A mark of its own: a key may be spelled like a common prefix.
    entries.set(end < 0 ? `key ${name}` : `prefix ${name}`, end < 0 ? { name, object } : { name });
  }
  return [...entries.values()];
}

/** S3 lists in the order of the UTF-8 bytes, which is not that of JavaScript's strings. */
const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

const encodeToken = (name: string): string => Buffer.from(name).toString('base64url');
const decodeToken = (token: string): string => Buffer.from(token, 'base64url').toString();

function numberOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new S3Error('InvalidArgument', 'Provided max-keys not an integer or within integer range');
}
