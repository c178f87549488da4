import { openBody } from './s3-body.ts';
import type { S3Answer, S3Call } from './s3-call.ts';
import { xmlAnswer } from './s3-call.ts';
import { type Checksum, checksumHeader } from './s3-checksum.ts';
import { S3Error } from './s3-error.ts';
import { checkWriteConditions, commitObject, type StoredObject } from './s3-store.ts';
import { xmlResult } from './s3-xml.ts';

const KEPT_HEADER =
  /^(cache-control|content-disposition|content-encoding|content-language|content-type|expires|x-amz-meta-.+)$/;

/** 2 KB: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
const LARGEST_METADATA_BYTES = 2048;

/** What an object keeps of the headers that it was written with. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => KEPT_HEADER.test(name)));
  const encodings = (kept['content-encoding'] ?? '').split(',').map((each) => each.trim());
  delete kept['content-encoding'];
  // aws-chunked says how the body came, not what it is.
  const encoding = encodings.filter((each) => each && each !== 'aws-chunked').join(',');
  const metadata = Object.entries(kept).filter(([name]) => name.startsWith('x-amz-meta-'));
  const size = metadata.reduce(
    (sum, [name, value]) => sum + name.length - 'x-amz-meta-'.length + value.length,
    0,
  );
  if (size > LARGEST_METADATA_BYTES) throw new S3Error('MetadataTooLarge');
  return {
    'content-type': 'binary/octet-stream',
    ...kept,
    ...(encoding && { 'content-encoding': encoding }),
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(call: S3Call): Promise<S3Answer> {
  if (call.headers['x-amz-copy-source'] !== undefined) return copyObject(call);
  const { bucket, files, headers, request, caller, emit } = call;
  const { key } = request;
  const kept = keptHeaders(headers);
  checkWriteConditions(bucket, key, headers);
  const { file, size, md5: etag, checksum } = await files.receive(openBody(request, caller));
  const object: StoredObject = { file, size, etag, lastModified: new Date(), headers: kept, checksum };
  await commitObject(bucket, key, object, headers, files);
  emit({ name: 's3:ObjectCreated:Put', key, object });
  return { status: 200, headers: { etag: `"${etag}"`, ...checksumHeaders(checksum) } };
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  const type = checksum.value.includes('-') ? 'COMPOSITE' : 'FULL_OBJECT';
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': type };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
async function copyObject({
  bucket,
  buckets,
  files,
  headers,
  request,
  emit,
  demand,
}: S3Call): Promise<S3Answer> {
  const [from, ...rest] = decodeSource(headers['x-amz-copy-source'] ?? '').split('/');
  const [sourceKey, { key }] = [rest.join('/'), request];
  const source = buckets.get(from ?? '');
  if (!source) throw new S3Error('NoSuchBucket', undefined, { BucketName: from ?? '' });
  demand('s3:GetObject', source.name, sourceKey);
  const original = source.objects.get(sourceKey);
  if (!original) demand('s3:ListBucket', source.name);
  if (!original) throw new S3Error('NoSuchKey', undefined, { Key: sourceKey });
  const replaces = headers['x-amz-metadata-directive'] === 'REPLACE';
  if (original === bucket.objects.get(key) && !replaces) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's " +
        'metadata, storage class, website redirect location or encryption attributes.',
    );
  }
  checkWriteConditions(bucket, key, headers);
  const { file, md5: etag } = await files.join([original.file]);
  const object: StoredObject = {
    file,
    size: original.size,
    etag,
    lastModified: new Date(),
    headers: replaces ? keptHeaders(headers) : original.headers,
    checksum: original.checksum?.value.includes('-') ? undefined : original.checksum,
  };
  await commitObject(bucket, key, object, headers, files);
  emit({ name: 's3:ObjectCreated:Copy', key, object });
  return xmlAnswer(
    xmlResult('CopyObjectResult', { ETag: `"${etag}"`, LastModified: object.lastModified.toISOString() }),
  );
}

function decodeSource(source: string): string {
  if (source.includes('?')) throw new S3Error('NotImplemented', 'The local S3 has no versions to copy from.');
  try {
    return decodeURIComponent(source).replace(/^\//, '');
  } catch {
    throw new S3Error(
      'InvalidArgument',
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject({ bucket, files, request: { key }, emit }: S3Call): Promise<S3Answer> {
  const object = bucket.objects.get(key);
  bucket.objects.delete(key);
  if (object) {
    await files.remove(object.file);
    emit({ name: 's3:ObjectRemoved:Delete', key });
  }
  return { status: 204 };
}
