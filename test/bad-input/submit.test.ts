import { gzipSync } from 'node:zlib';
import { type ApiAnswer, bearer, newUser, statusOf, submit } from '../local-cloud.ts';
import { expectNotStored, idOf, storedAssemblies, validSubmission } from './assembly-probe.ts';
import { type Expected, expectProblem } from './expect-problem.ts';
import { sendBytes } from './send-bytes.ts';

type Body = string | Uint8Array<ArrayBuffer> | object;
type Submission = ReturnType<typeof validSubmission>;

/** What is sent, as a function of a good submission that only this row makes, and what is answered. */
interface Row extends Expected {
  readonly what: string;
  readonly send: (valid: Submission) => Body;
  readonly headers?: Readonly<Record<string, string>>;
}

const KB = 1024;
const MB = 1024 * KB;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Everybody whose submissions are refused here: at the end nothing is stored for them. */
const refused = newUser();

async function post(user: string, body: Body, headers: Row['headers'] = JSON_TYPE): Promise<ApiAnswer> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return sendBytes('/assemblies', { headers: { ...(await bearer(user)), ...headers }, body: bytes });
}

const refuse = (group: string, rows: readonly Row[]): void =>
  describe(group, () => {
    test.each(rows)('$what → $status $code', async ({ send, headers, ...expected }) => {
      const valid = validSubmission();
      const id = await idOf(refused, valid);
      expectProblem(await post(refused, send(valid), headers), expected);
      await expectNotStored(refused, id);
    });
  });

const invalid = (what: string, send: Row['send'], ...pointers: string[]): Row => ({
  what,
  send,
  status: 400,
  code: 'invalid_request',
  pointers,
});

const malformed = (what: string, send: Row['send'], headers?: Row['headers']): Row => ({
  what,
  send,
  headers,
  status: 400,
  code: 'malformed_json',
});

const text = JSON.stringify;
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
/** The submission with `fields` written by hand. */
const withFields = (fields: string): string => `{"template_id":"human-review","fields":${fields}}`;
/** The submission with its title written by hand. */
const withTitle = ({ template_id, fields }: Submission, title: string): string =>
  `{"template_id":"${template_id}","fields":{"title":${title},"nonce":"${fields.nonce}"}}`;

refuse('a body that is not JSON', [
  malformed('nothing', () => ''),
  malformed('white space only', () => ' \r\n'),
  malformed('an open brace', () => '{'),
  malformed('a body that ends too early', (valid) => text(valid).slice(0, -1)),
  malformed('a body and more', (valid) => `${text(valid)}}`),
  malformed('two bodies', (valid) => text(valid) + text(valid)),
  malformed('a trailing comma', (valid) => `${text(valid).slice(0, -1)},}`),
  malformed('single quotes', (valid) => text(valid).replaceAll('"', "'")),
  malformed('a comment', (valid) => `/* please */${text(valid)}`),
  malformed('NaN', (valid) => withTitle(valid, 'NaN')),
  malformed('Infinity', (valid) => withTitle(valid, '-Infinity')),
  malformed('a hexadecimal number', (valid) => withTitle(valid, '0x10')),
  malformed('a leading zero', (valid) => withTitle(valid, '01')),
  malformed('an unknown escape', (valid) => withTitle(valid, '"\\x41"')),
  malformed('half an escape', (valid) => withTitle(valid, '"\\ud8"')),
  malformed('a raw line break in a string', (valid) => withTitle(valid, '"a\nb"')),
  malformed('a raw NUL in a string', (valid) => withTitle(valid, '"a\0b"')),
  malformed('a NUL at the end', (valid) => `${text(valid)}\0`),
  malformed('a byte order mark', (valid) => `\ufeff${text(valid)}`),
  malformed('UTF-16', (valid) => Buffer.from(text(valid), 'utf16le')),
  malformed('bytes that are not UTF-8, outside of strings', (valid) =>
    Buffer.concat([Buffer.from([0xff, 0xc0, 0x80]), Buffer.from(text(valid))]),
  ),
  malformed('base64', (valid) => Buffer.from(text(valid)).toString('base64')),
  malformed('gzip, declared', (valid) => Uint8Array.from(gzipSync(text(valid))), {
    ...JSON_TYPE,
    'content-encoding': 'gzip',
  }),
  malformed('a form', () => 'template_id=human-review&fields=x'),
  malformed(
    'XML',
    () => '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
  ),
  malformed('100,000 open brackets', () => '['.repeat(100_000)),
  malformed('arrays 100,000 deep', () => '['.repeat(100_000) + ']'.repeat(100_000)),
  malformed('fields 40,000 deep', () => withFields(nested(40_000))),
]);

refuse('a body with keys that would reach a prototype', [
  malformed('__proto__ at the top', (valid) => `{"__proto__":{"dry_run":true},${text(valid).slice(1)}`),
  malformed('__proto__ alone', () => '{"__proto__":{"template_id":"human-review"}}'),
  malformed('__proto__ in fields', () => withFields('{"title":"x","__proto__":{"polluted":1}}')),
  malformed('__proto__ far inside', () => withFields('{"title":{"a":[{"__proto__":null}]}}')),
  malformed('__proto__ written with an escape', () => withFields('{"title":"x","__\\u0070roto__":{}}')),
  malformed('constructor.prototype', () => withFields('{"constructor":{"prototype":{"polluted":1}}}')),
  {
    what: 'names of Object.prototype as fields',
    send: ({ template_id, fields }) => ({
      template_id,
      fields: { ...fields, constructor: 1, prototype: {}, toString: null, hasOwnProperty: 'x', valueOf: [] },
    }),
    status: 400,
    code: 'invalid_fields',
    pointers: ['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'].map(
      (key) => `/fields/${key}`,
    ),
  },
  invalid(
    'names of Object.prototype at the top',
    (valid) => ({ ...valid, constructor: 1, prototype: 1, toString: 1, hasOwnProperty: 1 }),
    '/constructor',
    '/prototype',
    '/toString',
    '/hasOwnProperty',
  ),
]);

refuse('a body that is no object', [
  invalid('null', () => 'null', ''),
  invalid('an array', (valid) => [valid], ''),
  invalid('an empty array', () => '[]', ''),
  invalid('a string', () => '"human-review"', ''),
  invalid('the body as a JSON string', (valid) => text(text(valid)), ''),
  invalid('a number', () => '42', ''),
  invalid('true', () => 'true', ''),
  invalid('an object with nothing in it', () => '{}', '/template_id'),
]);

refuse('values that have no canonical form', [
  invalid('a lone high surrogate', (valid) => withTitle(valid, '"\\ud800"'), '/fields/title'),
  invalid('a lone low surrogate', (valid) => withTitle(valid, '"x\\udc00y"'), '/fields/title'),
  invalid(
    'a surrogate pair the wrong way round',
    (valid) => withTitle(valid, '"\\ude00\\ud83d"'),
    '/fields/title',
  ),
  invalid('a key with a lone surrogate', () => withFields('{"title":"x","\\udfff":1}'), '/fields'),
  invalid('a key at the top with a lone surrogate', (valid) => `{"\\ud800":1,${text(valid).slice(1)}`, ''),
  invalid('2^53', (valid) => withTitle(valid, '9007199254740992'), '/fields/title'),
  invalid('-2^53 - 1', (valid) => withTitle(valid, '-9007199254740993'), '/fields/title'),
  invalid('a number of 30 digits', (valid) => withTitle(valid, '1'.repeat(30)), '/fields/title'),
  invalid('1e400', (valid) => withTitle(valid, '1e400'), '/fields/title'),
  invalid('-1e400', (valid) => withTitle(valid, '-1e400'), '/fields/title'),
  invalid('1e400 far inside', () => withFields('{"title":["x",{"y":1e400}]}'), '/fields/title/1/y'),
  invalid('max_retries 1e400', (valid) => `{"max_retries":1e400,${text(valid).slice(1)}`, '/max_retries'),
  invalid('a lone surrogate in the reference', (valid) => ({ ...valid, reference: '\ud800' }), '/reference'),
  invalid(
    'a lone surrogate in webhook_url',
    (valid) => ({ ...valid, webhook_url: 'https://x/\udc00' }),
    '/webhook_url',
  ),
  invalid(
    'a lone surrogate in template_id',
    (valid) => ({ ...valid, template_id: '\udc00' }),
    '/template_id',
  ),
  invalid('65 levels', () => withFields(nested(64)), `/fields${'/a'.repeat(64)}`),
  invalid('5,000 levels', () => withFields(nested(5_000)), `/fields${'/a'.repeat(64)}`),
  {
    what: '64 levels, which only the template refuses',
    send: () => withFields(nested(63)),
    status: 400,
    code: 'invalid_fields',
    pointers: ['/fields/title', '/fields/a'],
  },
  {
    what: '2^53 - 1, which only the template refuses',
    send: (valid) => withTitle(valid, '9007199254740991'),
    status: 400,
    code: 'invalid_fields',
    pointers: ['/fields/title'],
  },
]);

const OF_EVERY_TYPE: readonly unknown[] = [null, true, 7, 1.5, 'text', [], ['text'], {}, { a: 1 }];
const WRONG_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  uploads: (value) => !Array.isArray(value),
  template_id: (value) => typeof value !== 'string',
  fields: (value) => typeof value !== 'object' || value === null || Array.isArray(value),
  reference: (value) => typeof value !== 'string',
  webhook_url: (value) => typeof value !== 'string',
  max_retries: (value) => value !== 7,
  dry_run: (value) => typeof value !== 'boolean',
};

refuse(
  'wrong types',
  Object.entries(WRONG_TYPES).flatMap(([name, isWrong]) =>
    OF_EVERY_TYPE.filter(isWrong).map((value) =>
      invalid(`${name}: ${text(value)}`, (valid) => ({ ...valid, [name]: value }), `/${name}`),
    ),
  ),
);

refuse('values out of bounds', [
  invalid('no template_id', ({ fields }) => ({ fields }), '/template_id'),
  invalid('max_retries -1', (valid) => ({ ...valid, max_retries: -1 }), '/max_retries'),
  invalid('max_retries 11', (valid) => ({ ...valid, max_retries: 11 }), '/max_retries'),
  invalid('max_retries 0.5', (valid) => ({ ...valid, max_retries: 0.5 }), '/max_retries'),
  invalid('an empty reference', (valid) => ({ ...valid, reference: '' }), '/reference'),
  invalid(
    'a reference of 129 characters',
    (valid) => ({ ...valid, reference: 'x'.repeat(129) }),
    '/reference',
  ),
  invalid(
    'a webhook_url of 2,049 characters',
    (valid) => ({ ...valid, webhook_url: `https://example.com/${'x'.repeat(2_029)}` }),
    '/webhook_url',
  ),
  invalid('dry_run "false"', (valid) => ({ ...valid, dry_run: 'false' }), '/dry_run'),
  invalid(
    'several at once',
    (valid) => ({ ...valid, reference: '', max_retries: 99 }),
    '/reference',
    '/max_retries',
  ),
]);

refuse(
  'members that the request does not have',
  [
    'status',
    'user_id',
    'owner',
    'tenant_id',
    'assembly_id',
    'attempt',
    'external',
    'Template_id',
    '',
    ' fields',
  ].map((name) => invalid(`"${name}"`, (valid) => ({ ...valid, [name]: 'x' }), `/${name}`)),
);

refuse(
  'templates that do not exist',
  [
    '',
    'no-such',
    'HUMAN-REVIEW',
    'human-review ',
    'human-review\0',
    'human',
    '../human-review',
    '__proto__',
    'constructor',
  ].map((template_id) => ({
    what: text(template_id),
    send: (valid: Submission) => ({ ...valid, template_id }),
    status: 400,
    code: 'unknown_template',
    pointers: ['/template_id'],
  })),
);

const badFields = (
  what: string,
  template_id: string,
  fields: object | undefined,
  ...pointers: string[]
): Row => ({
  what: `${template_id}: ${what}`,
  send: () => ({ template_id, fields }),
  status: 400,
  code: 'invalid_fields',
  pointers,
});

refuse('fields that the template does not accept', [
  badFields('no fields', 'human-review', undefined, '/fields/title'),
  badFields('empty fields', 'human-review', {}, '/fields/title'),
  badFields('an empty title', 'human-review', { title: '' }, '/fields/title'),
  badFields('a title of 201 characters', 'human-review', { title: 'x'.repeat(201) }, '/fields/title'),
  badFields('a title that is an object', 'human-review', { title: { toString: 'x' } }, '/fields/title'),
  badFields('a javascript: URL', 'human-review', { title: 'x', url: 'javascript:alert(1)' }, '/fields/url'),
  badFields('an http: URL', 'human-review', { title: 'x', url: 'http://example.com/' }, '/fields/url'),
  badFields(
    'a nonce of 129 characters',
    'human-review',
    { title: 'x', nonce: 'x'.repeat(129) },
    '/fields/nonce',
  ),
  badFields('a key with / and ~', 'human-review', { title: 'x', 'a/b~c': 1 }, '/fields/a~1b~0c'),
  badFields('no text', 'text-statistics', {}, '/fields/text'),
  badFields('an empty text', 'text-statistics', { text: '' }, '/fields/text'),
  badFields(
    'a language that is none',
    'text-statistics',
    { text: 'x', language: 'no_language!' },
    '/fields/language',
  ),
  badFields('fields of another template', 'text-statistics', { title: 'x' }, '/fields/text', '/fields/title'),
]);

/** {"text":"…"} has 11 bytes besides the text. */
const textOfBytes = (bytes: number) => ({ text: 'x'.repeat(bytes - 11) });
const padded = (valid: object, bytes: number): string => text(valid).padEnd(bytes);
const tooLarge = (what: string, send: Row['send'], ...pointers: string[]): Row => ({
  what,
  send,
  status: 413,
  code: 'payload_too_large',
  ...(pointers.length > 0 && { pointers }),
});
const MAX_BODY = 5.5 * MB;

refuse('what is too large', [
  tooLarge('a body of 5.5 MB and a byte', (valid) => padded(valid, MAX_BODY + 1)),
  tooLarge('a body of 5.8 MB', (valid) => padded(valid, 5.8 * MB)),
  tooLarge('a body of 5.6 MB that is no JSON', () => '{'.repeat(5.6 * MB)),
  tooLarge('a body of few characters and many bytes', () => `"${'é'.repeat(MAX_BODY / 2)}"`),
  tooLarge(
    'fields of 5 MB and a byte',
    () => ({ template_id: 'text-statistics', fields: textOfBytes(5 * MB + 1) }),
    '/fields',
  ),
  tooLarge(
    'fields of few characters and many bytes',
    () => ({ template_id: 'text-statistics', fields: { text: '船'.repeat(1.7 * MB) } }),
    '/fields',
  ),
  tooLarge(
    'fields with a long key',
    ({ template_id }) => ({ template_id, fields: { ['k'.repeat(5.1 * MB)]: 1 } }),
    '/fields',
  ),
]);

refuse('what is large and bad otherwise', [
  malformed('5 MB of open brackets', () => '['.repeat(5 * MB)),
  malformed('5 MB of a string without an end', () => `{"template_id":"${'x'.repeat(5 * MB)}`),
  {
    what: 'a key of 33 KB that the template does not know',
    send: ({ template_id, fields }) => ({ template_id, fields: { ...fields, ['k'.repeat(33 * KB)]: 1 } }),
    status: 400,
    code: 'invalid_fields',
  },
  {
    what: 'fields of 2 MB that the template does not know',
    send: ({ template_id, fields }) => ({ template_id, fields: { ...fields, text: 'x'.repeat(2 * MB) } }),
    status: 400,
    code: 'invalid_fields',
    pointers: ['/fields/text'],
  },
]);

/** Each `~` is `~0` in a pointer, and Lambda answers with 6 MB at most. */
test.each([
  ['at the top', (key: string) => ({ ...validSubmission(), [key]: 1 })],
  ['in fields', (key: string) => ({ template_id: 'human-review', fields: { title: 'x', [key]: 1 } })],
])('a key of 3.2 MB %s, whose pointer is longer than an answer may be → 400', async (_, send) => {
  expect((await post(refused, send('~'.repeat(3.2 * MB)))).status).toBe(400);
});

const unsupported = (type: string | undefined): Row => ({
  what: type ?? 'none',
  send: (valid) => text(valid),
  headers: type === undefined ? {} : { 'content-type': type },
  status: 415,
  code: 'unsupported_media_type',
});

refuse(
  'a content type that is not JSON',
  [
    undefined,
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/jsonp',
    'application/json, text/plain',
    'json',
    '*/*',
  ].map(unsupported),
);

refuse(
  'a webhook_url that is not a public web address',
  [
    '',
    'not a URL',
    'example.com/hook',
    '//example.com/hook',
    'https://',
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'javascript:alert(1)',
    'data:text/plain,x',
    'ws://example.com/',
    'https://user:pass@example.com/',
    'https://user@example.com/',
    'https://example.com/#fragment',
    'https://example.com:22/',
    'http://10.0.0.1/',
    'https://10.255.255.255/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'https://169.254.169.254./',
    'https://169.254.\t169.254/',
    'https:\\\\169.254.169.254\\',
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0251.0376.0251.0376/',
    'https://１６９.２５４.１６９.２５４/',
    'https://169.254.170.2/',
    'https://0.0.0.0/',
    'https://0/',
    'https://100.64.0.1/',
    'https://100.100.100.200/',
    'https://168.63.129.16/',
    'https://192.0.0.192/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://240.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::a9fe:a9fe]/',
    'https://[64:ff9b::a9fe:a9fe]/',
    'https://[2002:a9fe:a9fe::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[fe80::1%25eth0]/',
    'https://[ff02::1]/',
  ].map((webhook_url) => ({
    what: text(webhook_url),
    send: (valid: Submission) => ({ ...valid, webhook_url }),
    status: 400,
    code: 'webhook_url_refused',
    pointers: ['/webhook_url'],
  })),
);

describe('what only looks bad is accepted', () => {
  const user = newUser();
  const accept = async (body: Body, headers?: Readonly<Record<string, string>>) => {
    const answer = await post(user, body, headers);
    expect(answer.json).toMatchObject({ created: true });
    expect(answer.status).toBe(202);
    return (await statusOf(user, answer.json.assembly_id)).json;
  };

  test.each([
    ['128 characters', 'r'.repeat(128)],
    ['control characters', '\0\u0001\b\t\n\r\u001b\u007f\u0085\u2028'],
    ['text right to left, and characters of two code units', '\u202eשלום 🚢'],
    ['what looks like markup, a path or a query', `</script><img src=x> ../../etc/passwd ' OR 1=1 --`],
    ['a name of Object.prototype', '__proto__'],
  ])('a reference of %s, which comes back as it was', async (_, reference) => {
    expect(await accept({ ...validSubmission(), reference })).toMatchObject({ reference });
  });

  test.each([0, 10])('max_retries %d', async (max_retries) => {
    expect(await accept({ ...validSubmission(), max_retries })).toMatchObject({ max_retries });
  });

  test('a body of exactly 5.5 MB', async () => {
    await accept(padded(validSubmission(), MAX_BODY));
  });

  test('fields of exactly 5 MB', async () => {
    await accept({ template_id: 'text-statistics', fields: textOfBytes(5 * MB) });
  });

  test('fields of 5 MB of quotes: more than Lambda takes, where every quote is four bytes', async () => {
    const fields = { text: '"'.repeat(2.5 * MB - 8) };
    const { status, json } = await post(user, { template_id: 'text-statistics', fields });
    // Where it is refused, the gateway refuses it, in words of its own: it is no fault of ours.
    expect([202, 413]).toContain(status);
    expect(json.created).toBe(status === 202 ? true : undefined);
  });

  test('fields of 32 KB, every character escaped', async () => {
    const escaped = '\\u0078'.repeat(32 * KB - 11);
    const body = `{"template_id":"text-statistics","fields":{"text":"${escaped}"}}`;
    expect(await idOf(user, { template_id: 'text-statistics', fields: textOfBytes(32 * KB) })).toBe(
      (await post(user, body)).json.assembly_id,
    );
  });

  test('duplicate keys, of which the last counts', async () => {
    const valid = validSubmission();
    const body = `{"template_id":"no-such","dry_run":"x","dry_run":false,${text(valid).slice(1)}`;
    expect((await accept(body)).assembly_id).toBe(await idOf(user, valid));
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/vnd.waybill+json'])(
    'the content type %s',
    async (type) => {
      await accept(validSubmission(), { 'content-type': type });
    },
  );

  test('bytes in a string that are not UTF-8, each as U+FFFD: the API hands over text', async () => {
    const valid = validSubmission();
    const [before = '', after = ''] = text(valid).split('Look at this');
    const bytes = Buffer.concat([Buffer.from(before), Buffer.from([0xff, 0xfe]), Buffer.from(after)]);
    const sameText = { ...valid, fields: { ...valid.fields, title: '\ufffd\ufffd' } };
    expect((await accept(bytes)).assembly_id).toBe(await idOf(user, sameText));
  });
});

describe('a hostile body with thousands of faults', () => {
  const thousands = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 1]));

  test('of unknown names is refused', async () => {
    expectProblem(await post(refused, { ...validSubmission(), ...thousands }), {
      status: 400,
      code: 'invalid_request',
    });
  });

  test('gets an answer of twenty', async () => {
    const { json } = await post(refused, { ...validSubmission(), ...thousands });
    expect(json.errors.length).toBeLessThanOrEqual(20);
  });
});

test('of all that was refused here, nothing is stored', async () => {
  const { assembly_id } = (await submit(newUser(), validSubmission())).json;
  const stored = await storedAssemblies();
  expect(stored).toContainEqual(expect.objectContaining({ assembly_id }));
  expect(stored.filter(({ user_id }) => user_id === refused)).toEqual([]);
});
