/* biome-ignore-all lint/suspicious/noThenProperty: rules have `if` and `then` */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeenValues } from '../../templates/csv-seen-values.ts';
import { csvValidation } from '../../templates/csv-validation.ts';
import { errorLines, validateCsv } from './validate-csv.ts';

/** The codes for the cells of one column, in the order of the cells. */
async function codesOf(
  column: object,
  cells: readonly string[],
  more: object = {},
): Promise<(string | undefined)[]> {
  const text = ['a', ...cells.map((cell) => `"${cell.replaceAll('"', '""')}"`)].join('\n');
  const { errors } = await validateCsv({ columns: [{ name: 'a', ...column }], ...more }, text);
  return cells.map((_, index) => errors.find(({ row }) => row === index + 1)?.code);
}

describe('types', () => {
  test.each<[string, object, readonly string[], Record<string, readonly string[]>, object?]>([
    [
      'integer',
      { type: 'integer' },
      ['0', ' 7 ', '-12', '+5', '007', '9007199254740991'],
      { not_an_integer: ['1.5', '1e3', '9007199254740992', 'x', '1 000', '0x10', '١'] },
    ],
    [
      'integer with a range',
      { type: 'integer', min: -1, max: 3 },
      ['-1', '3'],
      { too_small: ['-2'], too_large: ['4'] },
    ],
    [
      'number',
      { type: 'number' },
      ['0', '1.5', '-1e-3', '1E+05', '+2'],
      { not_a_number: ['1,5', '.5', '5.', '1e999', 'NaN', 'Infinity', '1.2.3', '0x1'] },
    ],
    [
      'number with a comma',
      { type: 'number', max: 2 },
      ['1,5', '-2', '1e-3'],
      { not_a_number: ['1.5', '1,2,3'], too_large: ['2,01'] },
      { decimal_separator: ',' },
    ],
    [
      'boolean',
      { type: 'boolean' },
      ['true', 'FALSE', 'Oui', 'non', 'vrai', 'faux', 'yes', 'no', '1', '0'],
      { not_a_boolean: ['2', 'x', 'tru'] },
    ],
    [
      'date',
      { type: 'date', min: '2000-01-01', max: '2024-02-29' },
      ['2000-01-01', '2024-02-29'],
      {
        not_a_date: [
          '2023-02-29',
          '1900-02-29',
          '2024-13-01',
          '2024-00-10',
          '2024-1-1',
          '24-01-01',
          '0000-01-01',
          '2024/01/01',
          '2024-01-0x',
        ],
        too_early: ['1999-12-31'],
        too_late: ['2024-03-01'],
      },
    ],
    [
      'date as in Québec',
      { type: 'date', format: 'DD/MM/YYYY', min: '2000-01-02' },
      ['02/01/2000', '29/02/2024'],
      { not_a_date: ['2000-01-02', '31/04/2024', '12/31/2024'], too_early: ['01/01/2000'] },
    ],
    [
      'datetime',
      { type: 'datetime', min: '2026-01-01T00:00:00-05:00' },
      ['2026-01-01T05:00:00Z', '2026-01-01 00:00-05:00', '2026-06-30T23:59:59.123+05:30'],
      {
        not_a_datetime: [
          '2026-01-01',
          '2026-01-01T00:00:00',
          '2026-02-30T00:00Z',
          '2026-01-01T24:00Z',
          '2026-01-01T00:00:60Z',
        ],
        too_early: ['2026-01-01T04:59:59.999Z', '2026-01-01T01:00+05:00'],
      },
    ],
    [
      'email',
      { type: 'email' },
      ['a@b.ca', 'zoé.côté+x@exämple.québec', 'a@b-c.d.org'],
      {
        not_an_email: [
          'a',
          'a@b',
          '@b.ca',
          'a@@b.ca',
          'a b@c.ca',
          'a@-b.ca',
          'a@b..ca',
          `${'x'.repeat(65)}@b.ca`,
        ],
      },
    ],
    [
      'string',
      { type: 'string', min_length: 2, max_length: 3 },
      ['ab', ' abc ', '🚢🚢🚢', 'e\u0301e\u0301'],
      { too_short: ['a', '🚢', 'e\u0301'], too_long: ['abcd', '🚢🚢🚢🚢'] },
    ],
    [
      'string of some',
      { type: 'string', one_of: ['été', 'B'] },
      ['été', 'e\u0301te\u0301', 'B'],
      { not_one_of: ['b', 'ete'] },
    ],
    [
      'string with a pattern',
      { type: 'string', pattern: '^[A-Z]{2,3}\\d*$' },
      ['AB', 'ABC12', `AB${'1'.repeat(998)}`],
      { pattern_mismatch: ['A', 'ABCD', 'xAB', `AB${'1'.repeat(999)}`] },
    ],
  ])('%s', async (_, column, good, bad, more = {}) => {
    expect(await codesOf(column, good, more)).toEqual(good.map(() => undefined));
    for (const [code, cells] of Object.entries(bad))
      expect((await codesOf(column, cells, more)).map((found, index) => [cells[index], found])).toEqual(
        cells.map((cell) => [cell, code]),
      );
  });

  test('an empty cell is an error where the column does not allow it', async () => {
    const columns = [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'email', nullable: true },
    ];
    expect(errorLines(await validateCsv({ columns }, 'a,b\n1,\n ,""\n'))).toEqual(['2 3 a value_missing']);
  });
});

describe('uniqueness', () => {
  test('of a column names the row that was first', async () => {
    const { errors } = await validateCsv(
      {
        columns: [
          { name: 'a', type: 'string', unique: true, nullable: true },
          { name: 'b', type: 'string' },
        ],
      },
      'a,b\nx,1\n,2\ny,3\n x ,4\n,5\nX,6\nx,7\n',
    );
    expect(errors.map(({ row, code, params, message }) => [row, code, params, message.fr])).toEqual([
      [4, 'duplicate', { first_row: 1 }, '« a » est le même qu’à la rangée 1.'],
      [7, 'duplicate', { first_row: 1 }, '« a » est le même qu’à la rangée 1.'],
    ]);
  });

  test('of several columns together', async () => {
    const columns = ['a', 'b'].map((name) => ({ name, type: 'string', nullable: true }));
    const file = await validateCsv({ columns, unique: [['a', 'b']] }, 'a,b\n1,23\n12,3\n1,\n1,\n12,3\n');
    expect(errorLines(file)).toEqual(['5 6 a + b duplicate']);
  });

  test('values are kept apart and found again, however many', () => {
    const seen = new SeenValues();
    const first = new Map<string, number>();
    const next = fc.sample(fc.string({ maxLength: 3 }), { numRuns: 5_000, seed: 7 });
    const values = [...next, ...Array.from({ length: 70_000 }, (_, index) => `v${index % 69_000}`)];
    for (const [index, value] of values.entries()) {
      const row = index + 1;
      if (seen.add(value, row) !== first.get(value))
        throw new Error(`${JSON.stringify(value)} in row ${row}`);
      if (!first.has(value)) first.set(value, row);
    }
    expect(first.size).toBeGreaterThan(69_000);
  });
});

describe('rules over several cells', () => {
  const columns = [
    { name: 'start', type: 'date', nullable: true },
    { name: 'end', type: 'date', nullable: true, format: 'DD/MM/YYYY' },
    { name: 'kind', type: 'string', nullable: true },
    { name: 'n', type: 'number', nullable: true },
    { name: 'm', type: 'integer', nullable: true },
  ];
  const rowsThatBreak = async (rule: object, rows: readonly string[]): Promise<number[]> => {
    const { errors } = await validateCsv(
      { columns, rules: [rule] },
      ['start,end,kind,n,m', ...rows].join('\n'),
    );
    return errors.filter(({ code }) => code === 'rule_broken').map(({ row }) => row);
  };

  test('comparisons look at what the cells mean', async () => {
    const rows = [
      '2024-01-31,01/02/2024,,,',
      '2024-02-02,01/02/2024,,,',
      '2024-02-01,01/02/2024,,,',
      ',01/02/2024,,,',
      'x,01/02/2024,,,',
    ];
    expect(await rowsThatBreak({ left: 'start', operator: '<=', right: 'end' }, rows)).toEqual([2]);
    expect(await rowsThatBreak({ left: 'start', operator: '<', right: 'end' }, rows)).toEqual([2, 3]);
    expect(await rowsThatBreak({ left: 'start', operator: '=', right: 'end' }, rows)).toEqual([1, 2]);
    const numbers = [',,,9.0,9', ',,,10,9', ',,,-1,0'];
    expect(await rowsThatBreak({ left: 'n', operator: '!=', right: 'm' }, numbers)).toEqual([1]);
    expect(await rowsThatBreak({ left: 'n', operator: '>', right: 'm' }, numbers)).toEqual([1, 3]);
    expect(await rowsThatBreak({ left: 'n', operator: '>=', right: 'm' }, numbers)).toEqual([3]);
  });

  test('if one, then the other', async () => {
    const rows = [',,a,1,', ',,a,2.0,', ',,a,,', ',,b,2,', ',,,2,', ',,a,x,'];
    const when = { column: 'kind', equals: 'a' };
    const rule = (then: object, condition: object = when) => ({ if: condition, then });
    expect(await rowsThatBreak(rule({ column: 'n', equals: 2 }), rows)).toEqual([1, 3]);
    expect(await rowsThatBreak(rule({ column: 'n', not_equals: 2 }), rows)).toEqual([2]);
    expect(await rowsThatBreak(rule({ column: 'n', one_of: [1, 2] }), rows)).toEqual([3]);
    expect(await rowsThatBreak(rule({ column: 'n', empty: false }), rows)).toEqual([3]);
    expect(await rowsThatBreak(rule({ column: 'n', empty: true }), rows)).toEqual([1, 2, 6]);
    expect(
      await rowsThatBreak(rule({ column: 'n', empty: true }, { column: 'kind', empty: true }), rows),
    ).toEqual([5]);
    expect(
      await rowsThatBreak(rule({ column: 'kind', empty: false }, { column: 'n', equals: 2 }), rows),
    ).toEqual([5]);
  });

  test('an address is the same, however its accents are written', async () => {
    const when = { column: 'e', equals: 'zo\u00e9@b.ca' };
    const fields = {
      columns: [{ name: 'e', type: 'email' }],
      rules: [{ if: { column: 'e', empty: false }, then: when }],
    };
    expect(errorLines(await validateCsv(fields, 'e\nzo\u00e9@b.ca\nzoe\u0301@b.ca\nx@b.ca\n'))).toEqual([
      '3 4 e rule_broken',
    ]);
  });

  test('at least one', async () => {
    expect(
      await rowsThatBreak({ at_least_one: ['kind', 'n'] }, [',,a,,', ',,,x,', '2024-01-01,, ,,']),
    ).toEqual([3]);
  });

  test('say what they ask for, or what the schema says', async () => {
    const message = { en: 'Ends before it starts.', fr: 'Finit avant de commencer.' };
    const conditional = { if: { column: 'kind', one_of: ['a', 'b'] }, then: { column: 'n', not_equals: 0 } };
    const rules = [
      { left: 'm', operator: '<', right: 'n' },
      conditional,
      { left: 'm', operator: '=', right: 'n', name: 'balance', message },
      { at_least_one: ['start', 'end'] },
    ];
    const { errors } = await validateCsv({ columns, rules }, 'start,end,kind,n,m\n,,a,0,1\n');
    expect(errors.map(({ column, params, message: { en, fr } }) => [column, params?.rule, en, fr])).toEqual([
      ['m', 1, '“m” must be < “n”.', '« m » doit être < « n ».'],
      [
        'n',
        2,
        'If “kind” is one of a, b, then “n” is not 0.',
        'Si « kind » est une de ces valeurs : a, b, alors « n » n’est pas 0.',
      ],
      ['m', 'balance', message.en, message.fr],
      [
        'start',
        4,
        'At least one of “start”, “end” must be filled in.',
        'Au moins une de ces colonnes doit être remplie : « start », « end ».',
      ],
    ]);
  });
});

describe('a schema that makes no sense is refused, with its place', () => {
  const a = { name: 'a', type: 'string' };
  const n = { name: 'n', type: 'integer' };
  const rule = (value: object) => ({ columns: [a, n], rules: [value] });

  test.each<[string, object, string]>([
    ['no columns', {}, 'columns'],
    ['none in it', { columns: [] }, 'columns'],
    ['a word that is not known', { columns: [a], separator: ';' }, ''],
    ['another type', { columns: [{ ...a, type: 'text' }] }, 'columns.0.type'],
    ['a pattern of a number', { columns: [{ ...n, pattern: 'a' }] }, 'columns.0'],
    [
      'the same name twice',
      {
        columns: [
          { ...a, name: 'é' },
          { ...a, name: 'e\u0301' },
        ],
      },
      'columns.1.name',
    ],
    ['white space around a name', { columns: [{ ...a, name: ' a' }] }, 'columns.0.name'],
    ['a range the wrong way round', { columns: [{ ...n, min: 2, max: 1 }] }, 'columns.0.min'],
    [
      'dates the wrong way round',
      { columns: [{ name: 'd', type: 'date', min: '2024-02-01', max: '2024-01-31' }] },
      'columns.0.min',
    ],
    [
      'a date that there is not',
      { columns: [{ name: 'd', type: 'date', min: '2023-02-29' }] },
      'columns.0.min',
    ],
    [
      'lengths the wrong way round',
      { columns: [{ ...a, min_length: 2, max_length: 1 }] },
      'columns.0.min_length',
    ],
    ['a pattern that looks ahead', { columns: [{ ...a, pattern: '(?=a)' }] }, 'columns.0.pattern'],
    ['a long pattern', { columns: [{ ...a, pattern: 'a'.repeat(201) }] }, 'columns.0.pattern'],
    [
      'many patterns',
      { columns: Array.from({ length: 51 }, (_, index) => ({ ...a, name: `a${index}`, pattern: 'a' })) },
      'columns',
    ],
    [
      'many keys',
      { columns: Array.from({ length: 11 }, (_, index) => ({ ...a, name: `a${index}`, unique: true })) },
      'unique',
    ],
    ['a key of an unknown column', { columns: [a], unique: [['a', 'b']] }, 'unique.0.1'],
    ['a key of a column twice', { columns: [a], unique: [['a', 'a']] }, 'unique.0.1'],
    ['a rule of nothing', rule({ name: 'x' }), 'rules.0'],
    [
      'a rule of two kinds',
      rule({ left: 'a', operator: '=', right: 'a', at_least_one: ['a', 'n'] }),
      'rules.0',
    ],
    ['half a comparison', rule({ left: 'a', operator: '=' }), 'rules.0'],
    ['an unknown column', rule({ left: 'a', operator: '=', right: 'b' }), 'rules.0.right'],
    ['columns of two types', rule({ left: 'a', operator: '=', right: 'n' }), 'rules.0.right'],
    ['an order of texts', rule({ left: 'a', operator: '<', right: 'a' }), 'rules.0.operator'],
    ['an unknown operator', rule({ left: 'n', operator: '=>', right: 'n' }), 'rules.0.operator'],
    ['an if of nothing', rule({ if: { column: 'a' }, then: { column: 'n', empty: true } }), 'rules.0.if'],
    [
      'a value of another type',
      rule({ if: { column: 'a', equals: 'x' }, then: { column: 'n', one_of: [1, '2'] } }),
      'rules.0.then.one_of.1',
    ],
    [
      'an unknown column in a condition',
      rule({ if: { column: 'b', equals: 'x' }, then: { column: 'n', empty: true } }),
      'rules.0.if.column',
    ],
    [
      'a bound that is finer than cells',
      { columns: [{ name: 'd', type: 'datetime', max: '2020-01-01T00:00:00.0000000000Z' }] },
      'columns.0.max',
    ],
    [
      'a bound in the year 0',
      { columns: [{ name: 'd', type: 'date', min: '0000-01-01', max: '2020-01-01' }] },
      'columns.0.min',
    ],
    [
      'a time in the year 0',
      { columns: [{ name: 'd', type: 'datetime', min: '0000-01-01T00:00:00Z' }] },
      'columns.0.min',
    ],
    ['white space around a value', { columns: [{ ...a, one_of: ['x', ' x '] }] }, 'columns.0.one_of.1'],
    ['white space for a value', { columns: [{ ...a, one_of: ['\u00a0'] }] }, 'columns.0.one_of.0'],
    [
      'white space around what a rule asks for',
      rule({ if: { column: 'a', equals: ' x ' }, then: { column: 'n', empty: true } }),
      'rules.0.if.equals',
    ],
    [
      'nothing as what a rule asks for',
      rule({ if: { column: 'a', one_of: ['x', ''] }, then: { column: 'n', empty: true } }),
      'rules.0.if.one_of.1',
    ],
    [
      'half a whole number',
      rule({ if: { column: 'n', not_equals: 1.5 }, then: { column: 'a', empty: true } }),
      'rules.0.if.not_equals',
    ],
    [
      'no address as what a rule asks for',
      {
        columns: [{ name: 'e', type: 'email' }, n],
        rules: [{ if: { column: 'e', equals: 'x' }, then: { column: 'n', empty: true } }],
      },
      'rules.0.if.equals',
    ],
    ['one of unknown columns', rule({ at_least_one: ['a', 'b'] }), 'rules.0.at_least_one.1'],
    ['errors beyond what is shown', { columns: [a], max_errors: 101 }, 'max_errors'],
  ])('%s', (_, fields, place) => {
    const { error } = csvValidation.fields.safeParse(fields);
    expect(error?.issues.map(({ path }) => path.join('.'))).toContain(place);
  });
});
