import { createHash, randomBytes } from 'node:crypto';
import { openBody, readSmallBody } from './s3-body.ts';
import { type S3Answer, type S3Call, xmlAnswer } from './s3-call.ts';
import { type ChecksumAlgorithm, compositeChecksum, knownAlgorithm } from './s3-checksum.ts';
import { S3Error } from './s3-error.ts';
import { queryValue } from './s3-request.ts';
import { checkWriteConditions, commitObject, type Part, type StoredObject, type Upload } from './s3-store.ts';
import { checksumHeaders, keptHeaders } from './s3-write.ts';
import { parseXml, xmlResult } from './s3-xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;
const LARGEST_BODY_BYTES = 4 * 1024 * 1024;

const quoted = (etag: string): string => `"${etag}"`;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export function createUpload({ bucket, headers, request: { key } }: S3Call): S3Answer {
  const { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type } = headers;
  if (algorithm !== undefined) knownAlgorithm(algorithm);
  if (type !== undefined && type !== 'COMPOSITE') {
    throw new S3Error('NotImplemented', `The local S3 doesn't know the checksum type ${type}.`);
  }
  const id = randomBytes(24).toString('base64url');
  bucket.uploads.set(id, { key, headers: keptHeaders(headers), parts: new Map() });
  return xmlAnswer(
    xmlResult('InitiateMultipartUploadResult', { Bucket: bucket.name, Key: key, UploadId: id }),
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export async function uploadPart(call: S3Call): Promise<S3Answer> {
  const { bucket, files, request, caller, headers } = call;
  if (headers['x-amz-copy-source'] !== undefined) {
    throw new S3Error('NotImplemented', "The local S3 doesn't know UploadPartCopy.");
  }
  const number = Number(queryValue(request, 'partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MOST_PARTS}, inclusive`,
    );
  }
  findUpload(call);
  const part = await files.receive(openBody(request, caller));
  // It may have been completed or aborted while the part came.
  const upload = bucket.uploads.get(queryValue(request, 'uploadId') ?? '');
  const before = upload?.parts.get(number);
  upload?.parts.set(number, part);
  if (before) await files.remove(before.file);
  if (!upload) {
    await files.remove(part.file);
    throw new S3Error('NoSuchUpload');
  }
  return { status: 200, headers: { etag: quoted(part.md5), ...checksumHeaders(part.checksum) } };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeUpload(call: S3Call): Promise<S3Answer> {
  const { bucket, files, request, caller, headers, emit } = call;
  const { key } = request;
  const { id, upload } = findUpload(call);
  const chosen = await chosenParts(await readSmallBody(request, caller, LARGEST_BODY_BYTES), upload);
  checkWriteConditions(bucket, key, headers);
  // From here on nobody else completes or aborts it.
  if (!bucket.uploads.delete(id)) throw new S3Error('NoSuchUpload');
  let joined: { readonly file: string };
  try {
    joined = await files.join(chosen.map(({ file }) => file));
  } catch (error) {
    bucket.uploads.set(id, upload);
    throw error;
  }
  const hashes = chosen.map(({ md5 }) => Buffer.from(md5, 'hex'));
  const object: StoredObject = {
    file: joined.file,
    size: chosen.reduce((sum, { size }) => sum + size, 0),
    etag: `${createHash('md5').update(Buffer.concat(hashes)).digest('hex')}-${chosen.length}`,
    lastModified: new Date(),
    headers: upload.headers,
    checksum: compositeChecksum(chosen.map(({ checksum }) => checksum)),
  };
  await Promise.all([...upload.parts.values()].map(({ file }) => files.remove(file)));
  await commitObject(bucket, key, object, headers, files);
  emit({ name: 's3:ObjectCreated:CompleteMultipartUpload', key, object });
  return xmlAnswer(
    xmlResult('CompleteMultipartUploadResult', {
      Location: `http://${request.headers.host}${request.path}`,
      Bucket: bucket.name,
      Key: key,
      ETag: quoted(object.etag),
      ...(object.checksum && { [xmlName(object.checksum.algorithm)]: object.checksum.value }),
    }),
  );
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortUpload(call: S3Call): Promise<S3Answer> {
  const { id, upload } = findUpload(call);
  call.bucket.uploads.delete(id);
  await Promise.all([...upload.parts.values()].map(({ file }) => call.files.remove(file)));
  return { status: 204 };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export function listParts(call: S3Call): S3Answer {
  const { id, upload } = findUpload(call);
  const parts = [...upload.parts].sort(([left], [right]) => left - right);
  return xmlAnswer(
    xmlResult('ListPartsResult', {
      Bucket: call.bucket.name,
      Key: upload.key,
      UploadId: id,
      IsTruncated: false,
      Part: parts.map(([PartNumber, { md5, size }]) => ({ PartNumber, ETag: quoted(md5), Size: size })),
    }),
  );
}

function findUpload({ bucket, request }: S3Call): { id: string; upload: Upload } {
  const id = queryValue(request, 'uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (!upload || upload.key !== request.key) throw new S3Error('NoSuchUpload', undefined, { UploadId: id });
  return { id, upload };
}

/** The parts that the request names, checked as S3 does. */
async function chosenParts(body: string, { parts }: Upload): Promise<Part[]> {
  const { Part: named = [] } = await parseXml(body, 'CompleteMultipartUpload', 'Part');
  const chosen = (named as Record<string, unknown>[]).map((each) => {
    const number = Number(each.PartNumber);
    const part = parts.get(number);
    const checksum = part?.checksum && each[xmlName(part.checksum.algorithm)];
    const agrees =
      String(each.ETag).replaceAll('"', '') === part?.md5 &&
      (checksum === undefined || checksum === part.checksum?.value);
    if (!part || !agrees)
      throw new S3Error('InvalidPart', undefined, { PartNumber: String(each.PartNumber) });
    return { number, part };
  });
  if (chosen.length === 0) throw new S3Error('MalformedXML');
  if (chosen.some(({ number }, index) => number <= (chosen[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder');
  }
  const small = chosen.slice(0, -1).find(({ part }) => part.size < SMALLEST_PART_BYTES);
  if (small) {
    throw new S3Error('EntityTooSmall', undefined, {
      ETag: small.part.md5,
      MinSizeAllowed: String(SMALLEST_PART_BYTES),
      PartNumber: String(small.number),
      ProposedSize: String(small.part.size),
    });
  }
  return chosen.map(({ part }) => part);
}

const xmlName = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm.toUpperCase()}`;
