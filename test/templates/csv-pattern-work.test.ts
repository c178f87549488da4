import { describe, expect, test } from '@jest/globals';
import { ValidationError } from '../../lib/domain/assembly-error.ts';
import { csvFileError } from '../../templates/csv-fault.ts';
import { CsvFields } from '../../templates/csv-fields.ts';
import { validateCsvFile } from '../../templates/csv-file-validation.ts';
import { PatternWork } from '../../templates/csv-pattern-work.ts';
import { CsvRowCheck } from '../../templates/csv-row-check.ts';
import { CsvSummary } from '../../templates/csv-summary.ts';
import { PatternMatcher } from '../../templates/pattern-matcher.ts';
import { csvInput } from './validate-csv.ts';

const HOSTILE = '[\\p{L}\\p{N}]*[\\p{L}][\\p{L}\\p{N}]{110}';

/** Letters and digits that come in no order, the same each time. */
function mixed(length: number): string {
  let state = 1;
  const next = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return Array.from({ length }, () => (next() % 36).toString(36)).join('');
}

describe('what patterns cost', () => {
  test('is counted where it is not known yet, and more for more ways', () => {
    const plain = new PatternMatcher('[\\p{L}\\p{N}]+');
    const hostile = new PatternMatcher(HOSTILE);
    const text = mixed(200);
    plain.matches(text);
    const once = plain.work;
    plain.matches(text);
    expect(plain.work).toBe(once);
    hostile.matches(text);
    expect(hostile.work).toBeGreaterThan(10 * once);
  });

  test('ends a file, for good, and names the column', () => {
    const fields = CsvFields.parse({
      columns: [
        { name: 'a', type: 'string', pattern: HOSTILE },
        { name: 'b', type: 'string', pattern: '\\p{L}+' },
      ],
    });
    const places = new Map([
      ['a', 0],
      ['b', 1],
    ]);
    const check = new CsvRowCheck(fields, places, 2, new PatternWork(50_000));
    let refusal: unknown;
    try {
      for (let row = 1; row <= 100; row += 1)
        check.errorsOf({ cells: [mixed(100 + row).slice(row), 'b'], line: row + 1 }, row);
    } catch (error) {
      refusal = csvFileError(error as never, 'people.csv');
    }
    expect(refusal).toBeInstanceOf(ValidationError);
    expect(refusal).toMatchObject({ code: 'csv_pattern_too_costly', retryable: false });
    const { en, fr } = (refusal as ValidationError).sentence as { en: string; fr: string };
    expect(en).toMatch(/^The file “people\.csv” has more text .* the column “a”:/);
    expect(fr).toMatch(/^Le fichier « people\.csv » contient plus de texte .* la colonne « a » :/);
  });

  test('is enough for a file of ordinary values', () => {
    const fields = CsvFields.parse({ columns: [{ name: 'a', type: 'string', pattern: '[a-z\\d]{1,12}' }] });
    const check = new CsvRowCheck(fields, new Map([['a', 0]]), 1, new PatternWork(50_000));
    const text = mixed(120_000);
    for (let row = 1; row <= 10_000; row += 1)
      expect(check.errorsOf({ cells: [text.slice(row * 12 - 12, row * 12)], line: row + 1 }, row)).toEqual(
        [],
      );
  });
});

test('a file that is called off stops in the middle of a piece', async () => {
  const rows = 400_000;
  const bytes = Buffer.from(`a\n${'x\n'.repeat(rows)}`);
  const abort = new AbortController();
  class CallingOff extends CsvSummary {
    override add(errors: Parameters<CsvSummary['add']>[0]): void {
      super.add(errors);
      if (this.rowCount === 1) setImmediate(() => abort.abort(new Error('called off')));
    }
  }
  const summary = new CallingOff({ errors: 1, bytes: 10_000 });
  const run = validateCsvFile(
    {
      fields: CsvFields.parse({
        columns: [{ name: 'a', type: 'string', pattern: 'x' }],
        // Far more work than a turn.
        rules: Array.from({ length: 100 }, () => ({ left: 'a', operator: '=', right: 'a' })),
        encoding: 'utf-8',
      }),
      signal: abort.signal,
      result: async () => {},
    },
    csvInput(bytes),
    summary,
    () => {},
  );
  await expect(run).rejects.toThrow(/called off|abort/i);
  expect(summary.rowCount).toBeLessThan(rows / 2);
});
