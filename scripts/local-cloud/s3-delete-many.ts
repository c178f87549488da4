import { readSmallBody } from './s3-body.ts';
import { type S3Answer, type S3Call, xmlAnswer } from './s3-call.ts';
import { statedChecksum } from './s3-checksum.ts';
import { S3Error } from './s3-error.ts';
import { deleteObject } from './s3-write.ts';
import { parseXml, xmlResult } from './s3-xml.ts';

const MOST_KEYS = 1000;
const LARGEST_BODY_BYTES = 2 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export async function deleteObjects(call: S3Call): Promise<S3Answer> {
  const { request, caller, headers } = call;
  if (headers['content-md5'] === undefined && !statedChecksum(headers)) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5');
  }
  const { Object: objects, Quiet } = await parseXml(
    await readSmallBody(request, caller, LARGEST_BODY_BYTES),
    'Delete',
    'Object',
  );
  const keys = ((objects ?? []) as { Key?: unknown; VersionId?: unknown }[]).map(({ Key, VersionId }) => {
    if (typeof Key !== 'string' || VersionId !== undefined) throw new S3Error('MalformedXML');
    return Key;
  });
  if (keys.length === 0 || keys.length > MOST_KEYS) throw new S3Error('MalformedXML');
  const outcomes = [];
  for (const key of keys) outcomes.push({ Key: key, refusal: await refusalOfDelete(call, key) });
  const deleted = outcomes.filter(({ refusal }) => !refusal).map(({ Key }) => ({ Key }));
  const refused = outcomes.flatMap(({ Key, refusal }) =>
    refusal ? [{ Key, Code: refusal.code, Message: refusal.message }] : [],
  );
  return xmlAnswer(xmlResult('DeleteResult', { Deleted: Quiet === 'true' ? [] : deleted, Error: refused }));
}

/** Each key is allowed or refused for itself. */
async function refusalOfDelete(call: S3Call, key: string): Promise<S3Error | undefined> {
  try {
    call.demand('s3:DeleteObject', call.bucket.name, key);
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  }
  await deleteObject({ ...call, request: { ...call.request, key } });
  return undefined;
}
