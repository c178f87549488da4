import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { behaviour, eventually } from './child-cloud.ts';
import {
  md5Hex,
  outcomeOf,
  presignPut,
  refusalOf,
  type S3Target,
  s3Client,
  startS3Target,
} from './s3-target.ts';

const API = 'https://docs.aws.amazon.com/AmazonS3/latest/API';
const GUIDE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';
const PUT = `${API}/API_PutObject.html`;
const GET = `${API}/API_GetObject.html`;
const HEAD = `${API}/API_HeadObject.html`;
const LIST = `${API}/API_ListObjectsV2.html`;
const COMPLETE = `${API}/API_CompleteMultipartUpload.html`;
const CONDITIONAL = `${GUIDE}/conditional-writes.html`;
const CORS = `${GUIDE}/cors.html`;
const EVENTS = `${GUIDE}/notification-content-structure.html`;
const FILTERS = `${GUIDE}/notification-how-to-filtering.html`;
const MB = 1024 * 1024;

let target: S3Target;
let s3: S3Client;
let sqs: SQSClient;
beforeAll(async () => {
  target = await startS3Target();
  s3 = s3Client(target);
  sqs = new SQSClient({ endpoint: target.sqsEndpoint, region: 'us-east-1', credentials: target.credentials });
});
afterAll(async () => {
  s3.destroy();
  sqs.destroy();
  await target.stop();
});

let count = 0;
const newKey = (): string => `objects/${process.pid}-${count++}`;
const put = (Key: string, Body = 'hello', input: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: target.plain, Key, Body, ...input }));
const get = (Key: string, input: Partial<GetObjectCommandInput> = {}) =>
  s3.send(new GetObjectCommand({ Bucket: target.plain, Key, ...input }));
const head = (Key: string) => s3.send(new HeadObjectCommand({ Bucket: target.plain, Key }));
const textOf = async (Key: string, input: Partial<GetObjectCommandInput> = {}): Promise<string | undefined> =>
  (await get(Key, input)).Body?.transformToString();

/** A PUT whose second half has still to come; the server has read what came before. */
async function halfSent(
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ finish(): Promise<number>; cut(): void }> {
  const sending = httpRequest(url, { method: 'PUT', headers: { ...headers, 'content-length': body.length } });
  const status = new Promise<number>((resolve, reject) => {
    sending.on('error', reject).on('response', (response) => resolve(response.resume().statusCode ?? 0));
  });
  status.catch(() => {}); // it may be cut
  await new Promise((resolve) => sending.write(body.slice(0, body.length / 2), resolve));
  await wait(50);
  return {
    cut: () => sending.destroy(),
    finish() {
      sending.end(body.slice(body.length / 2));
      return status;
    },
  };
}

describe('objects', () => {
  behaviour('an object keeps its bytes, headers and metadata; its ETag is the MD5', PUT, async () => {
    const key = newKey();
    const written = await put(key, 'hello', {
      ContentType: 'text/csv; charset=utf-8',
      ContentDisposition: 'attachment; filename="a b.csv"',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { 'job-id': 'x/1' },
    });
    expect(written.ETag).toBe(`"${md5Hex('hello')}"`);
    const { Body, ...read } = await get(key);
    expect(await Body?.transformToString()).toBe('hello');
    const kept = {
      ETag: `"${md5Hex('hello')}"`,
      ContentLength: 5,
      ContentType: 'text/csv; charset=utf-8',
      ContentDisposition: 'attachment; filename="a b.csv"',
      ContentEncoding: 'identity',
      CacheControl: 'no-store',
      Metadata: { 'job-id': 'x/1' },
      AcceptRanges: 'bytes',
    };
    expect(read).toMatchObject(kept);
    expect(await head(key)).toMatchObject(kept);
    expect(Math.abs((read.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  behaviour('without a type it is binary/octet-stream; an empty object is one', PUT, async () => {
    const key = newKey();
    const { url, headers } = await presignPut(target, key, '');
    const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array() });
    expect(response.status).toBe(200);
    expect(await head(key)).toMatchObject({ ContentLength: 0, ContentType: 'binary/octet-stream' });
    expect(await textOf(key)).toBe('');
  });

  behaviour('a second write replaces the first, metadata too', PUT, async () => {
    const key = newKey();
    await put(key, 'first', { Metadata: { a: '1' } });
    await put(key, 'second');
    expect(await textOf(key)).toBe('second');
    expect((await head(key)).Metadata).toEqual({});
  });

  behaviour(
    'a key may have spaces, %, +, unicode, dots and quotes',
    `${GUIDE}/object-keys.html`,
    async () => {
      const base = newKey();
      for (const name of [
        'a b',
        '100%',
        'a+b',
        'é/日本/😀',
        "it's (1)!*~",
        'a&b<c>"d"',
        'x/../y',
        './z',
        'q?r=s#t',
      ]) {
        const key = `${base}/${name}`;
        await put(key, name);
        expect(await textOf(key)).toBe(name);
        const { url, headers } = await presignPut(target, `${key}.signed`, name);
        if (!/\.\.?\//.test(name)) {
          expect((await fetch(url, { method: 'PUT', headers, body: name })).status).toBe(200);
        }
      }
      const { Contents = [] } = await s3.send(
        new ListObjectsV2Command({ Bucket: target.plain, Prefix: `${base}/é` }),
      );
      expect(Contents.map(({ Key }) => Key)).toEqual([`${base}/é/日本/😀`, `${base}/é/日本/😀.signed`]);
    },
  );

  behaviour('a key over 1,024 bytes is KeyTooLongError', `${GUIDE}/object-keys.html`, async () => {
    expect(await refusalOf(put('é'.repeat(513)))).toEqual({ status: 400, code: 'KeyTooLongError' });
  });

  behaviour('metadata over 2 KB is MetadataTooLarge', `${GUIDE}/UsingMetadata.html`, async () => {
    const sent = put(newKey(), 'x', { Metadata: { long: 'x'.repeat(2100) } });
    expect(await refusalOf(sent)).toEqual({ status: 400, code: 'MetadataTooLarge' });
  });

  behaviour('a missing key is NoSuchKey in XML for GET, and 404 without a body for HEAD', HEAD, async () => {
    expect(await refusalOf(get('nothing'))).toEqual({ status: 404, code: 'NoSuchKey' });
    expect(await refusalOf(head('nothing'))).toEqual({ status: 404, code: 'NotFound' });
    const command = new HeadObjectCommand({ Bucket: target.plain, Key: 'nothing' });
    const response = await fetch(await getSignedUrl(s3, command), { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([404, '']);
  });

  behaviour('a missing bucket is NoSuchBucket', `${API}/API_HeadBucket.html`, async () => {
    const Bucket = 'no-such-bucket-here';
    expect(await refusalOf(get('x', { Bucket }))).toEqual({ status: 404, code: 'NoSuchBucket' });
    expect(await refusalOf(put('x', 'x', { Bucket }))).toEqual({ status: 404, code: 'NoSuchBucket' });
    expect((await refusalOf(s3.send(new HeadBucketCommand({ Bucket })))).status).toBe(404);
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket: target.plain }));
    expect(BucketRegion).toBe('us-east-1');
  });

  behaviour('DELETE is 204, for a key that is not there too', `${API}/API_DeleteObject.html`, async () => {
    const key = newKey();
    await put(key);
    for (let times = 0; times < 2; times++) {
      const { $metadata } = await s3.send(new DeleteObjectCommand({ Bucket: target.plain, Key: key }));
      expect($metadata.httpStatusCode).toBe(204);
    }
    expect((await refusalOf(head(key))).status).toBe(404);
  });

  behaviour('DELETE of several keys tells each', `${API}/API_DeleteObjects.html`, async () => {
    const [one, two] = [`${newKey()} & <x>`, newKey()];
    await put(one);
    await put(two);
    const { Deleted, Errors } = await s3.send(
      new DeleteObjectsCommand({
        Bucket: target.plain,
        Delete: { Objects: [{ Key: one }, { Key: two }, { Key: 'never' }] },
      }),
    );
    expect(Deleted).toEqual([{ Key: one }, { Key: two }, { Key: 'never' }]);
    expect(Errors).toBeUndefined();
    expect((await refusalOf(head(one))).status).toBe(404);
  });

  behaviour('a copy has the bytes and the metadata', `${API}/API_CopyObject.html`, async () => {
    const [from, to] = [`${newKey()} ä+`, newKey()];
    await put(from, 'hello', { Metadata: { a: '1' } });
    const CopySource = `${target.plain}/${encodeURIComponent(from)}`;
    const { CopyObjectResult } = await s3.send(
      new CopyObjectCommand({ Bucket: target.plain, Key: to, CopySource }),
    );
    expect(CopyObjectResult?.ETag).toBe(`"${md5Hex('hello')}"`);
    expect(await textOf(to)).toBe('hello');
    expect((await head(to)).Metadata).toEqual({ a: '1' });
  });

  behaviour(
    'nobody sees an upload before its last byte',
    `${GUIDE}/Welcome.html#ConsistencyModel`,
    async () => {
      const key = newKey();
      const { url, headers } = await presignPut(target, key, 'x'.repeat(1000));
      const upload = await halfSent(url, headers, 'x'.repeat(1000));
      expect((await refusalOf(head(key))).status).toBe(404);
      upload.cut();
      expect((await refusalOf(head(key))).status).toBe(404);
    },
  );
});

describe('conditions', () => {
  behaviour('If-None-Match: * on a key that is there is PreconditionFailed', CONDITIONAL, async () => {
    const key = newKey();
    await put(key, 'first', { IfNoneMatch: '*' });
    const second = await refusalOf(put(key, 'second', { IfNoneMatch: '*' }));
    expect(second).toEqual({ status: 412, code: 'PreconditionFailed' });
    expect(await textOf(key)).toBe('first');
  });

  behaviour('of two that write at the same time with If-None-Match: * one wins', CONDITIONAL, async () => {
    const key = newKey();
    const uploads = await Promise.all(
      ['first!', 'second'].map(async (body) => {
        const { url, headers } = await presignPut(target, key, body);
        return halfSent(url, { ...headers, 'if-none-match': '*' }, body);
      }),
    );
    const statuses = await Promise.all(uploads.map(({ finish }) => finish()));
    expect(statuses.toSorted()).toEqual([200, 412]);
    expect(await textOf(key)).toBe(statuses[0] === 200 ? 'first!' : 'second');
  });

  behaviour(
    'If-Match with another ETag is PreconditionFailed, without an object NoSuchKey',
    CONDITIONAL,
    async () => {
      const key = newKey();
      expect(await refusalOf(put(key, 'x', { IfMatch: `"${md5Hex('x')}"` }))).toEqual({
        status: 404,
        code: 'NoSuchKey',
      });
      await put(key, 'first');
      expect(await refusalOf(put(key, 'x', { IfMatch: `"${md5Hex('x')}"` }))).toMatchObject({ status: 412 });
      await put(key, 'second', { IfMatch: `"${md5Hex('first')}"` });
      expect(await textOf(key)).toBe('second');
    },
  );

  behaviour('GET with If-None-Match is 304, with another If-Match 412', GET, async () => {
    const key = newKey();
    const { ETag } = await put(key);
    expect((await refusalOf(get(key, { IfNoneMatch: ETag }))).status).toBe(304);
    expect(await textOf(key, { IfNoneMatch: '"other"' })).toBe('hello');
    expect(await refusalOf(get(key, { IfMatch: '"other"' }))).toEqual({
      status: 412,
      code: 'PreconditionFailed',
    });
    expect(await textOf(key, { IfMatch: ETag })).toBe('hello');
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    expect((await refusalOf(get(key, { IfModifiedSince: future }))).status).toBe(304);
    expect((await refusalOf(get(key, { IfUnmodifiedSince: past }))).status).toBe(412);
    expect(await textOf(key, { IfMatch: ETag, IfUnmodifiedSince: past })).toBe('hello');
  });
});

describe('reading', () => {
  behaviour('a range is 206 with Content-Range', GET, async () => {
    const key = newKey();
    await put(key, '0123456789');
    for (const [Range, text, ContentRange] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=8-99', '89', 'bytes 8-9/10'],
      ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ] as const) {
      const answer = await get(key, { Range });
      expect(answer).toMatchObject({
        ContentRange,
        $metadata: { httpStatusCode: 206 },
        ContentLength: text.length,
      });
      expect(await answer.Body?.transformToString()).toBe(text);
    }
    expect(await textOf(key, { Range: 'bytes=0-1,4-5' })).toBe('0123456789');
  });

  behaviour('a range outside is InvalidRange', GET, async () => {
    const key = newKey();
    await put(key, '0123456789');
    for (const Range of ['bytes=10-', 'bytes=10-12', 'bytes=-0']) {
      expect(await refusalOf(get(key, { Range }))).toEqual({ status: 416, code: 'InvalidRange' });
    }
  });

  behaviour('a presigned GET may set the answer’s headers', GET, async () => {
    const key = newKey();
    await put(key);
    const command = new GetObjectCommand({
      Bucket: target.plain,
      Key: key,
      ResponseContentDisposition: 'attachment; filename="result.csv"',
      ResponseContentType: 'text/csv',
    });
    const url = await getSignedUrl(s3, command);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="result.csv"');
    expect(response.headers.get('content-type')).toBe('text/csv');
    const tampered = await fetch(url.replace('result.csv', 'virus.exe')).then(outcomeOf);
    expect(tampered).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  behaviour(
    'the checksum comes back when it is asked for',
    `${GUIDE}/checking-object-integrity.html`,
    async () => {
      const key = newKey();
      await put(key, 'hello', { ChecksumAlgorithm: 'SHA256' });
      const expected = createHash('sha256').update('hello').digest('base64');
      expect((await get(key, { ChecksumMode: 'ENABLED' })).ChecksumSHA256).toBe(expected);
    },
  );
});

describe('lists', () => {
  const list = async (input: object) => s3.send(new ListObjectsV2Command({ Bucket: target.plain, ...input }));

  behaviour('come in the order of bytes, by pages, with common prefixes', LIST, async () => {
    const base = newKey();
    for (const name of ['b', 'a/1', 'a/2', 'B', 'é', 'a']) await put(`${base}/${name}`, name);
    const names = ({ Contents = [] }: { Contents?: { Key?: string }[] }) =>
      Contents.map(({ Key = '' }) => Key.slice(base.length + 1));
    const Prefix = `${base}/`;
    expect(names(await list({ Prefix }))).toEqual(['B', 'a', 'a/1', 'a/2', 'b', 'é']);
    const folded = await list({ Prefix, Delimiter: '/' });
    expect(names(folded)).toEqual(['B', 'a', 'b', 'é']);
    expect(folded.CommonPrefixes).toEqual([{ Prefix: `${base}/a/` }]);
    expect(folded).toMatchObject({ KeyCount: 5, IsTruncated: false });
    const pages: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await list({ Prefix, Delimiter: '/', MaxKeys: 2, ContinuationToken });
      pages.push([...names(page), ...(page.CommonPrefixes ?? []).map(() => 'a/')].join(' '));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(pages).toEqual(['B a', 'b a/', 'é']);
    expect(names(await list({ Prefix, StartAfter: `${base}/a/1` }))).toEqual(['a/2', 'b', 'é']);
  });

  behaviour('tell size and ETag of each object', LIST, async () => {
    const key = newKey();
    await put(key);
    const { Contents } = await list({ Prefix: key });
    expect(Contents).toEqual([
      expect.objectContaining({
        Key: key,
        Size: 5,
        ETag: `"${md5Hex('hello')}"`,
        LastModified: expect.any(Date),
      }),
    ]);
  });
});

describe('multipart', () => {
  const start = async (Key: string): Promise<{ Bucket: string; Key: string; UploadId: string }> => {
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket: target.plain, Key }));
    return { Bucket: target.plain, Key, UploadId };
  };
  const part = async (upload: Awaited<ReturnType<typeof start>>, PartNumber: number, Body: Buffer) => {
    const { ETag } = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
    return { PartNumber, ETag };
  };

  behaviour(
    'an Upload of the SDK arrives whole, its ETag that of its parts',
    `${GUIDE}/mpuoverview.html`,
    async () => {
      const key = newKey();
      const body = Buffer.alloc(12 * MB, 'waybill');
      const params = {
        Bucket: target.plain,
        Key: key,
        Body: body,
        ContentType: 'text/csv',
        Metadata: { a: '1' },
      };
      const { ETag } = await new Upload({ client: s3, params, partSize: 5 * MB }).done();
      const parts = [0, 5, 10].map((start) =>
        createHash('md5')
          .update(body.subarray(start * MB, (start + 5) * MB))
          .digest(),
      );
      expect(ETag).toBe(`"${md5Hex(Buffer.concat(parts))}-3"`);
      const stored = await get(key);
      expect(stored).toMatchObject({
        ContentLength: 12 * MB,
        ContentType: 'text/csv',
        Metadata: { a: '1' },
        ETag,
      });
      expect(md5Hex((await stored.Body?.transformToByteArray()) ?? '')).toBe(md5Hex(body));
      const range = await get(key, { Range: `bytes=${5 * MB - 2}-${5 * MB + 2}` });
      expect(await range.Body?.transformToString()).toBe(body.subarray(5 * MB - 2, 5 * MB + 3).toString());
    },
  );

  behaviour('a part under 5 MB that is not the last is EntityTooSmall', COMPLETE, async () => {
    const upload = await start(newKey());
    const Parts = [await part(upload, 1, Buffer.alloc(1000)), await part(upload, 2, Buffer.alloc(1000))];
    const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
    expect(await refusalOf(s3.send(complete))).toEqual({ status: 400, code: 'EntityTooSmall' });
    expect((await refusalOf(head(upload.Key))).status).toBe(404);
  });

  behaviour('wrong parts are InvalidPart, a wrong order InvalidPartOrder', COMPLETE, async () => {
    const upload = await start(newKey());
    const [one, two] = [await part(upload, 1, Buffer.alloc(5 * MB)), await part(upload, 2, Buffer.alloc(10))];
    const complete = (...Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    expect((await refusalOf(complete({ ...one, ETag: '"0"' }))).code).toBe('InvalidPart');
    expect((await refusalOf(complete(one, { ...two, PartNumber: 3 }))).code).toBe('InvalidPart');
    expect((await refusalOf(complete(two, one))).code).toBe('InvalidPartOrder');
    const { Parts: listed = [] } = await s3.send(new ListPartsCommand(upload));
    expect(listed.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 5 * MB],
      [2, 10],
    ]);
    await complete(one, two);
    expect((await head(upload.Key)).ContentLength).toBe(5 * MB + 10);
  });

  behaviour(
    'an aborted or unknown upload is NoSuchUpload',
    `${API}/API_AbortMultipartUpload.html`,
    async () => {
      const upload = await start(newKey());
      const one = await part(upload, 1, Buffer.alloc(10));
      const { $metadata } = await s3.send(new AbortMultipartUploadCommand(upload));
      expect($metadata.httpStatusCode).toBe(204);
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [one] } });
      expect(await refusalOf(s3.send(complete))).toEqual({ status: 404, code: 'NoSuchUpload' });
      expect(await refusalOf(part(upload, 2, Buffer.alloc(1)))).toEqual({
        status: 404,
        code: 'NoSuchUpload',
      });
      expect((await refusalOf(head(upload.Key))).status).toBe(404);
    },
  );

  behaviour(
    'a part number outside 1 to 10,000 is InvalidArgument',
    `${API}/API_UploadPart.html`,
    async () => {
      const upload = await start(newKey());
      expect(await refusalOf(part(upload, 10_001, Buffer.alloc(1)))).toEqual({
        status: 400,
        code: 'InvalidArgument',
      });
    },
  );
});

describe('CORS', () => {
  const preflight = (bucket: string, origin: string, method: string, headers?: string): Promise<Response> =>
    fetch(`${target.endpoint}/${bucket}/some/key`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers && { 'access-control-request-headers': headers }),
      },
    });

  behaviour('a preflight that a rule allows is 200 with what is allowed', CORS, async () => {
    const response = await preflight(
      target.uploads,
      'https://app.example',
      'PUT',
      'content-md5,Content-Type',
    );
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-methods': 'PUT, GET',
      'access-control-allow-headers': 'content-md5, content-type',
      'access-control-expose-headers': 'ETag',
      'access-control-max-age': '60',
      vary: expect.stringContaining('Origin'),
    });
    const wildcard = await preflight(target.uploads, 'https://a.b.example.org', 'GET');
    expect(wildcard.headers.get('access-control-allow-origin')).toBe('https://a.b.example.org');
  });

  behaviour(
    'a preflight that no rule allows is AccessForbidden',
    `${GUIDE}/cors-troubleshooting.html`,
    async () => {
      for (const [origin, method, headers] of [
        ['https://other.example', 'PUT', undefined],
        ['https://app.example', 'DELETE', undefined],
        ['https://app.example', 'PUT', 'x-amz-meta-a'],
        ['https://example.org', 'GET', undefined],
      ] as const) {
        const response = await preflight(target.uploads, origin, method, headers);
        expect(response.headers.get('access-control-allow-origin')).toBeNull();
        expect(await outcomeOf(response)).toMatchObject({ status: 403, code: 'AccessForbidden' });
      }
    },
  );

  behaviour(
    'a bucket without rules refuses every preflight',
    `${GUIDE}/cors-troubleshooting.html`,
    async () => {
      const { status, code, text } = await outcomeOf(
        await preflight(target.plain, 'https://app.example', 'PUT'),
      );
      expect([status, code]).toEqual([403, 'AccessForbidden']);
      expect(text).toContain('CORS is not enabled for this bucket');
    },
  );

  behaviour('the upload’s own answer, a refusal too, has the headers of its rule', CORS, async () => {
    const { url, headers } = await presignPut(target, newKey(), 'hello', { Bucket: target.uploads });
    const send = (origin: string, body: string) =>
      fetch(url, { method: 'PUT', headers: { ...headers, origin }, body });
    const allowed = await send('https://app.example', 'hello');
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(allowed.headers.get('access-control-expose-headers')).toBe('ETag');
    const refused = await send('https://app.example', 'HELLO');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      400,
      'https://app.example',
    ]);
    const stranger = await send('https://other.example', 'hello');
    expect([stranger.status, stranger.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });
});

describe('events', () => {
  interface S3Event {
    readonly eventName: string;
    readonly s3: {
      readonly object: { readonly key: string; readonly sequencer: string; readonly eTag: string };
    };
    readonly [field: string]: unknown;
  }
  const messages: { Event?: string; Bucket?: string; Records?: S3Event[] }[] = [];
  const events = (): S3Event[] => messages.flatMap(({ Records }) => Records ?? []);

  const receive = async (): Promise<void> => {
    const queue = { QueueUrl: target.queueUrl };
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ ...queue, MaxNumberOfMessages: 10 }),
    );
    for (const { Body = '', ReceiptHandle } of Messages) {
      messages.push(JSON.parse(Body));
      await sqs.send(new DeleteMessageCommand({ ...queue, ReceiptHandle }));
    }
  };
  /** The event of a key, which is compared after the decoding that S3 documents. */
  const eventOf = (key: string): Promise<S3Event> =>
    eventually(async () => {
      await receive();
      return events().find(
        ({ s3: { object } }) => decodeURIComponent(object.key.replaceAll('+', ' ')) === key,
      );
    }, 3000);
  const upload = (Key: string, Body = 'hello') =>
    s3.send(new PutObjectCommand({ Bucket: target.uploads, Key, Body }));

  behaviour('a PUT gives one message in the documented form', EVENTS, async () => {
    const key = 'uploads/a b+c/ä=1.csv';
    await upload(key);
    expect(await eventOf(key)).toEqual({
      eventVersion: expect.stringMatching(/^2\.\d+$/),
      eventSource: 'aws:s3',
      awsRegion: 'us-east-1',
      eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      eventName: 'ObjectCreated:Put',
      userIdentity: { principalId: expect.any(String) },
      requestParameters: { sourceIPAddress: expect.stringContaining('127.0.0.1') },
      responseElements: { 'x-amz-request-id': expect.any(String), 'x-amz-id-2': expect.any(String) },
      s3: {
        s3SchemaVersion: '1.0',
        configurationId: expect.any(String),
        bucket: {
          name: target.uploads,
          ownerIdentity: { principalId: expect.any(String) },
          arn: `arn:aws:s3:::${target.uploads}`,
        },
        object: {
          key: 'uploads/a+b%2Bc/%C3%A4%3D1.csv',
          size: 5,
          eTag: md5Hex('hello'),
          sequencer: expect.stringMatching(/^[0-9A-F]+$/),
        },
      },
    });
  });

  behaviour('only what the filter names gives events, each write once', FILTERS, async () => {
    await upload('uploads/other.txt');
    await upload('elsewhere/x.csv');
    await upload('uploads/one.csv', 'first');
    await upload('uploads/one.csv', 'second');
    const refused = await presignPut(target, 'uploads/refused.csv', 'hello', { Bucket: target.uploads });
    await fetch(refused.url, { method: 'PUT', headers: refused.headers, body: 'HELLO' });
    await upload('uploads/last.csv');
    await eventOf('uploads/last.csv');
    const seen = events().map(({ s3: { object } }) => object);
    const ones = seen.filter(({ key }) => key === 'uploads/one.csv');
    expect(new Set(ones.map(({ eTag }) => eTag))).toEqual(new Set([md5Hex('first'), md5Hex('second')]));
    expect(ones).toHaveLength(2);
    const [first = '', second = ''] = ['first', 'second'].map(
      (body) => ones.find(({ eTag }) => eTag === md5Hex(body))?.sequencer,
    );
    expect(first < second).toBe(true);
    for (const key of ['uploads/other.txt', 'elsewhere/x.csv', 'uploads/refused.csv']) {
      expect(seen.filter((each) => each.key === key)).toEqual([]);
    }
  });

  behaviour('a completed multipart upload gives one event of its own name', EVENTS, async () => {
    const key = 'uploads/large.csv';
    const params = { Bucket: target.uploads, Key: key, Body: Buffer.alloc(6 * MB) };
    const { ETag } = await new Upload({ client: s3, params, partSize: 5 * MB }).done();
    const { eventName, s3: content } = await eventOf(key);
    expect(eventName).toBe('ObjectCreated:CompleteMultipartUpload');
    expect(content.object).toMatchObject({ size: 6 * MB, eTag: ETag?.replaceAll('"', '') });
    expect(events().filter(({ s3: { object } }) => object.key === key)).toHaveLength(1);
  });

  behaviour(
    'a configuration for Put alone gets no copies',
    `${GUIDE}/notification-how-to-event-types-and-destinations.html`,
    async () => {
      await upload('put-only/source');
      const CopySource = `${target.uploads}/put-only/source`;
      await s3.send(new CopyObjectCommand({ Bucket: target.uploads, Key: 'put-only/copy', CopySource }));
      await s3.send(new CopyObjectCommand({ Bucket: target.uploads, Key: 'uploads/copy.csv', CopySource }));
      expect((await eventOf('uploads/copy.csv')).eventName).toBe('ObjectCreated:Copy');
      expect(events().map(({ s3: { object } }) => object.key)).toContain('put-only/source');
      expect(events().map(({ s3: { object } }) => object.key)).not.toContain('put-only/copy');
    },
  );

  behaviour(
    'a queue that is set up gets a test event first',
    `${API}/API_PutBucketNotificationConfiguration.html`,
    async () => {
      await receive();
      expect(messages).toContainEqual(
        expect.objectContaining({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: target.uploads }),
      );
    },
  );
});
