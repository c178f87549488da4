import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { putUpload, type UploadRequest } from '../../../lib/client/put-upload.ts';
import { ended, eventually, newUser, statusOf, submit } from '../../local-cloud.ts';

const TEXT = 'Not a picture, but a file.';
const user = newUser();

async function announced(text: string): Promise<{ id: string; request: UploadRequest }> {
  const md5hash = createHash('md5').update(text).digest('hex');
  const { json } = await submit(user, {
    template_id: 'image-thumbnails',
    fields: { nonce: String(Math.random()) },
    uploads: [{ name: 'file.txt', size: Buffer.byteLength(text), mime: 'text/plain', md5hash }],
  });
  return { id: json.assembly_id, request: json.uploads[0] };
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

test('brings the bytes that were announced', async () => {
  const { id, request } = await announced(TEXT);
  await putUpload(request, bytes(TEXT));
  expect(await ended(user, id)).toMatchObject({ status: 'failed', error_code: 'not_an_image' });
});

test('brings a file of the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-put-'));
  await writeFile(join(folder, 'file.txt'), TEXT);
  const { id, request } = await announced(TEXT);
  await putUpload(request, await openAsBlob(join(folder, 'file.txt')));
  const status = await eventually(async () => {
    const { json } = await statusOf(user, id);
    return json.bytes_received > 0 ? json : undefined;
  }, 'the upload');
  expect(status.bytes_received).toBe(TEXT.length);
  await rm(folder, { recursive: true });
});

test.each([
  ['other bytes of that length', TEXT.toUpperCase(), 400, 'BadDigest'],
  ['a longer file', `${TEXT} More.`, 403, 'SignatureDoesNotMatch'],
])('says that %s are refused, and the assembly waits on', async (_, text, statusCode, reason) => {
  const { id, request } = await announced(TEXT);
  await expect(putUpload(request, bytes(text))).rejects.toMatchObject({
    name: 'UploadRefused',
    code: 'upload_refused',
    statusCode,
    reason,
  });
  expect((await statusOf(user, id)).json).toMatchObject({ status: 'uploading', bytes_received: 0 });
  await putUpload(request, bytes(TEXT));
});

test('hands on what goes wrong on the way', async () => {
  const { request } = await announced(TEXT);
  await expect(putUpload({ ...request, url: 'http://127.0.0.1:1/' }, bytes(TEXT))).rejects.toThrow();
});
