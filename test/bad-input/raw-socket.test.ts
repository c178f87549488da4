import { api, bearer, localWaybill, newUser, statusOf } from '../local-cloud.ts';
import { externalAssembly, idOf, update, validSubmission, writeMarks } from './assembly-probe.ts';
import { expectNoLeak, expectProblem } from './expect-problem.ts';
import { rawGet, rawRequest } from './raw-request.ts';

const user = newUser();
const { read_secret, update_secret } = localWaybill();
const UNAUTHENTICATED = { status: 401, code: 'unauthenticated' };

let authorization: string;
let id: string;
beforeAll(async () => {
  authorization = `Authorization: ${(await bearer(user)).authorization}`;
  id = await externalAssembly(user);
});

/** The server goes on, whatever it was sent. */
afterEach(async () => {
  expect((await api('/health')).status).toBe(200);
});

/** Of the gateway, for a request line and headers over 10,240 bytes. */
const TOO_LARGE = '{"message":"Request Header Fields Too Large"}';

const post = (path: string, headers: readonly string[], body: string) =>
  rawRequest(
    [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      '',
      body,
    ].join('\r\n'),
  );

test('the same requests, well made, are answered', async () => {
  expect((await rawGet(`/assemblies/${id}`, authorization)).status).toBe(202);
  expect((await rawGet(`/assemblies/${id}`, `x-webhook-secret: ${read_secret}`)).status).toBe(202);
});

describe('a header that comes twice is not the right one', () => {
  test('Authorization, the same good token', async () => {
    expectProblem(await rawGet(`/assemblies/${id}`, authorization, authorization), UNAUTHENTICATED);
  });

  test.each(['Bearer x.y.z', 'Basic eDp5', ''])('Authorization, a good token and "%s"', async (other) => {
    const second = `authorization: ${other}`;
    for (const headers of [
      [authorization, second],
      [second, authorization],
    ]) {
      const read = await rawGet(`/assemblies/${id}`, ...headers);
      expectProblem(read, UNAUTHENTICATED);
    }
  });

  test('Authorization, on a submission', async () => {
    const valid = validSubmission();
    const answer = await post('/assemblies', [authorization, authorization], JSON.stringify(valid));
    expectProblem(answer, UNAUTHENTICATED);
    expect((await statusOf(user, await idOf(user, valid))).status).toBe(404);
  });

  test.each([
    ['the read secret twice', () => [read_secret, read_secret]],
    ['the read secret and another', () => [read_secret, 'other']],
    ['another and the read secret', () => ['other', read_secret]],
    ['nothing and the read secret', () => ['', read_secret]],
  ])('x-webhook-secret on a read: %s', async (_, secrets) => {
    const headers = secrets().map((secret) => `x-webhook-secret: ${secret}`);
    expectProblem(await rawGet(`/status?assemblyId=${id}`, ...headers), UNAUTHENTICATED);
  });

  test('x-webhook-secret on an update', async () => {
    const secret = `X-Webhook-Secret: ${update_secret}`;
    const body = '{"status":"completed"}';
    expectProblem(await post(`/assemblies/${id}/status`, [secret, secret], body), UNAUTHENTICATED);
    expectProblem(
      await post(`/assemblies/${id}/status`, [secret, 'x-webhook-secret: x'], body),
      UNAUTHENTICATED,
    );
    expect(await writeMarks(id)).toMatchObject({ version: 1 });
  });

  test('Content-Type', async () => {
    const headers = [authorization, 'Content-Type: application/json'];
    expectProblem(await post('/assemblies', headers, JSON.stringify(validSubmission())), {
      status: 415,
      code: 'unsupported_media_type',
    });
  });
});

describe('a target that tries to be another', () => {
  test.each([
    ['dots', '/health/../webhook-secret'],
    ['encoded dots', '/health/%2e%2e/webhook-secret'],
    ['dots from the root', '/../../../webhook-secret'],
    ['a dot', '/./webhook-secret'],
    ['dots into the status', '/assemblies/x/../../status?assemblyId=x'],
  ])('%s: the function that is reached asks for a token as ever', async (_, target) => {
    const answer = await rawGet(target);
    expect([401, 404]).toContain(answer.status);
    expectNoLeak(answer.json);
    expect(answer.text).not.toContain('whsec_');
  });

  test('/assemblies/../health is the health that everybody may ask for, or nothing', async () => {
    for (const target of ['/assemblies/../health', '/assemblies/%2e%2e/health', '/assemblies/%2E./health']) {
      const { status } = await rawGet(target);
      expect([200, 400, 404]).toContain(status);
    }
  });

  test.each([
    ['an encoded slash for a slash', () => `/assemblies%2f${id}`],
    ['two slashes', () => `//assemblies/${id}`],
    ['another host', () => `//evil.example/assemblies/${id}`],
    ['a slash at the end', () => `/assemblies/${id}/`],
    ['upper case', () => `/Assemblies/${id}`],
    ['an encoded letter', () => `/%61ssemblies/${id}`],
    ['a parameter of the path', () => `/assemblies;x=1/${id}`],
  ])('%s is no route', async (_, target) => {
    const { status, json } = await rawGet(target(), authorization);
    expect([400, 404]).toContain(status);
    expect([{ message: 'Not Found' }, { message: 'Bad Request' }]).toContainEqual(json);
  });

  test.each([
    ['an encoded slash in the id', () => `/assemblies/${id}%2fstatus`],
    ['encoded dots and slashes', () => '/assemblies/..%2f..%2fhealth'],
    ['an encoded backslash', () => '/assemblies/..%5chealth'],
    ['an encoded NUL', () => '/assemblies/%00'],
    ['an encoded NUL after the id', () => `/assemblies/${id}%00`],
    ['an encoded line break', () => `/assemblies/${id}%0d%0aX-Evil:%201`],
    ['encoded twice', () => '/assemblies/%252e%252e%252fhealth'],
    ['a very long path', () => `/assemblies/${'0'.repeat(9_000)}`],
  ])('%s is no id', async (_, target) => {
    const answer = await rawGet(target(), authorization);
    expectProblem(answer, { status: 400, code: 'invalid_id' });
    expect(answer.headers.has('x-evil')).toBe(false);
  });

  test.each([
    ['an absolute one', 'http://evil.example/health'],
    ['an absolute one of our own', `${localWaybill().url}/health`],
    ['no slash', 'health'],
    ['backslashes', '\\health'],
    ['an asterisk', '*'],
    ['a NUL', '/assemblies/\0'],
    ['bytes that are not UTF-8, encoded', '/assemblies/%ff%fe'],
    ['an overlong encoding of a slash', '/assemblies/%c0%af'],
    ['half an encoding', '/assemblies/%zz'],
    ['an encoding that ends too early', '/assemblies/%2'],
    ['a space', '/assemblies/a b'],
    ['20,000 characters', `/assemblies/${'0'.repeat(20_000)}`],
  ])('%s is a bad request', async (_, target) => {
    const { status, text } = await rawGet(target, authorization);
    expect([400, 414, 431]).toContain(status);
    expect(['', '{"message":"Bad Request"}', TOO_LARGE]).toContain(text);
  });
});

describe('what is not HTTP is a bad request', () => {
  const head = 'Host: x\r\nConnection: close\r\n';
  test.each<[string, () => string | Uint8Array]>([
    ['a TLS greeting', () => Buffer.from('16030100a5010000a10303\r\n\r\n', 'hex')],
    ['words', () => 'let me in please\r\n\r\n'],
    ['an unknown method', () => `FETCH /health HTTP/1.1\r\n${head}\r\n`],
    ['a method in lower case', () => `get /health HTTP/1.1\r\n${head}\r\n`],
    ['an unknown version', () => `GET /health HTTP/9.9\r\n${head}\r\n`],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no Host', () => 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a space in a header name', () => `GET /health HTTP/1.1\r\n${head}Bad Name: x\r\n\r\n`],
    ['a space before the colon', () => `GET /webhook-secret HTTP/1.1\r\n${head}Authorization : x\r\n\r\n`],
    ['a bare carriage return', () => `GET /health HTTP/1.1\r\n${head}X-A: a\rX-B: b\r\n\r\n`],
    ['a NUL in a header', () => `GET /health HTTP/1.1\r\n${head}X-A: a\0b\r\n\r\n`],
    ['headers of 20 KB', () => `GET /health HTTP/1.1\r\n${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`],
    [
      'a folded Authorization',
      () =>
        `GET /assemblies/${id} HTTP/1.1\r\n${head}${authorization.replace('Bearer ', 'Bearer\r\n ')}\r\n\r\n`,
    ],
    [
      'an Authorization folded into another header',
      () => `GET /assemblies/${id} HTTP/1.1\r\n${head}X-A: a\r\n ${authorization}\r\n\r\n`,
    ],
    [
      'a length and chunks',
      () =>
        `POST /assemblies HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'two lengths',
      () => `POST /assemblies HTTP/1.1\r\n${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    ],
    ['a negative length', () => `POST /assemblies HTTP/1.1\r\n${head}Content-Length: -1\r\n\r\n{}`],
    ['a length that is no number', () => `POST /assemblies HTTP/1.1\r\n${head}Content-Length: 0x2\r\n\r\n{}`],
    [
      'chunks that are none',
      () => `POST /assemblies HTTP/1.1\r\n${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`,
    ],
    [
      'an encoding that is unknown',
      () => `POST /assemblies HTTP/1.1\r\n${head}Transfer-Encoding: zip\r\n\r\n{}`,
    ],
  ])('%s', async (_, bytes) => {
    const { status, text } = await rawRequest(bytes());
    expect([400, 431]).toContain(status);
    expect(['', TOO_LARGE]).toContain(text.replace('0\r\n\r\n', ''));
  });

  test('a second request smuggled behind a body is not answered', async () => {
    const smuggled = `GET /assemblies/${id} HTTP/1.1\r\nHost: x\r\n${authorization}\r\n\r\n`;
    const answer = await post('/assemblies', [authorization], smuggled);
    expectProblem(answer, { status: 400, code: 'malformed_json' });
    expect(answer.text).not.toContain(id);
  });
});

test('bytes beyond ASCII in headers are no token, no secret and no crash', async () => {
  expectProblem(await rawGet('/webhook-secret', 'Authorization: Bearer é.é.é'), UNAUTHENTICATED);
  expectProblem(await rawGet(`/assemblies/${id}`, 'x-webhook-secret: ключ'), UNAUTHENTICATED);
  expect((await rawGet(`/assemblies/${id}`, authorization, 'If-None-Match: "é"')).status).toBe(202);
});

test('an upload that breaks off creates nothing', async () => {
  const valid = validSubmission();
  const body = JSON.stringify(valid);
  const head = ['POST /assemblies HTTP/1.1', 'Host: x', authorization, 'Content-Type: application/json'];
  const bytes = [...head, `Content-Length: ${body.length + 1}`, '', body].join('\r\n');
  await expect(rawRequest(bytes, { patienceMs: 200 })).rejects.toThrow('No answer');
  expect((await statusOf(user, await idOf(user, valid))).status).toBe(404);
});

test('after all of it, the assembly is as it was', async () => {
  expect(await writeMarks(id)).toMatchObject({ version: 1 });
  expect((await update(id, { status: 'completed' })).status).toBe(200);
});
