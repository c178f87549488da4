import fc from 'fast-check';
import { fitFileName, nameParts } from '../../../lib/domain/file-name.ts';
import { identifyUploads, type UploadRequest, uploadRequest } from '../../../lib/domain/upload.ts';

const MD5 = '5d41402abc4b2a76b9719d911017c592';
const OTHER_MD5 = '7d793037a0760186574b0282f2f435e7';
const REQUEST: UploadRequest = {
  name: 'photo.jpg',
  size: 3,
  mime: 'image/jpeg',
  md5hash: MD5,
  field: 'portrait',
};

const places = (changes: object): string[] =>
  uploadRequest.safeParse({ ...REQUEST, ...changes }).error?.issues.map(({ path }) => path.join('/')) ?? [];

describe('an upload is accepted, as it is, with', () => {
  test.each<[string, Partial<UploadRequest>]>([
    ['1 byte', { size: 1 }],
    ['5 GB', { size: 5 * 2 ** 30 }],
    ['a name of 1 byte', { name: 'a' }],
    ['a name of 255 bytes', { name: 'a'.repeat(255) }],
    ['a name of 255 bytes in fewer characters', { name: `${'é'.repeat(127)}a` }],
    ['a name of 63 emoji', { name: '😀'.repeat(63) }],
    ['a hidden name', { name: '.htaccess' }],
    ['a name of three dots', { name: '...' }],
    ['a name that is no extension alone', { name: 'archive.tar.gz' }],
    ['a name with blanks and quotes', { name: ` a "b" 'c'; d%2F ` }],
    ['a name from right to left', { name: 'تقرير.pdf' }],
    ['a name that ends with a dot', { name: 'a.' }],
    ['a media type with a suffix', { mime: 'image/svg+xml' }],
    ['a vendor media type', { mime: 'application/vnd.ms-excel.sheet.macroEnabled.12' }],
    ['a media type of 127 characters', { mime: `a/${'b'.repeat(125)}` }],
    ['a field of 64 characters', { field: 'f'.repeat(64) }],
    ['no meta', { meta: undefined }],
    ['an empty meta', { meta: {} }],
    ['a deep meta', { meta: { lot: 7, exif: { iso: [100, null] } } }],
    ['a meta of 1,024 bytes', { meta: { a: 'x'.repeat(1_024 - '{"a":""}'.length) } }],
  ])('%s', (_, changes) => {
    const request = { ...REQUEST, ...changes };
    expect(uploadRequest.parse(request)).toStrictEqual(request);
  });

  test('no field: that of a form with one', () => {
    const { field: _, ...request } = REQUEST;
    expect(uploadRequest.parse(request)).toStrictEqual({ ...request, field: 'file' });
  });
});

describe('an upload is refused with', () => {
  test.each<[string, object, string]>([
    ['0 bytes', { size: 0 }, 'size'],
    ['fewer than no bytes', { size: -1 }, 'size'],
    ['half a byte', { size: 1.5 }, 'size'],
    ['more bytes than can be counted', { size: 2 ** 53 }, 'size'],
    ['endless bytes', { size: Number.POSITIVE_INFINITY }, 'size'],
    ['a size in words', { size: '3' }, 'size'],
    ['no size', { size: undefined }, 'size'],
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of 256 bytes', { name: 'a'.repeat(256) }, 'name'],
    ['a name of 128 characters in 256 bytes', { name: 'é'.repeat(128) }, 'name'],
    ['a name of 64 emoji', { name: '😀'.repeat(64) }, 'name'],
    ['half an emoji in the name', { name: 'a\ud83d' }, 'name'],
    ['a NUL in the name', { name: 'a\u0000.jpg' }, 'name'],
    ['a line break in the name', { name: 'a\r\nb' }, 'name'],
    ['a tab in the name', { name: 'a\tb' }, 'name'],
    ['DEL in the name', { name: 'a\u007f' }, 'name'],
    ['a C1 control in the name', { name: 'a\u0085' }, 'name'],
    ['the last C1 control in the name', { name: 'a\u009f' }, 'name'],
    ['a line separator in the name', { name: 'a\u2028' }, 'name'],
    ['a paragraph separator in the name', { name: 'a\u2029' }, 'name'],
    ['a path', { name: 'a/b.jpg' }, 'name'],
    ['a path of Windows', { name: 'a\\b.jpg' }, 'name'],
    ['the folder itself', { name: '.' }, 'name'],
    ['the folder above', { name: '..' }, 'name'],
    ['a way to the folder above', { name: '../a' }, 'name'],
    ['a name that is no string', { name: 1 }, 'name'],
    ['an md5 in upper case', { md5hash: MD5.toUpperCase() }, 'md5hash'],
    ['an md5 that is a digit short', { md5hash: MD5.slice(1) }, 'md5hash'],
    ['an md5 that is a digit long', { md5hash: `${MD5}0` }, 'md5hash'],
    ['an md5 with a line break', { md5hash: `${MD5}\n` }, 'md5hash'],
    ['an md5 in base64', { md5hash: 'XUFAKrxLKna5cZ2REBfFkg==' }, 'md5hash'],
    ['an md5 with a letter beyond f', { md5hash: `g${MD5.slice(1)}` }, 'md5hash'],
    ['an id of a second file for an md5', { md5hash: `${MD5}-2` }, 'md5hash'],
    ['no md5', { md5hash: undefined }, 'md5hash'],
    ['no media type', { mime: undefined }, 'mime'],
    ['half a media type', { mime: 'image' }, 'mime'],
    ['a media type with a parameter', { mime: 'text/plain; charset=utf-8' }, 'mime'],
    ['a media type that goes on in another header', { mime: 'a/b\r\nx-evil: 1' }, 'mime'],
    ['a media type with a line break', { mime: 'a/b\n' }, 'mime'],
    ['a media type of 128 characters', { mime: `a/${'b'.repeat(126)}` }, 'mime'],
    ['an empty field', { field: '' }, 'field'],
    ['a field of 65 characters', { field: 'f'.repeat(65) }, 'field'],
    ['a lone surrogate in the field', { field: '\ud800' }, 'field'],
    ['a line break in the field', { field: 'a\r\nb' }, 'field'],
    ['a meta of 1,025 bytes', { meta: { a: 'x'.repeat(1_025 - '{"a":""}'.length) } }, 'meta'],
    ['a meta of fewer characters and 1,025 bytes', { meta: { a: `${'é'.repeat(508)}x` } }, 'meta'],
    ['a meta in a list', { meta: [1] }, 'meta'],
    ['null for a meta', { meta: null }, 'meta'],
    ['a meta that is no JSON', { meta: { a: Number.NaN } }, 'meta/a'],
  ])('%s', (_, changes, place) => {
    expect(new Set(places(changes))).toEqual(new Set([place]));
  });

  // OWASP API3: where a file lies and how it is named there is not for the submitter to say.
  test.each(['id', 'key', 'url', 'bucket', 'basename', 'ext', 'method', 'headers', 'md5', 'Name'])(
    'the unknown member %s',
    (name) => {
      const parsed = uploadRequest.safeParse({ ...REQUEST, [name]: 'x' });
      expect(parsed.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [name], path: [] }]);
    },
  );
});

describe('identifyUploads', () => {
  test('an id is the md5, with a number from the second file of the same bytes on', () => {
    const requests = [MD5, OTHER_MD5, MD5, MD5, OTHER_MD5].map((md5hash, index) => ({
      ...REQUEST,
      name: `${index}`,
      md5hash,
    }));
    expect(identifyUploads(requests)).toStrictEqual(
      [MD5, OTHER_MD5, `${MD5}-2`, `${MD5}-3`, `${OTHER_MD5}-2`].map((id, index) => ({
        id,
        ...requests[index],
      })),
    );
  });

  test('keeps the meta, and leaves out one that is not there', () => {
    const [bare, described] = identifyUploads([
      { ...REQUEST, meta: undefined },
      { ...REQUEST, meta: { lot: 7 } },
    ]);
    expect(bare).toStrictEqual({ id: MD5, ...REQUEST });
    expect(described).toStrictEqual({ id: `${MD5}-2`, ...REQUEST, meta: { lot: 7 } });
  });

  test('no two uploads share an id', () => {
    const md5s = fc.array(fc.constantFrom(MD5, OTHER_MD5, '0'.repeat(32)), { maxLength: 100 });
    fc.assert(
      fc.property(md5s, (hashes) => {
        const ids = identifyUploads(hashes.map((md5hash) => ({ ...REQUEST, md5hash }))).map(({ id }) => id);
        expect(new Set(ids).size).toBe(hashes.length);
        expect(ids.map((id) => id.slice(0, 32))).toEqual(hashes);
      }),
    );
  });
});

test.each([
  ['photo.jpg', 'photo', 'jpg'],
  ['archive.tar.gz', 'archive.tar', 'gz'],
  ['README', 'README', ''],
  ['.htaccess', '.htaccess', ''],
  ['.config.json', '.config', 'json'],
  ['a.', 'a', ''],
  ['a..b', 'a.', 'b'],
  ['été.ÉTÉ', 'été', 'ÉTÉ'],
  ['😀.😀', '😀', '😀'],
  ['a b.c d', 'a b', 'c d'],
])('%s is %s and %s', (name, basename, ext) => {
  expect(nameParts(name)).toStrictEqual({ basename, ext });
});

describe('fitFileName', () => {
  const bytes = (text: string): number => Buffer.byteLength(text);

  test.each([
    ['a name that fits', 'photo.jpg', 'photo.jpg'],
    ['a name of 255 bytes', `${'a'.repeat(251)}.jpg`, `${'a'.repeat(251)}.jpg`],
    ['a name of 256 bytes', `${'a'.repeat(252)}.jpg`, `${'a'.repeat(251)}.jpg`],
    ['a name without an extension', 'b'.repeat(300), 'b'.repeat(255)],
    ['a hidden name', `.${'b'.repeat(300)}`, `.${'b'.repeat(254)}`],
    ['whole characters', `${'é'.repeat(200)}.jpg`, `${'é'.repeat(125)}.jpg`],
    ['whole emoji', `${'😀'.repeat(100)}.png`, `${'😀'.repeat(62)}.png`],
    ['half an emoji, mended', 'a\ud83d.jpg', 'a\ufffd.jpg'],
  ])('%s', (_, name, fitted) => {
    expect(fitFileName(name)).toBe(fitted);
  });

  // Of few kinds of characters, so that the limit falls between and within them.
  const unit = fc.constantFrom('a', 'é', '猫', '😀', ' ', '.', '\ud83d');
  const names = fc
    .tuple(fc.string({ unit, minLength: 1, maxLength: 400 }), fc.constantFrom('', '.jpg', '.été', '.x'))
    .map(([basename, suffix]) => ({ name: basename + suffix, suffix }));

  test('a name has at most 255 bytes then, is well-formed, and keeps its extension', () => {
    fc.assert(
      fc.property(names, ({ name, suffix }) => {
        fc.pre(suffix !== '' || !name.includes('.'));
        const fitted = fitFileName(name);
        expect(bytes(fitted)).toBeLessThanOrEqual(255);
        expect(fitted.isWellFormed()).toBe(true);
        expect(nameParts(fitted).ext).toBe(nameParts(name).ext);
        const start = fitted.slice(0, fitted.length - suffix.length);
        expect(name.toWellFormed().startsWith(start)).toBe(true);
        if (bytes(name.toWellFormed()) <= 255) expect(fitted).toBe(name.toWellFormed());
        else expect(bytes(fitted)).toBeGreaterThan(255 - 4);
      }),
      { numRuns: 500 },
    );
  });
});
