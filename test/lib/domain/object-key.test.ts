import fc from 'fast-check';
import {
  FAILURES_PREFIX,
  FIELDS_PREFIX,
  fieldsKey,
  parseUploadKey,
  RESULTS_PREFIX,
  resultKey,
  UPLOADS_PREFIX,
  uploadKey,
} from '../../../lib/domain/object-key.ts';
import { identifyUploads } from '../../../lib/domain/upload.ts';

const ID = 'a0'.repeat(32);
const MD5 = '5d41402abc4b2a76b9719d911017c592';

test.each([
  [uploadKey(ID, { id: `${MD5}-2` }), `uploads/${ID}/${MD5}-2`],
  [fieldsKey(ID, MD5), `fields/${ID}/${MD5}`],
  [resultKey(ID, '1-12'), `results/${ID}/1-12`],
])('%s', (key, expected) => {
  expect(key).toBe(expected);
});

test('nothing of one kind lies among another kind', () => {
  const prefixes = [UPLOADS_PREFIX, FIELDS_PREFIX, RESULTS_PREFIX, FAILURES_PREFIX];
  for (const prefix of prefixes)
    expect(prefixes.filter((other) => other.startsWith(prefix))).toEqual([prefix]);
});

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

test('the key of an upload is read back, for each of 100 equal files', () => {
  fc.assert(
    fc.property(hex(64), hex(32), (assemblyId, md5hash) => {
      const requests = Array(100).fill({ name: 'a', size: 1, mime: 'a/b', field: 'file', md5hash });
      for (const upload of identifyUploads(requests))
        expect(parseUploadKey(uploadKey(assemblyId, upload))).toEqual({ assemblyId, uploadId: upload.id });
    }),
    { numRuns: 20 },
  );
});

test.each([
  ['nothing', ''],
  ['the fields', fieldsKey(ID, MD5)],
  ['a result', resultKey(ID, '1-1')],
  ['a failure', `failures/enqueue/${MD5}.json`],
  ['no upload', `uploads/${ID}/`],
  ['no assembly', `uploads/${MD5}`],
  ['an assembly id that is a digit short', `uploads/${ID.slice(1)}/${MD5}`],
  ['an assembly id in upper case', `uploads/${ID.toUpperCase()}/${MD5}`],
  ['an md5 in upper case', `uploads/${ID}/${MD5.toUpperCase()}`],
  ['an md5 that is a digit short', `uploads/${ID}/${MD5.slice(1)}`],
  ['a number of four digits', `uploads/${ID}/${MD5}-1000`],
  ['a number that is none', `uploads/${ID}/${MD5}-x`],
  ['no number', `uploads/${ID}/${MD5}-`],
  ['something before', `x/uploads/${ID}/${MD5}`],
  ['a slash before', `/uploads/${ID}/${MD5}`],
  ['something after', `uploads/${ID}/${MD5}/x`],
  ['a line break after', `uploads/${ID}/${MD5}\n`],
  ['a line before', `x\nuploads/${ID}/${MD5}`],
])('is no upload: %s', (_, key) => {
  expect(parseUploadKey(key)).toBeUndefined();
});
