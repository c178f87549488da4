import { HeadObjectCommand } from '@aws-sdk/client-s3';
import {
  api,
  bearer,
  ended,
  localS3,
  localWaybill,
  newUser,
  put,
  statusOf,
  type UploadRequest,
} from '../local-cloud.ts';
import { md5Of, picture, submitPictures, type TestFile } from '../pictures.ts';

const user = newUser();
let id: string;
let request: UploadRequest;
let file: TestFile;
/** The other upload of the same assembly. */
let otherRequest: UploadRequest;
let otherFile: TestFile;
beforeAll(async () => {
  [file, otherFile] = await Promise.all([picture('a.jpg', { seed: 1 }), picture('b.jpg', { seed: 2 })]);
  const { json } = await submitPictures(user, [file, otherFile]);
  id = json.assembly_id;
  [request, otherRequest] = json.uploads;
});

interface Attempt {
  readonly request?: Partial<UploadRequest>;
  readonly bytes?: Uint8Array;
}

const putWith = ({ request: changes, bytes = file.bytes }: Attempt) => put({ ...request, ...changes }, bytes);

const withHeaders = (headers: Record<string, string>): Attempt => ({
  request: { headers: { ...request.headers, ...headers } },
});

const withoutHeader = (name: string): Attempt => ({
  request: { headers: Object.fromEntries(Object.entries(request.headers).filter(([key]) => key !== name)) },
});

/** What an honest client would say of these bytes. */
const honestly = (bytes: Buffer): Attempt => ({
  ...withHeaders({
    'content-length': String(bytes.length),
    'content-md5': Buffer.from(md5Of(bytes), 'hex').toString('base64'),
  }),
  bytes,
});

function withUrl(change: (url: URL) => void): Attempt {
  const url = new URL(request.url);
  change(url);
  return { request: { url: url.href } };
}

const withQuery = (name: string, value: string): Attempt =>
  withUrl(({ searchParams }) => searchParams.set(name, value));

const flipped = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((byte, index) => (index === 99 ? ~byte : byte)));

/** Who holds a URL for one file can bring that file and do nothing else. */
describe('the bucket refuses', () => {
  const BY_SIGNATURE = '403 SignatureDoesNotMatch';
  const toPath = (path: (was: string) => string) => (): Attempt =>
    withUrl((url) => {
      url.pathname = path(url.pathname);
    });
  const withMethod = (method: string) => (): Attempt => ({
    request: { method, headers: {} },
    bytes: Buffer.alloc(0),
  });

  test.each<[string, string, () => Attempt]>([
    ['a byte more', BY_SIGNATURE, () => honestly(Buffer.concat([file.bytes, Buffer.of(0)]))],
    ['a byte less', BY_SIGNATURE, () => honestly(file.bytes.subarray(1))],
    ['nothing', BY_SIGNATURE, () => honestly(Buffer.alloc(0))],
    ['another file, announced as this one', '400 BadDigest', () => ({ bytes: flipped(file.bytes) })],
    ['another file of the same size, with its own md5', BY_SIGNATURE, () => honestly(flipped(file.bytes))],
    ['another file of the assembly', BY_SIGNATURE, () => honestly(otherFile.bytes)],
    [
      'another file of the assembly, with what was signed for that one',
      BY_SIGNATURE,
      () => ({ request: { headers: otherRequest.headers }, bytes: otherFile.bytes }),
    ],
    ['no md5', BY_SIGNATURE, () => withoutHeader('content-md5')],
    ['an md5 that is none', BY_SIGNATURE, () => withHeaders({ 'content-md5': 'x' })],
    ['no media type', BY_SIGNATURE, () => withoutHeader('content-type')],
    ['another media type', BY_SIGNATURE, () => withHeaders({ 'content-type': 'text/html' })],
    ['a header that nobody signed', '403 AccessDenied', () => withHeaders({ 'x-amz-acl': 'public-read' })],
    ['metadata that nobody signed', '403 AccessDenied', () => withHeaders({ 'x-amz-meta-owner': 'me' })],
    ['another signature', BY_SIGNATURE, () => withQuery('X-Amz-Signature', '0'.repeat(64))],
    [
      'no signature',
      '400 AuthorizationQueryParametersError',
      () => withUrl(({ searchParams }) => searchParams.delete('X-Amz-Signature')),
    ],
    ['no query at all', '403 AccessDenied', () => ({ request: { url: request.url.split('?')[0] } })],
    ['a longer life', BY_SIGNATURE, () => withQuery('X-Amz-Expires', '604800')],
    ['fewer signed headers', BY_SIGNATURE, () => withQuery('X-Amz-SignedHeaders', 'host')],
    ['another key of the assembly', BY_SIGNATURE, toPath(() => new URL(otherRequest.url).pathname)],
    ['the place of the results', BY_SIGNATURE, toPath((path) => path.replace('/uploads/', '/results/'))],
    ['another assembly', BY_SIGNATURE, toPath((path) => path.replace(id, '0'.repeat(64)))],
    ['to be read with it', BY_SIGNATURE, withMethod('GET')],
    ['to delete with it', BY_SIGNATURE, withMethod('DELETE')],
  ])('%s → %s', async (_, refusal, attempt) => {
    const { status, code } = await putWith(attempt());
    expect(`${status} ${code}`).toBe(refusal);
  });
});

test('of what was refused nothing is there, and the assembly still waits for both', async () => {
  const { status, json } = await statusOf(user, id);
  expect(status).toBe(202);
  expect(json).toMatchObject({ status: 'uploading', version: 1, bytes_received: 0, progress: 0 });
  const s3 = localS3();
  for (const { md5hash } of json.uploads) {
    const head = new HeadObjectCommand({
      Bucket: localWaybill().buckets.files,
      Key: `uploads/${id}/${md5hash}`,
    });
    await expect(s3.send(head)).rejects.toMatchObject({ name: 'NotFound' });
  }
  s3.destroy();
});

test('the good files are taken all the same, and again, and change nothing once they are there', async () => {
  for (const [one, { bytes }] of [
    [request, file],
    [otherRequest, otherFile],
    [request, file],
  ] as const)
    expect(await put(one, bytes)).toMatchObject({ status: 200 });
  const { version, status, attempt } = await ended(user, id);
  expect([status, attempt]).toEqual(['completed', 1]);
  expect(await put(otherRequest, otherFile.bytes)).toMatchObject({ status: 200 });
  expect(await put(request, flipped(file.bytes))).toMatchObject({ status: 400 });
  const again = await submitPictures(user, [file, otherFile]);
  expect(again.json).toMatchObject({ assembly_id: id, created: false, restarted: false, version });
});

test('the file of an assembly cannot be fetched through the API', async () => {
  const headers = await bearer(user);
  for (const path of [
    `/uploads/${id}/${md5Of(file.bytes)}`,
    `/assemblies/${id}/uploads/${md5Of(file.bytes)}`,
  ])
    expect((await api(path, { headers })).status).toBe(404);
});
