import type { IncomingMessage } from 'node:http';
import type { AccessKeys } from '../../../scripts/local-cloud/access-keys.ts';
import { decodeChunks } from '../../../scripts/local-cloud/s3-chunked-body.ts';
import type { S3Request } from '../../../scripts/local-cloud/s3-request.ts';
import { authenticate, type Caller } from '../../../scripts/local-cloud/s3-signature.ts';

// The examples of AWS itself, with the key that they all use:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const KEYS: AccessKeys = {
  developer: { accessKeyId, secretAccessKey },
  forFunction: () => ({ accessKeyId, secretAccessKey }),
  secretOf: (id) => (id === accessKeyId ? secretAccessKey : undefined),
};
const NOW = new Date('2013-05-24T00:00:00Z');
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const SCOPE = '20130524/us-east-1/s3/aws4_request';

type Given = Pick<S3Request, 'method' | 'path'> & Partial<Pick<S3Request, 'query' | 'headers'>>;

const authenticated = ({ query = [], headers = {}, ...given }: Given, now = NOW): Caller =>
  authenticate(
    { id: '0', bucket: '', key: '', query, headers, message: {} as IncomingMessage, ...given },
    KEYS,
    now,
  );

const signedInHeader = (signature: string, { headers = {}, ...given }: Given, payload = EMPTY): Given => {
  const all: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': payload,
    'x-amz-date': '20130524T000000Z',
    ...headers,
  };
  const names = Object.keys(all).sort().join(';');
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${SCOPE},SignedHeaders=${names},Signature=${signature}`;
  return { ...given, headers: { ...all, authorization } };
};

test.each([
  [
    'GET of a range',
    signedInHeader('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41', {
      method: 'GET',
      path: '/test.txt',
      headers: { range: 'bytes=0-9' },
    }),
  ],
  [
    'PUT of a key with a dollar sign',
    signedInHeader(
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      {
        method: 'PUT',
        path: '/test$file.text',
        headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      },
      '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    ),
  ],
  [
    'GET with a parameter that has no value',
    signedInHeader('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543', {
      method: 'GET',
      path: '/',
      query: [['lifecycle', '']],
    }),
  ],
  [
    'GET with parameters',
    signedInHeader('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7', {
      method: 'GET',
      path: '/',
      query: [
        ['prefix', 'J'],
        ['max-keys', '2'],
      ],
    }),
  ],
])('the documented signature of a %s is right', (_what, given) => {
  expect(authenticated(given).accessKeyId).toBe(accessKeyId);
});

describe('the documented presigned GET', () => {
  const presigned: Given = {
    method: 'GET',
    path: '/test.txt',
    headers: { host: 'examplebucket.s3.amazonaws.com' },
    query: [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', `${accessKeyId}/${SCOPE}`],
      ['X-Amz-Date', '20130524T000000Z'],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
    ],
  };

  test('is right until its last second', () => {
    expect(authenticated(presigned).payload).toBe('UNSIGNED-PAYLOAD');
    expect(() => authenticated(presigned, new Date('2013-05-25T00:00:00Z'))).not.toThrow();
    expect(() => authenticated(presigned, new Date('2013-05-25T00:00:01Z'))).toThrow('Request has expired');
  });

  test('without host among the signed headers it is refused', () => {
    const query = presigned.query?.map(
      ([name, value]) => [name, value === 'host' ? 'range' : value] as const,
    );
    expect(() => authenticated({ ...presigned, query })).toThrow(
      'headers present in the request which were not',
    );
  });

  const withParameter = (name: string, value: string): Given => ({
    ...presigned,
    query: presigned.query?.map((each) => (each[0] === name ? ([name, value] as const) : each)),
  });

  test.each([
    [
      'of another day',
      `${accessKeyId}/20130523/us-east-1/s3/aws4_request`,
      'Invalid credential date "20130523"',
    ],
    ['of another service', `${accessKeyId}/20130524/us-east-1/sqs/aws4_request`, 'incorrect service "sqs"'],
    [
      'of another region',
      `${accessKeyId}/20130524/eu-west-1/s3/aws4_request`,
      "the region 'eu-west-1' is wrong",
    ],
    ['with a piece missing', `${accessKeyId}/20130524/us-east-1/s3`, 'the Credential is mal-formed'],
    ['with a piece more', `${accessKeyId}/${SCOPE}/x`, 'the Credential is mal-formed'],
  ])('with a credential %s it is refused', (_what, credential, message) => {
    expect(() => authenticated(withParameter('X-Amz-Credential', credential))).toThrow(message);
  });

  test('with a parameter twice it is refused', () => {
    for (const twice of presigned.query ?? []) {
      const query = [...(presigned.query ?? []), twice];
      expect(() => authenticated({ ...presigned, query })).toThrow(
        'Query-string authentication version 4 requires',
      );
    }
  });

  test('beside an Authorization header it is refused', () => {
    const headers = { ...presigned.headers, authorization: 'AWS4-HMAC-SHA256 x' };
    expect(() => authenticated({ ...presigned, headers })).toThrow('Only one auth mechanism allowed');
  });
});

describe('the documented chunked PUT', () => {
  const chunkedCaller = (signature: string, payload: string, more: Record<string, string>): Caller =>
    authenticated(
      signedInHeader(
        signature,
        {
          method: 'PUT',
          path: '/examplebucket/chunkObject.txt',
          headers: {
            host: 's3.amazonaws.com',
            'content-encoding': 'aws-chunked',
            'x-amz-decoded-content-length': '66560',
            'x-amz-storage-class': 'REDUCED_REDUNDANCY',
            ...more,
          },
        },
        payload,
      ),
    );
  const bodyOf = (one: string, two: string, end: string, trailer = ''): string =>
    `10000;chunk-signature=${one}\r\n${'a'.repeat(65536)}\r\n400;chunk-signature=${two}\r\n${'a'.repeat(1024)}\r\n` +
    `0;chunk-signature=${end}\r\n${trailer}\r\n`;
  /** Cuts the body at awkward places, as a network does. */
  async function* pieces(body: string): AsyncGenerator<Buffer> {
    for (let start = 0; start < body.length; start += 997) yield Buffer.from(body.slice(start, start + 997));
  }
  const decoded = async (
    body: string,
    caller: Caller,
    trailers: Record<string, string> = {},
  ): Promise<string> => {
    let text = '';
    for await (const piece of decodeChunks(pieces(body), caller, trailers)) text += piece.toString();
    return text;
  };

  const plain = () =>
    chunkedCaller(
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      { 'content-length': '66824' },
    );
  const PLAIN = bodyOf(
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  );

  test('gives its content', async () => {
    expect(await decoded(PLAIN, plain())).toBe('a'.repeat(66_560));
  });

  test('is refused when a byte or a signature of it was changed, or the last chunk is missing', async () => {
    for (const tampered of [
      PLAIN.replace('aaaa', 'aaab'),
      PLAIN.replace('0055627c', '1055627c'),
      PLAIN.replace('b6c6ea8a', 'a6c6ea8a'),
      PLAIN.replace(/;chunk-signature=ad80\w+/, ''),
    ]) {
      await expect(decoded(tampered, plain())).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    }
    const cut = PLAIN.slice(0, PLAIN.lastIndexOf('0;'));
    await expect(decoded(cut, plain())).rejects.toMatchObject({ code: 'IncompleteBody' });
  });

  test('may end with a signed trailer, which is refused when it was changed', async () => {
    const caller = () =>
      chunkedCaller(
        '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        { 'x-amz-trailer': 'x-amz-checksum-crc32c' },
      );
    const body = bodyOf(
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      'x-amz-checksum-crc32c:sOO8/Q==\r\n' +
        'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
    );
    const trailers = {};
    expect(await decoded(body, caller(), trailers)).toHaveLength(66_560);
    expect(trailers).toEqual({ 'x-amz-checksum-crc32c': 'sOO8/Q==' });
    for (const tampered of [
      body.replace('sOO8', 'sOO9'),
      body.replace(/x-amz-trailer-signature.*\r\n/, ''),
    ]) {
      await expect(decoded(tampered, caller())).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
    }
  });
});
