import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { behaviour } from './child-cloud.ts';
import {
  md5,
  outcomeOf,
  presignPut,
  refusalOf,
  type S3Target,
  s3Client,
  startS3Target,
  tampering,
} from './s3-target.ts';

const API = 'https://docs.aws.amazon.com/AmazonS3/latest/API';
const GUIDE = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide';
const QUERY = `${API}/sigv4-query-string-auth.html`;
const HEADER = `${API}/sig-v4-header-based-auth.html`;
const TRAILERS = `${API}/sigv4-streaming-trailers.html`;
const ERRORS = `${API}/ErrorResponses.html`;
const PUT = `${API}/API_PutObject.html`;
const INTEGRITY = `${GUIDE}/checking-object-integrity.html`;
const BODY = 'name,amount\nä,1\n';

let target: S3Target;
beforeAll(async () => {
  target = await startS3Target();
});
afterAll(() => target.stop());

let count = 0;
/** A key that no other row has. */
const newKey = (): string => `signature/${process.pid}-${count++}`;
const exists = (Key: string): Promise<boolean> =>
  s3Client(target)
    .send(new HeadObjectCommand({ Bucket: target.plain, Key }))
    .then(
      () => true,
      () => false,
    );
const put = (url: string, headers: Record<string, string>, body: string | undefined = BODY) =>
  fetch(url, { method: 'PUT', headers, body }).then(outcomeOf);
const changed = (url: string, change: (parameters: URLSearchParams) => void): string => {
  const copy = new URL(url);
  change(copy.searchParams);
  return copy.href;
};

describe('a presigned PUT with length and MD5 signed', () => {
  behaviour('takes exactly those bytes', QUERY, async () => {
    const key = newKey();
    const { url, headers } = await presignPut(target, key, BODY, { ContentType: 'text/csv' });
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe(
      'content-length;content-md5;content-type;host',
    );
    expect((await put(url, headers)).status).toBe(200);
    const stored = await s3Client(target).send(new GetObjectCommand({ Bucket: target.plain, Key: key }));
    expect(await stored.Body?.transformToString()).toBe(BODY);
    expect(stored.ContentType).toBe('text/csv');
  });

  behaviour('another signature, key or query is SignatureDoesNotMatch', QUERY, async () => {
    const [key, other] = [newKey(), newKey()];
    const { url, headers } = await presignPut(target, key, BODY);
    const signature = new URL(url).searchParams.get('X-Amz-Signature') ?? '';
    const wrong = `${signature.startsWith('0') ? '1' : '0'}${signature.slice(1)}`;
    for (const tampered of [
      url.replace(signature, wrong),
      url.replace(signature, signature.slice(0, 32)),
      url.replace(key, other),
      changed(url, (query) => query.set('X-Amz-Expires', '61')),
      changed(url, (query) => query.set('x-id', 'GetObject')),
      changed(url, (query) => query.append('x-amz-meta-colour', 'red')),
      changed(url, (query) => query.set('X-Amz-SignedHeaders', 'host')),
    ]) {
      expect(await put(tampered, headers)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    }
    expect([await exists(key), await exists(other)]).toEqual([false, false]);
    expect((await put(url, headers)).status).toBe(200);
  });

  behaviour('another method is SignatureDoesNotMatch', QUERY, async () => {
    const { url, headers } = await presignPut(target, newKey(), BODY);
    const response = await fetch(url, { method: 'DELETE', headers }).then(outcomeOf);
    expect(response).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  behaviour('an expired one is AccessDenied "Request has expired"', QUERY, async () => {
    const signingDate = new Date(Date.now() - 61_000);
    const { url, headers } = await presignPut(target, newKey(), BODY, { signingDate });
    const { status, code, text } = await put(url, headers);
    expect([status, code]).toEqual([403, 'AccessDenied']);
    expect(text).toContain('<Message>Request has expired</Message>');
    const later = await presignPut(target, newKey(), BODY, { signingDate, expiresIn: 90 });
    expect((await put(later.url, later.headers)).status).toBe(200);
  });

  behaviour('one from the future is AccessDenied', QUERY, async () => {
    const signingDate = new Date(Date.now() + 3_600_000);
    const { url, headers } = await presignPut(target, newKey(), BODY, { signingDate });
    expect(await put(url, headers)).toMatchObject({ status: 403, code: 'AccessDenied' });
  });

  behaviour('more than seven days is AuthorizationQueryParametersError', QUERY, async () => {
    const { url, headers } = await presignPut(target, newKey(), BODY);
    for (const expires of ['604801', '-1', 'x']) {
      const tampered = changed(url, (query) => query.set('X-Amz-Expires', expires));
      expect(await put(tampered, headers)).toMatchObject({
        status: 400,
        code: 'AuthorizationQueryParametersError',
      });
    }
  });

  behaviour('a missing or doubled parameter is AuthorizationQueryParametersError', QUERY, async () => {
    const { url, headers } = await presignPut(target, newKey(), BODY);
    for (const name of ['X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature']) {
      const without = changed(url, (query) => query.delete(name));
      expect(await put(without, headers)).toMatchObject({
        status: 400,
        code: 'AuthorizationQueryParametersError',
      });
    }
    const algorithm = changed(url, (query) => query.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA512'));
    expect(await put(algorithm, headers)).toMatchObject({ status: 400 });
  });

  behaviour('another length is SignatureDoesNotMatch', QUERY, async () => {
    const key = newKey();
    const { url, headers } = await presignPut(target, key, BODY);
    for (const body of [`${BODY}x`, BODY.slice(1), '']) {
      expect(await put(url, headers, body)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    }
    expect(await exists(key)).toBe(false);
    expect((await put(url, headers)).status).toBe(200);
  });

  behaviour('other bytes of the same length are BadDigest, and nothing is stored', INTEGRITY, async () => {
    const key = newKey();
    const { url, headers } = await presignPut(target, key, BODY);
    expect(await put(url, headers, BODY.replace('1', '2'))).toMatchObject({ status: 400, code: 'BadDigest' });
    expect(await exists(key)).toBe(false);
  });

  behaviour(
    'without a signed header, or with another value, it is SignatureDoesNotMatch',
    QUERY,
    async () => {
      const { url, headers } = await presignPut(target, newKey(), BODY, { ContentType: 'text/csv' });
      const { 'content-md5': _md5, ...without } = headers;
      for (const other of [
        without,
        { ...headers, 'content-md5': md5('other') },
        { ...headers, 'content-type': 'x/y' },
      ]) {
        expect(await put(url, other)).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
      }
    },
  );

  behaviour('a header that is not signed may be added, but none that begins with x-amz-', QUERY, async () => {
    const { url, headers } = await presignPut(target, newKey(), BODY);
    expect(await put(url, { ...headers, 'x-amz-meta-a': '1' })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
    expect((await put(url, { ...headers, 'x-mine': '1', 'content-type': 'text/plain' })).status).toBe(200);
  });

  behaviour('a body of unknown length is MissingContentLength', PUT, async () => {
    const command = new PutObjectCommand({ Bucket: target.plain, Key: newKey() });
    const client = s3Client(target, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const body = new Blob([BODY]).stream();
    const response = await fetch(await getSignedUrl(client, command), {
      method: 'PUT',
      body,
      duplex: 'half',
    } as RequestInit);
    expect(await outcomeOf(response)).toMatchObject({ status: 411, code: 'MissingContentLength' });
  });

  behaviour(
    'its metadata in the query counts; a checksum there does not',
    'https://github.com/aws/aws-sdk-js-v3/issues/4694, https://github.com/localstack/localstack/issues/12169',
    async () => {
      const key = newKey();
      const command = new PutObjectCommand({ Bucket: target.plain, Key: key, Metadata: { colour: 'red' } });
      // As the SDK does by default: the CRC32 of no body at all.
      const url = await getSignedUrl(s3Client(target), command);
      expect(new URL(url).searchParams.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
      expect((await put(url, {})).status).toBe(200);
      const stored = await s3Client(target).send(new HeadObjectCommand({ Bucket: target.plain, Key: key }));
      expect(stored.Metadata).toEqual({ colour: 'red' });
    },
  );
});

describe('who signs', () => {
  behaviour('an unknown access key is InvalidAccessKeyId', ERRORS, async () => {
    const stranger = s3Client(target, {
      credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: target.credentials.secretAccessKey },
    });
    const { url, headers } = await presignPut(target, newKey(), BODY, {}, stranger);
    expect(await put(url, headers)).toMatchObject({ status: 403, code: 'InvalidAccessKeyId' });
    const command = new PutObjectCommand({ Bucket: target.plain, Key: newKey(), Body: BODY });
    expect(await refusalOf(stranger.send(command))).toEqual({ status: 403, code: 'InvalidAccessKeyId' });
  });

  behaviour('a known key with another secret is SignatureDoesNotMatch', ERRORS, async () => {
    const { accessKeyId } = target.credentials;
    const forger = s3Client(target, { credentials: { accessKeyId, secretAccessKey: 'guessed' } });
    const command = new PutObjectCommand({ Bucket: target.plain, Key: newKey(), Body: BODY });
    expect(await refusalOf(forger.send(command))).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
  });

  behaviour('nobody is AccessDenied', ERRORS, async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${target.endpoint}/${target.plain}/${newKey()}`, {
        method,
        ...(method === 'PUT' && { body: BODY }),
      });
      expect(await outcomeOf(response)).toMatchObject({ status: 403, code: 'AccessDenied' });
    }
  });

  behaviour('a session token that belongs to no session is InvalidToken', ERRORS, async () => {
    const client = s3Client(target, { credentials: { ...target.credentials, sessionToken: 'made-up' } });
    const command = new PutObjectCommand({ Bucket: target.plain, Key: newKey(), Body: BODY });
    expect(await refusalOf(client.send(command))).toEqual({ status: 400, code: 'InvalidToken' });
  });

  behaviour('another region is AuthorizationHeaderMalformed', ERRORS, async () => {
    const client = s3Client(target, { region: 'eu-west-1' });
    const command = new PutObjectCommand({ Bucket: target.plain, Key: newKey(), Body: BODY });
    expect(await refusalOf(client.send(command))).toEqual({
      status: 400,
      code: 'AuthorizationHeaderMalformed',
    });
  });
});

describe('a request signed in its header', () => {
  const putCommand = (Key: string, Body: string = BODY) =>
    new PutObjectCommand({ Bucket: target.plain, Key, Body, Metadata: { a: '1' } });

  behaviour('is refused when a signed header, its path or its query was changed', HEADER, async () => {
    const key = newKey();
    for (const change of [
      (request: { headers: Record<string, string> }) => {
        request.headers['x-amz-meta-a'] = '2';
      },
      (request: { path: string }) => {
        request.path += 'x';
      },
      (request: { headers: Record<string, string> }) => {
        request.headers.authorization = (request.headers.authorization ?? '').replace(/.$/, (last) =>
          last === '0' ? '1' : '0',
        );
      },
    ]) {
      const client = tampering(target, change);
      expect(await refusalOf(client.send(putCommand(key)))).toEqual({
        status: 403,
        code: 'SignatureDoesNotMatch',
      });
    }
    expect(await exists(key)).toBe(false);
  });

  behaviour('with an x-amz- header that is not signed it is AccessDenied', HEADER, async () => {
    const client = tampering(target, ({ headers }) => {
      headers['x-amz-meta-late'] = '1';
    });
    expect(await refusalOf(client.send(putCommand(newKey())))).toEqual({ status: 403, code: 'AccessDenied' });
  });

  behaviour('15 minutes off the clock it is RequestTimeTooSkewed', ERRORS, async () => {
    const client = s3Client(target, { systemClockOffset: -16 * 60_000 });
    expect(await refusalOf(client.send(putCommand(newKey())))).toEqual({
      status: 403,
      code: 'RequestTimeTooSkewed',
    });
  });

  behaviour('a body that differs from its signed hash is XAmzContentSHA256Mismatch', HEADER, async () => {
    const key = newKey();
    const client = tampering(
      target,
      (request) => {
        request.body = BODY.replace('1', '2');
      },
      { requestChecksumCalculation: 'WHEN_REQUIRED' },
    );
    expect(await refusalOf(client.send(putCommand(key)))).toEqual({
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
    });
    expect(await exists(key)).toBe(false);
  });

  behaviour('a stream comes as aws-chunked with its CRC32 as a trailer', TRAILERS, async () => {
    const key = newKey();
    const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(10_000, index));
    const ContentLength = 400_000;
    let headers: Record<string, string> = {};
    const client = tampering(target, (request) => {
      headers = request.headers;
    });
    await client.send(
      new PutObjectCommand({ Bucket: target.plain, Key: key, Body: Readable.from(pieces), ContentLength }),
    );
    expect(headers).toMatchObject({
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    });
    const stored = await client.send(new GetObjectCommand({ Bucket: target.plain, Key: key }));
    expect(stored.ContentEncoding).toBeUndefined();
    const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(hash((await stored.Body?.transformToByteArray()) ?? new Uint8Array())).toBe(
      hash(Buffer.concat(pieces)),
    );
  });

  behaviour('a trailer that does not fit the body is BadDigest', INTEGRITY, async () => {
    const key = newKey();
    const client = tampering(target, (request) => {
      const text = `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
      request.body = Readable.from([Buffer.from(text)]);
    });
    const command = new PutObjectCommand({
      Bucket: target.plain,
      Key: key,
      Body: Readable.from([Buffer.from('hello')]),
      ContentLength: 5,
    });
    expect(await refusalOf(client.send(command))).toEqual({ status: 400, code: 'BadDigest' });
    expect(await exists(key)).toBe(false);
  });

  behaviour(
    'chunks that are shorter or longer than their stated length are IncompleteBody',
    TRAILERS,
    async () => {
      for (const text of ['4\r\nhell\r\n0\r\n\r\n', '5\r\nhel', '6\r\nhello!\r\n0\r\n\r\n']) {
        const client = tampering(target, (request) => {
          request.body = Readable.from([Buffer.from(text)]);
        });
        const command = new PutObjectCommand({
          Bucket: target.plain,
          Key: newKey(),
          Body: Readable.from([Buffer.from('hello')]),
          ContentLength: 5,
        });
        expect(await refusalOf(client.send(command))).toEqual({ status: 400, code: 'IncompleteBody' });
      }
    },
  );

  behaviour('a Content-MD5 that is none is InvalidDigest', PUT, async () => {
    const command = new PutObjectCommand({
      Bucket: target.plain,
      Key: newKey(),
      Body: BODY,
      ContentMD5: 'none',
    });
    expect(await refusalOf(s3Client(target).send(command))).toEqual({ status: 400, code: 'InvalidDigest' });
  });

  behaviour('a checksum that differs from the body is BadDigest', INTEGRITY, async () => {
    const command = new PutObjectCommand({
      Bucket: target.plain,
      Key: newKey(),
      Body: BODY,
      ChecksumSHA256: createHash('sha256').update('other').digest('base64'),
    });
    expect(await refusalOf(s3Client(target).send(command))).toEqual({ status: 400, code: 'BadDigest' });
  });
});
