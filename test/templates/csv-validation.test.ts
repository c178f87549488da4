import { describe, expect, test } from '@jest/globals';
import { MAX_RESULT_BYTES } from '../../lib/domain/assembly.ts';
import { FileError } from '../../lib/domain/assembly-error.ts';
import { csvFile, errorLines, refusalOf, validateCsv, validateFiles } from './validate-csv.ts';

const NAMES = {
  columns: [
    { name: 'id', type: 'integer' },
    { name: 'prénom', type: 'string', nullable: true },
  ],
};
const TEXT = {
  columns: [
    { name: 'a', type: 'string', nullable: true },
    { name: 'b', type: 'string', nullable: true },
  ],
};

describe('encodings', () => {
  const MARK = '\ufeff';
  const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const windows1252 = (text: string): Buffer => latin1(text.replaceAll('œ', '\x9c').replaceAll('’', '\x92'));
  const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

  test.each([
    ['UTF-8', 'auto', 'utf-8', (text: string) => Buffer.from(text)],
    ['UTF-8 with its mark', 'auto', 'utf-8', (text: string) => Buffer.from(MARK + text)],
    ['UTF-8 with its mark, declared', 'utf-8', 'utf-8', (text: string) => Buffer.from(MARK + text)],
    ['UTF-8, declared', 'utf-8', 'utf-8', (text: string) => Buffer.from(text)],
    ['Windows-1252', 'auto', 'windows-1252', windows1252],
    ['Windows-1252, declared', 'windows-1252', 'windows-1252', windows1252],
    ['UTF-16, little end first', 'auto', 'utf-16le', utf16],
    ['UTF-16, little end first, with its mark', 'auto', 'utf-16le', (text: string) => utf16(MARK + text)],
    ['UTF-16, little end first, declared', 'utf-16le', 'utf-16le', utf16],
    ['UTF-16, big end first', 'auto', 'utf-16be', utf16be],
    ['UTF-16, big end first, with its mark', 'auto', 'utf-16be', (text: string) => utf16be(MARK + text)],
    ['UTF-16, big end first, declared', 'utf-16be', 'utf-16be', (text: string) => utf16be(MARK + text)],
  ])('%s, with every delimiter', async (_, encoding, found, encode) => {
    for (const delimiter of [',', ';', '\t', '|'])
      for (const declared of ['auto', delimiter]) {
        const text = ['id', 'prénom\n1', 'cœur d’Éloïse\nx', 'Zoé\n'].join(delimiter);
        const fields = { ...NAMES, encoding, delimiter: declared, keep_valid_rows: true };
        const { kept, ...file } = await validateCsv(fields, encode(text));
        expect(file).toMatchObject({ encoding: found, delimiter, columns: 2, row_count: 2 });
        expect(errorLines(file)).toEqual(['2 3 id not_an_integer']);
        expect(kept['people-valid.csv']).toBe(`id${delimiter}prénom\r\n1${delimiter}cœur d’Éloïse\r\n`);
      }
  });

  test('Latin-1, declared, keeps what Windows-1252 has no character for', async () => {
    const fields = { ...NAMES, encoding: 'latin1', keep_valid_rows: true };
    const { kept, encoding } = await validateCsv(fields, latin1('id,prénom\n1,\x81é\n'));
    expect([encoding, kept['people-valid.csv']]).toEqual(['latin1', 'id,prénom\r\n1,\x81é\r\n']);
  });

  test('one byte in the last row of a long file decides', async () => {
    const rows = Array.from({ length: 30_000 }, (_, index) => `${index},Jean\n`).join('');
    const { encoding, row_count, valid } = await validateCsv(
      {
        columns: [
          { name: 'id', type: 'integer' },
          { name: 'nom', type: 'string' },
        ],
      },
      latin1(`id,nom\n${rows}7,Zoé`),
    );
    expect({ encoding, row_count, valid }).toEqual({
      encoding: 'windows-1252',
      row_count: 30_001,
      valid: true,
    });
  });
});

describe('lines and rows', () => {
  test.each([
    ['\\n', '\n'],
    ['\\r\\n', '\r\n'],
    ['\\r', '\r'],
  ])('rows end with %s, in quoted cells as well', async (_, end) => {
    const text = ['a,b', '1,"x', 'y"', '', '   ', '"2', '', '3"', ',', 'last'].join(end);
    const file = await validateCsv(TEXT, text);
    expect(file.row_count).toBe(4);
    // Row 2 begins on line 6 and has one cell; the last one, without a line break, stands on line 10.
    expect(errorLines(file)).toEqual(['2 6 - wrong_cell_count', '4 10 - wrong_cell_count']);
  });

  test('kinds of line breaks may be mixed', async () => {
    const file = await validateCsv(TEXT, 'a,b\r1,2\n3\r\n\r\n4\n\r5,6\n7');
    expect(errorLines(file)).toEqual([
      '2 3 - wrong_cell_count',
      '3 5 - wrong_cell_count',
      '5 8 - wrong_cell_count',
    ]);
  });

  test('too few and too many cells say how many there are', async () => {
    const { errors } = await validateCsv(TEXT, 'a,b\n1\n1,2,3\n');
    expect(errors.map(({ params, message }) => [params, message.fr])).toEqual([
      [{ expected: 2, found: 1 }, 'La rangée a 1 cellules, et l’en-tête 2.'],
      [{ expected: 2, found: 3 }, 'La rangée a 3 cellules, et l’en-tête 2.'],
    ]);
  });

  test('a header alone has no rows and is valid', async () => {
    const { result, results } = await validateFiles(TEXT, [csvFile('a,b')]);
    expect(result).toMatchObject({ valid: true, row_count: 0, error_count: 0 });
    expect(results.validate).toEqual([]);
  });

  test('columns stand in any order, and those that are optional may be missing', async () => {
    const fields = {
      columns: [
        { name: 'a', type: 'integer' },
        { name: 'c', type: 'date', required: false, unique: true },
        { name: 'é', type: 'integer' },
      ],
      // biome-ignore lint/suspicious/noThenProperty: the schema has it
      rules: [{ if: { column: 'a', equals: 1 }, then: { column: 'c', empty: true } }],
    };
    const file = await validateCsv(fields, 'e\u0301,"a"\n1,1\nx,1\n');
    expect(errorLines(file)).toEqual(['2 3 é not_an_integer']);
  });

  test('the header may have more columns where that is allowed', async () => {
    const file = await validateCsv({ ...TEXT, allow_extra_columns: true }, 'x,a,,b,x\n1,2,3,4,5\n');
    expect(file).toMatchObject({ valid: true, columns: 5 });
  });
});

describe('files that cannot be read', () => {
  test.each([
    ['nothing', '', 'csv_empty', 'est vide.'],
    ['a mark alone', '\ufeff', 'csv_empty', 'est vide.'],
    ['empty lines', '\n \n\r\n', 'csv_empty', 'est vide.'],
    ['a workbook', 'PK\x03\x04…', 'csv_not_text', 'Excel (.xlsx)'],
    ['a zero', 'a,b\n1,2\n3,\0\n', 'csv_not_text', 'ligne 3'],
    ['a quotation mark inside a cell', 'a,b\n1,2\n5" pipe,x\n', 'csv_quote_misplaced', 'ligne 3.'],
    ['something after a quoted cell', 'a,b\n1,"2" x\n', 'csv_quote_misplaced', 'ligne 2.'],
    [
      'a quotation mark too few',
      'a,b\r\n1,"2\r\n3,4\r\n"5",6\r\n',
      'csv_quote_misplaced',
      'ligne 4 (la rangée commence à la ligne 2)',
    ],
    ['one that is never closed', 'a,b\n1,2\n\n3,"4\n5,6\n', 'csv_quote_not_closed', 'ligne 4.'],
    ['columns too few', 'a;x;y\n', 'csv_columns_missing', 'il manque « b ».'],
    ['another file', 'x,y\n1,2\n', 'csv_columns_missing', '« a », « b »'],
    ['columns too many', 'a,b,c,\n', 'csv_columns_unknown', '« c », « #4 »'],
    ['a column twice', '\na,b, a \n', 'csv_column_repeated', 'ligne 2 : « a »'],
  ])('%s', async (_, text, code, french) => {
    const error = await refusalOf(TEXT, csvFile(Buffer.from(text)));
    expect(error).toMatchObject({ code, category: 'FILE_ERROR', retryable: false });
    const { en, fr } = error.message as { en: string; fr: string };
    expect(fr).toContain('Le fichier « people.csv » ');
    expect(fr).toContain(french);
    expect(en).toMatch(/^The file “people.csv” (is|has|lacks) /);
    // A line is the same in both.
    expect(en.match(/\d+/g) ?? []).toEqual(fr.match(/\d+/g) ?? []);
  });

  test.each([
    ['utf-8', Buffer.from('a,b\n1,2\n3,caf\xe9!\n', 'latin1'), 3],
    ['utf-8', Buffer.from('a,b\n1,caf\xc3', 'latin1'), 2],
    ['utf-8', Buffer.from('\ufeffa,b\n', 'utf16le'), 1],
    ['latin1', Buffer.from('\ufeffa,b\n'), 1],
    ['windows-1252', Buffer.from('a,b\n\n1,\x81\n', 'latin1'), 3],
    ['utf-16le', Buffer.from('a,b\n1,\ud800!\n', 'utf16le'), 2],
    ['utf-16le', Buffer.concat([Buffer.from('a,b\n1,2\n', 'utf16le'), Buffer.from('x')]), 3],
    ['utf-16be', Buffer.from('a,b\n1,\udc00\n', 'utf16le').swap16(), 2],
  ])('bytes that are not %s: line %#', async (encoding, bytes, line) => {
    const error = await refusalOf({ ...TEXT, encoding }, csvFile(bytes));
    expect(error).toMatchObject({
      code: 'csv_encoding',
      message: { en: `The file “people.csv” is not encoded in ${encoding}: see line ${line}.` },
    });
  });

  test('the errors before the fault are those of an earlier line', async () => {
    const bytes = Buffer.from('a,b\n1,"2"x\n3,caf\xe9\n', 'latin1');
    expect(await refusalOf({ ...TEXT, encoding: 'utf-8' }, csvFile(bytes))).toMatchObject({
      code: 'csv_quote_misplaced',
    });
  });

  test('spoil themselves alone, and leave no results', async () => {
    const wrong = `a,b\n${'only one cell that is wrong\n'.repeat(20_000)}1,"2`;
    const files = [csvFile(wrong, 'broken.csv'), csvFile('a,b\n1,2\n1\n', 'good.csv')];
    const { result, results, spoiled } = await validateFiles({ ...TEXT, keep_valid_rows: true }, files, {
      onResult: (name) => opened.push(name),
    });
    // The report of the broken one had begun when the fault was found.
    expect(opened).toEqual(['broken-errors.csv', 'good-errors.csv', 'good-valid.csv']);
    expect(spoiled['broken.csv']).toMatchObject({ code: 'csv_quote_not_closed' });
    expect(result.files.map(({ name }) => name)).toEqual(['good.csv']);
    expect(results.validate?.map(({ name, mime, original }) => [name, mime, original?.id])).toEqual([
      ['good-errors.csv', 'text/csv', result.files[0]?.original_id],
      ['good-valid.csv', 'text/csv', result.files[0]?.original_id],
    ]);
  });
  const opened: string[] = [];

  test('one that is another than was announced says so', async () => {
    const failsWith = new FileError('file_changed', 'It is another one.');
    expect(await refusalOf(TEXT, { ...csvFile('a,b\n1,2\n'), failsWith })).toMatchObject({
      code: 'file_changed',
    });
  });
});

describe('the result', () => {
  const columns = [
    { name: 'a', type: 'integer' },
    { name: 'b', type: 'string' },
  ];
  const manyErrors = `a,b\n${'secret,x\n'.repeat(500)}`;

  test('shows the first errors, counts all, and says nothing of what the cells say', async () => {
    const { result, results } = await validateFiles({ columns, max_errors: 20 }, [csvFile(manyErrors)]);
    expect(result).toMatchObject({
      valid: false,
      row_count: 500,
      valid_rows: 0,
      invalid_rows: 500,
      error_count: 500,
    });
    const [file] = result.files;
    expect(file).toMatchObject({ errors_truncated: true, errors_by_code: { not_an_integer: 500 } });
    expect(file?.errors).toHaveLength(20);
    expect(file?.errors[0]).toEqual({
      row: 1,
      line: 2,
      column: 'a',
      code: 'not_an_integer',
      message: { en: '“a” is not a whole number.', fr: '« a » n’est pas un nombre entier.' },
    });
    expect(JSON.stringify(result)).not.toContain('secret');
    const lines = results.validate?.[0]?.bytes.toString().trimEnd().split('\r\n') ?? [];
    expect(lines).toHaveLength(501);
    expect(lines[0]).toBe('\ufeffrow,line,column,code,value,message_en,message_fr');
    expect(lines[500]).toBe(
      '500,501,a,not_an_integer,secret,“a” is not a whole number.,« a » n’est pas un nombre entier.',
    );
  });

  test('fits into a status, whatever the names and the errors are', async () => {
    const message = { en: '\u0001'.repeat(200), fr: '\u0001'.repeat(200) };
    const rules = [{ left: 'a', operator: '>', right: 'a', message }];
    const content = `a,b\n${'1,\n'.repeat(300)}`;
    for (const count of [1, 10]) {
      const files = Array.from({ length: count }, (_, index) =>
        csvFile(content, `${'"'.repeat(250)}${index}.csv`),
      );
      const { result } = await validateFiles({ columns, rules }, files);
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(MAX_RESULT_BYTES);
      expect(result.files).toHaveLength(count);
      expect(result.error_count).toBe(count * 600);
    }
  });

  test('shows a hundred errors of one file', async () => {
    const { errors } = await validateCsv({ columns }, manyErrors);
    expect(errors.length).toBe(100);
  });

  test('of failed files that are done again counts the others as before', async () => {
    const before = await validateFiles({ columns }, [csvFile('a,b\nx,1\n', 'one.csv')]);
    const { result } = await validateFiles({ columns }, [csvFile('a,b\n1,1\n2,\n', 'two.csv')], {
      previousResult: JSON.parse(JSON.stringify(before.result)),
    });
    expect(result).toMatchObject({
      valid: false,
      row_count: 3,
      valid_rows: 1,
      invalid_rows: 2,
      error_count: 2,
    });
    expect(result.files.map(({ name }) => name)).toEqual(['one.csv', 'two.csv']);
  });

  test('is the same each time', async () => {
    const files = [csvFile(manyErrors), csvFile('a,b\n1,2\n', 'good.csv')];
    const run = async () => {
      const { result, results } = await validateFiles({ columns, keep_valid_rows: true }, files);
      return { result, kept: results.validate?.map(({ name, bytes }) => [name, bytes.toString()]) };
    };
    expect(await run()).toEqual(await run());
  });
});

describe('the report', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '＝1', '"=1"'])(
    'holds no formula: %j',
    async (value) => {
      const columns = [{ name: '=HYPERLINK("x")', type: 'integer', max: -2 }];
      const quoted = `"${value.replaceAll('"', '""')}"`;
      const { kept } = await validateCsv({ columns, delimiter: ',' }, `"=HYPERLINK(""x"")"\n${quoted}\n`);
      const [, line = ''] = kept['people-errors.csv']?.split('\r\n') ?? [];
      const cells = line
        .match(/"(?:[^"]|"")*"|[^,]+/g)
        ?.map((cell) => cell.replace(/^"|"$/g, '').replaceAll('""', '"'));
      expect(cells?.[2]).toBe(`'=HYPERLINK("x")`);
      for (const cell of cells ?? []) expect(cell).not.toMatch(/^\s*[=+\-@＝]/u);
    },
  );

  test('is separated as the file is, and quotes what needs it', async () => {
    const columns = [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'integer' },
    ];
    const { kept } = await validateCsv({ columns }, 'a;b\n"1;""2""\n3";4\n');
    expect(kept['people-errors.csv']).toContain('1;2;a;not_an_integer;"1;""2""\n3";');
  });
});

describe('while it runs', () => {
  const rows = Array.from({ length: 40_000 }, (_, index) => `${index},x\n`).join('');
  const fields = {
    columns: [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'string' },
    ],
  };

  test('progress goes from 0 to 1 over all files, with the rows', async () => {
    const files = [csvFile(`a,b\n${rows}`, 'one.csv'), csvFile(`a,b\n${rows}1,1`, 'two.csv')];
    const { progress } = await validateFiles(fields, files);
    const reports = progress.validate ?? [];
    const fractions = reports.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(new Set(fractions).size).toBeGreaterThan(10);
    expect(fractions.at(-1)).toBe(1);
    expect(reports.some(({ message }) => /^two\.csv: \d{4,}$/.test(message ?? ''))).toBe(true);
  });

  test('it stops when it is called off', async () => {
    const abort = new AbortController();
    let pieces = 0;
    const endless = function* () {
      yield Buffer.from('a,b\n');
      for (;;) {
        pieces += 1;
        if (pieces === 50) setImmediate(() => abort.abort(new Error('called off')));
        if (pieces > 200) throw new Error('It went on');
        yield Buffer.from('1,x\n'.repeat(1_000));
      }
    };
    const file = { ...csvFile(''), pieces: endless };
    const run = validateFiles({ ...fields, encoding: 'utf-8' }, [file], { signal: abort.signal });
    await expect(run).rejects.toThrow(/abort|called off/i);
    expect(pieces).toBeLessThan(100);
  });
});
