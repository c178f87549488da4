import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf, validateFiles } from './validate-csv.ts';

const FIELDS = {
  columns: [
    { name: 'a', type: 'string', unique: true, nullable: true },
    { name: 'é', type: 'integer' },
  ],
  keep_valid_rows: true,
};

/** All that can be seen of a run, or why it was refused. */
async function outcome(fields: object, bytes: Buffer, pieces?: () => Iterable<Uint8Array>) {
  try {
    const file = { name: 'x.csv', bytes, ...(pieces && { pieces }) };
    const { result, results } = await validateFiles(fields, [file]);
    return { result, kept: results.validate?.map(({ name, bytes: kept }) => [name, kept.toString()]) };
  } catch (error) {
    return { error: String(error) };
  }
}

/** The bytes in pieces that end where the cuts are. */
function* cutAt(bytes: Buffer, cuts: readonly number[]): Generator<Buffer> {
  let start = 0;
  for (const cut of [
    ...cuts.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ]) {
    if (cut > start) yield bytes.subarray(start, cut);
    start = Math.max(start, cut);
  }
}

describe('how the bytes come', () => {
  const part = fc.constantFrom(
    '"',
    '""',
    ',',
    '\r\n',
    '\n',
    '\r',
    'é',
    '🚢',
    '1',
    '12',
    'a',
    ' ',
    '"x\r\ny"',
    ',1\n',
    '\0',
  );
  const text = fc
    .tuple(fc.constantFrom('a,é\n', 'a,é\r\n', '"a";"é"\r', 'é\ta\n', ''), fc.array(part, { maxLength: 40 }))
    .map(([header, parts]) => header + parts.join(''));
  const encode = fc.constantFrom<(text: string) => Buffer>(
    (value) => Buffer.from(value),
    (value) => Buffer.from(`\ufeff${value}`),
    (value) => Buffer.from(value, 'latin1'),
    (value) => Buffer.from(`\ufeff${value}`, 'utf16le'),
    (value) => Buffer.from(`\ufeff${value}`, 'utf16le').swap16(),
  );
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
  const encoding = fc.constantFrom('auto', 'auto', 'utf-8', 'utf-16le', 'windows-1252');

  test('changes nothing', async () => {
    const property = fc.asyncProperty(
      text,
      encode,
      cuts,
      encoding,
      async (value, toBytes, places, declared) => {
        const bytes = toBytes(value);
        const fields = { ...FIELDS, encoding: declared };
        const whole = await outcome(fields, bytes, () => [bytes]);
        expect(await outcome(fields, bytes, () => cutAt(bytes, places))).toEqual(whole);
        expect(await outcome(fields, bytes, () => [...bytes].map((byte) => Buffer.from([byte])))).toEqual(
          whole,
        );
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });

  test('changes nothing in a file of many blocks either', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) =>
      index % 7 === 0 ? `"🚢é\r\n""${index}""",x\r\n` : `🚢é${index % 9_000},${index}\r\n`,
    );
    const bytes = Buffer.from(`a,é\r\n${rows.join('')}`);
    const whole = await outcome(FIELDS, bytes, () => [bytes]);
    expect(whole.result).toMatchObject({ row_count: 12_000 });
    for (const size of [1_021, 65_536, 100_003])
      expect(
        await outcome(FIELDS, bytes, () =>
          Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
            bytes.subarray(index * size, (index + 1) * size),
          ),
        ),
      ).toEqual(whole);
  });
});

describe('a line of a gigabyte', () => {
  const GB = 2 ** 30;

  test.each([
    ['of letters', 'x', 'csv_row_too_long', 'has a line of more than 1024 KB: line 3.'],
    ['of empty cells', ',', 'csv_row_too_long', 'has a line of more than 1024 KB: line 3.'],
    ['of two-byte letters', 'é', 'csv_row_too_long', 'has a line of more than 1024 KB: line 3.'],
    ['of line breaks within a quotation mark', '\r\n', 'csv_row_too_long', 'the row that begins on line 3.'],
  ])(
    '%s is refused with its line, and is not read to its end',
    async (_, filling, code, sentence) => {
      const filler = Buffer.from(filling.repeat(32_768));
      for (const encoding of ['auto', 'utf-8', 'windows-1252']) {
        let read = 0;
        const pieces = function* () {
          yield Buffer.from('a,é\n1,1\n"');
          if (filling !== '\r\n') yield Buffer.from('2"');
          if (filling !== '\r\n') yield Buffer.from(',');
          for (let size = 0; size < GB; size += filler.length) {
            read += filler.length;
            yield filler;
          }
        };
        const fields = {
          columns: FIELDS.columns.map((column) => ({
            ...column,
            name: column.name === 'é' && encoding === 'windows-1252' ? 'Ã©' : column.name,
          })),
        };
        const error = await refusalOf(
          { ...fields, encoding },
          { name: 'x.csv', bytes: Buffer.alloc(0), pieces },
        );
        expect(error).toMatchObject({ code, category: 'FILE_ERROR' });
        expect((error.message as { en: string }).en).toContain(sentence);
        // To find the encoding, line breaks within quotation marks have to be read as well.
        if (filling !== '\r\n' || encoding !== 'auto') expect(read).toBeLessThan(8 * 2 ** 20);
      }
    },
    120_000,
  );

  test('a row may have just as much as it may, and not a byte more', async () => {
    const file = (length: number) => ({
      name: 'x.csv',
      bytes: Buffer.from(`a,é\n\n\n${'é'.repeat(length / 2)},1\n1,1\n`),
    });
    const longest = 2 ** 20 - ',1\n'.length - 1;
    const { result } = await validateFiles(FIELDS, [file(longest)]);
    expect(result).toMatchObject({ valid: true, row_count: 2 });
    expect(await refusalOf(FIELDS, file(longest + 3))).toMatchObject({ code: 'csv_row_too_long' });
  });
});
