import { randomUUID } from 'node:crypto';
import { type ApiAnswer, bearer, newUser, statusOf, submit } from '../local-cloud.ts';
import { md5Of } from '../pictures.ts';
import { expectNotStored, idOf, storedAssemblies, storedKeys } from './assembly-probe.ts';
import { type Expected, expectProblem } from './expect-problem.ts';
import { sendBytes } from './send-bytes.ts';

type Upload = Record<string, unknown>;

/** Changes to a good submission that only this row makes, and what is answered. */
interface Row extends Expected {
  readonly what: string;
  readonly change: (valid: ReturnType<typeof validSubmission>) => object | string;
}

/** Everybody whose submissions are refused here: at the end nothing is stored for them. */
const refused = newUser();
/** What their submissions would have been stored under. */
const refusedIds: string[] = [];

const goodUpload = (): Upload => ({
  name: 'harbour.jpg',
  size: 1_000,
  mime: 'image/jpeg',
  md5hash: md5Of(randomUUID()),
});

const validSubmission = () => ({ template_id: 'image-thumbnails', uploads: [goodUpload()] });

const postBytes = async (user: string, body: string): Promise<ApiAnswer> =>
  sendBytes('/assemblies', {
    headers: { ...(await bearer(user)), 'content-type': 'application/json' },
    body,
  });

const refuse = (group: string, rows: readonly Row[]): void =>
  describe(group, () => {
    test.each(rows)('$what → $status $code', async ({ change, ...expected }) => {
      const valid = validSubmission();
      const id = await idOf(refused, valid);
      refusedIds.push(id);
      const body = change(valid);
      const changed = typeof body === 'string' ? body : JSON.stringify(body);
      expectProblem(await postBytes(refused, changed), expected);
      if (typeof body !== 'string')
        expectProblem(await submit(refused, { ...body, dry_run: true }), expected);
      await expectNotStored(refused, id);
    });
  });

const invalid = (what: string, change: Row['change'], ...pointers: string[]): Row => ({
  what,
  change,
  status: 400,
  code: 'invalid_request',
  pointers,
});
const uploadsRefused = (what: string, change: Row['change'], ...pointers: string[]): Row => ({
  ...invalid(what, change, ...pointers),
  code: 'invalid_uploads',
});
/** The one upload with a member changed. */
const withMember =
  (name: string, value: unknown): Row['change'] =>
  ({ uploads, ...valid }) => ({ ...valid, uploads: uploads.map((one) => ({ ...one, [name]: value })) });
const member = (name: string, value: unknown, what = JSON.stringify(value)): Row =>
  invalid(
    `${name} ${what.length > 60 ? `${what.slice(0, 60)}…` : what}`,
    withMember(name, value),
    `/uploads/0/${name}`,
  );
/** The one upload with its size written by hand. */
const withSize =
  (size: string): Row['change'] =>
  (valid) =>
    JSON.stringify(valid).replace('"size":1000', `"size":${size}`);
const files = (count: number): Upload[] => Array.from({ length: count }, goodUpload);

refuse('how many files', [
  uploadsRefused('none where some are needed', ({ template_id }) => ({ template_id }), '/uploads'),
  uploadsRefused('an empty list', (valid) => ({ ...valid, uploads: [] }), '/uploads'),
  invalid('101', (valid) => ({ ...valid, uploads: files(101) }), '/uploads'),
  invalid('1,000', (valid) => ({ ...valid, uploads: files(1_000) }), '/uploads'),
  invalid(
    '101 times the same',
    (valid) => ({ ...valid, uploads: Array(101).fill(valid.uploads[0]) }),
    '/uploads',
  ),
  uploadsRefused(
    'one where none is taken: text-statistics',
    (valid) => ({ ...valid, template_id: 'text-statistics', fields: { text: 'x' } }),
    '/uploads',
  ),
  uploadsRefused(
    'one where none is taken: human-review',
    (valid) => ({ ...valid, template_id: 'human-review', fields: { title: 'x' } }),
    '/uploads',
  ),
]);

refuse('what is no list of files', [
  ...[null, true, 7, 'harbour.jpg', {}, { 0: goodUpload(), length: 1 }].map((uploads) =>
    invalid(JSON.stringify(uploads).slice(0, 60), (valid) => ({ ...valid, uploads }), '/uploads'),
  ),
  ...[null, true, 7, 'harbour.jpg', [], [goodUpload()]].map((upload) =>
    invalid(
      `a list with ${JSON.stringify(upload).slice(0, 40)}`,
      (valid) => ({ ...valid, uploads: [upload] }),
      '/uploads/0',
    ),
  ),
  invalid(
    'a list with an empty object',
    (valid) => ({ ...valid, uploads: [{}] }),
    '/uploads/0/name',
    '/uploads/0/size',
    '/uploads/0/mime',
    '/uploads/0/md5hash',
  ),
  invalid(
    'a bad one behind a good one',
    (valid) => ({ ...valid, uploads: [...valid.uploads, { ...goodUpload(), size: 0 }] }),
    '/uploads/1/size',
  ),
]);

refuse(
  'members that an upload does not have',
  ['id', 'key', 'url', 'headers', 'bucket', 'md5', 'ssl_url', 'constructor', 'Name', ''].map((name) =>
    invalid(`"${name}"`, withMember(name, 'x'), `/uploads/0/${name}`),
  ),
);

refuse('a prototype', [
  {
    what: '__proto__',
    change: (valid) => JSON.stringify(valid).replace('"size"', '"__proto__":{"size":1},"size"'),
    status: 400,
    code: 'malformed_json',
  },
  {
    what: '__proto__ in meta',
    change: (valid) => JSON.stringify(valid).replace('"size"', '"meta":{"__proto__":{}},"size"'),
    status: 400,
    code: 'malformed_json',
  },
]);

const GB = 2 ** 30;

refuse('size', [
  ...[0, -1, -0.5, 0.5, 1_000.5, '1000', '', null, true, [1_000], {}, 1e300].map((size) =>
    member('size', size),
  ),
  invalid('size -0', withSize('-0'), '/uploads/0/size'),
  invalid('size 1e400', withSize('1e400'), '/uploads/0/size'),
  invalid('size 2^53', withSize('9007199254740992'), '/uploads/0/size'),
  uploadsRefused('a byte more than is taken', withMember('size', GB + 1), '/uploads/0/size'),
  uploadsRefused('2^53 - 1', withMember('size', Number.MAX_SAFE_INTEGER), '/uploads/0/size'),
  uploadsRefused(
    'two of three too large',
    (valid) => ({
      ...valid,
      uploads: [...valid.uploads, { ...goodUpload(), size: 2 * GB }, { ...goodUpload(), size: 3 * GB }],
    }),
    '/uploads/1/size',
    '/uploads/2/size',
  ),
]);

const MD5 = md5Of('md5');

refuse('md5hash', [
  ...[
    '',
    MD5.toUpperCase(),
    `${MD5.slice(0, 31)}A`,
    MD5.slice(1),
    `${MD5}0`,
    MD5 + MD5,
    `${MD5.slice(1)}g`,
    ` ${MD5}`,
    `${MD5}\n`,
    `${MD5}\0`,
    `${MD5}-2`,
    `md5:${MD5}`,
    `${MD5.slice(0, 29)}/..`,
    '０'.repeat(32),
    Buffer.from(MD5, 'hex').toString('base64'),
    0,
    null,
    true,
    [MD5],
    {},
  ].map((md5hash) => member('md5hash', md5hash)),
]);

const CONTROL_CHARACTERS = ['\0', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085', '\u2028', '\u2029'];

refuse('name', [
  ...CONTROL_CHARACTERS.flatMap((character) => [
    member('name', `a${character}.jpg`),
    member('name', `a.jpg${character}`),
  ]),
  ...[
    '',
    '.',
    '..',
    '/',
    '\\',
    '/etc/passwd',
    '../a.jpg',
    'a/b.jpg',
    'a/',
    '..\\a.jpg',
    'C:\\a.jpg',
    '\\\\host\\share\\a.jpg',
    'file:///a.jpg',
    'https://example.com/a.jpg',
    7,
    null,
    true,
    ['a.jpg'],
    { toString: 'a.jpg' },
  ].map((name) => member('name', name)),
  member('name', `${'a'.repeat(252)}.jpg`, 'of 256 characters'),
  member('name', `${'a'.repeat(996)}.jpg`, 'of 1,000 characters'),
  member('name', 'a'.repeat(1_000_000), 'of a million characters'),
  member('name', '🚢'.repeat(64), 'of 64 characters and 256 bytes'),
  member('name', '\ud800.jpg', 'with a lone high surrogate'),
  member('name', 'a.jpg\udc00', 'with a lone low surrogate'),
]);

refuse('mime', [
  ...[
    '',
    'image',
    'image/',
    '/jpeg',
    'image/jpeg/x',
    'image/*',
    '*/*',
    'image jpeg',
    ' image/jpeg',
    'image/jpeg ',
    'image/jpeg\n',
    'image/jpeg\r\nx-amz-acl: public-read',
    'image/jpeg; charset=utf-8',
    'image/jpeg,text/html',
    'image/jpég',
    '<b>/x',
    7,
    null,
    ['image/jpeg'],
  ].map((mime) => member('mime', mime)),
  member('mime', `image/${'x'.repeat(122)}`, 'of 128 characters'),
]);

/** A meta of that many bytes as JSON: {"a":"…"} has 8 besides the text. */
const metaOfBytes = (bytes: number) => ({ a: 'x'.repeat(bytes - 8) });

refuse('field and meta', [
  ...['', 'x'.repeat(65), '\ud800', 7, null, ['file']].map((field) => member('field', field)),
  ...[null, true, 7, 'x', [], [{}]].map((meta) => member('meta', meta)),
  member('meta', metaOfBytes(1_025), 'of 1,025 bytes'),
  member('meta', { a: '🚢'.repeat(255) }, 'of few characters and many bytes'),
  invalid(
    'meta with a lone surrogate',
    withMember('meta', { a: [{ b: '\ud800' }] }),
    '/uploads/0/meta/a/0/b',
  ),
  invalid(
    'meta with 1e400',
    (valid) => JSON.stringify(valid).replace('"size"', '"meta":{"a":1e400},"size"'),
    '/uploads/0/meta/a',
  ),
]);

const badFields = (what: string, fields: unknown, ...pointers: string[]): Row => ({
  what,
  change: (valid) => ({ ...valid, fields }),
  status: 400,
  code: 'invalid_fields',
  pointers,
});

refuse('fields of image-thumbnails', [
  badFields('no sizes in sizes', { sizes: {} }, '/fields/sizes'),
  badFields('six sizes', { sizes: { a: 16, b: 17, c: 18, d: 19, e: 20, f: 21 } }, '/fields/sizes'),
  badFields('a size of 2,001', { sizes: { a: 2_001 } }, '/fields/sizes/a'),
  badFields('half a pixel', { sizes: { a: 16.5 } }, '/fields/sizes/a'),
  badFields('a size with a name that is a path', { sizes: { '../a': 16 } }, '/fields/sizes/..~1a'),
  badFields('sizes in a list', { sizes: [16] }, '/fields/sizes'),
]);

test('two hundred faults are told as twenty', async () => {
  const uploads = files(100).map((upload) => ({ ...upload, size: 0, md5hash: 'x' }));
  const answer = await submit(refused, { template_id: 'image-thumbnails', uploads });
  expectProblem(answer, { status: 400, code: 'invalid_request' });
  expect(answer.json.errors).toHaveLength(20);
});

test('an upload with the bytes of the fields of another submission is another input under its id', async () => {
  const user = newUser();
  const [fields, other] = [{ nonce: randomUUID() }, goodUpload()];
  const first = { template_id: 'image-thumbnails', uploads: [other], fields };
  const { json } = await submit(user, first);
  const disguised = { ...goodUpload(), md5hash: md5Of(JSON.stringify(fields)) };
  const second = { template_id: 'image-thumbnails', uploads: [other, disguised] };
  expect(await idOf(user, second)).toBe(json.assembly_id);
  const answer = await submit(user, second);
  expectProblem(answer, { status: 409, code: 'different_input' });
  expect(answer.text).not.toContain(String(other.md5hash));
  const shown = (await statusOf(user, json.assembly_id)).json;
  expect(shown).toMatchObject({ version: 1, uploads: [{ id: other.md5hash }] });
});

test('of all that was refused here, nothing is stored: no assembly, and no object', async () => {
  expect(refusedIds.length).toBeGreaterThan(100);
  const stored = await storedAssemblies();
  expect(stored.filter(({ user_id }) => user_id === refused)).toEqual([]);
  const ids = new Set(refusedIds);
  expect((await storedKeys()).filter((key) => ids.has(key.split('/')[1] ?? ''))).toEqual([]);
});

describe('what only looks bad is accepted', () => {
  const user = newUser();
  const accept = async (uploads: readonly Upload[]) => {
    const answer = await submit(user, { template_id: 'image-thumbnails', uploads });
    expect(answer.json).toMatchObject({ created: true, status: 'uploading', bytes_received: 0 });
    expect(answer.status).toBe(202);
    return (await statusOf(user, answer.json.assembly_id)).json;
  };

  test.each([
    ['255 characters', `${'a'.repeat(251)}.jpg`],
    ['255 bytes', `${'é'.repeat(127)}a`],
    ['one character', 'a'],
    ['dots', '...jpg...'],
    ['no letter but white space', ' '],
    ['what a header or a query could mean', `a";\u00e9,'%00*&=?#+.jpg`],
    ['markup', '<img src=x onerror=alert(1)>'],
    ['text right to left, and characters of two code units', 'שלום 🚢.jpg'],
    ['an option of libvips', 'a.jpg[shrink=8]'],
    ['a name of Object.prototype', '__proto__'],
  ])('a name of %s, which comes back as it was', async (_, name) => {
    const { uploads } = await accept([{ ...goodUpload(), name }]);
    expect(uploads).toMatchObject([{ name }]);
  });

  test('the smallest and the largest file', async () => {
    const { bytes_expected } = await accept([
      { ...goodUpload(), size: 1 },
      { ...goodUpload(), size: GB },
    ]);
    expect(bytes_expected).toBe(GB + 1);
  });

  test.each(['x/y', 'IMAGE/JPEG', 'application/vnd.a-b.c+json', 'a!#$&^_.+-/a!#$&^_.+-'])(
    'the media type %s',
    async (mime) => {
      expect((await accept([{ ...goodUpload(), mime }])).uploads).toMatchObject([{ mime }]);
    },
  );

  test('a field of 64 characters, and a meta of 1,024 bytes', async () => {
    const known = { field: 'f'.repeat(64), meta: metaOfBytes(1_024) };
    expect((await accept([{ ...goodUpload(), ...known }])).uploads).toMatchObject([known]);
  });

  test('a hundred files, of which fifty are one file', async () => {
    const [one] = files(1);
    const { uploads } = await accept([...files(50), ...Array(50).fill(one)]);
    expect(uploads).toHaveLength(100);
    expect(new Set(uploads.map(({ id }: { id: string }) => id)).size).toBe(100);
    expect(uploads.at(-1).id).toBe(`${one?.md5hash}-50`);
  });
});
