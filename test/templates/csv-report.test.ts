import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { CsvFields } from '../../templates/csv-fields.ts';
import { validateCsvFile } from '../../templates/csv-file-validation.ts';
import { CsvReport } from '../../templates/csv-report.ts';
import { CsvSummary } from '../../templates/csv-summary.ts';
import { csvInput } from './validate-csv.ts';

const errorsOfRow = (row: number) =>
  ['a', 'b'].map((column) => ({ row, line: row + 1, column, code: 'value_missing' }));

/** The lines of a report of two errors a row. */
async function reportOf(rows: number, room: { lines: number; bytes: number }) {
  const parts: string[] = [];
  const write = async (part: string): Promise<void> => {
    parts.push(part);
  };
  const report = new CsvReport({ write }, room);
  for (let row = 1; row <= rows; row += 1) await report.add(errorsOfRow(row), ',');
  return { isTruncated: report.isTruncated, lines: parts.join('').trimEnd().split('\r\n') };
}

describe('a report that has no room for all errors', () => {
  test.each([
    ['lines', { lines: 5, bytes: 1_000 }],
    [
      'bytes',
      { lines: 1_000, bytes: 5 * '1,2,a,value_missing,,“a” is empty.,« a » est vide.\r\n'.length + 50 },
    ],
  ])('by its %s says where it ends, and that it does', async (_, room) => {
    const { isTruncated, lines } = await reportOf(10, room);
    expect(isTruncated).toBe(true);
    expect(lines).toHaveLength(7);
    expect(lines[5]).toBe('3,4,a,value_missing,,“a” is empty.,« a » est vide.');
    expect(lines[6]).toBe(
      '3,4,,report_truncated,,"The report ends here, after 5 errors. The result has the counts of all.",' +
        '"Le rapport s’arrête ici, après 5 erreurs. Le résultat en donne le compte complet."',
    );
  });

  test('is whole where they just fit', async () => {
    const { isTruncated, lines } = await reportOf(3, { lines: 6, bytes: 1_000 });
    expect(isTruncated).toBe(false);
    expect(lines).toHaveLength(7);
    expect(lines[6]).toMatch(/^3,4,b,value_missing,/);
  });

  test('does not grow with a file of which three bytes break a hundred rules', async () => {
    const rows = 2_000;
    const message = { en: 'x'.repeat(200), fr: '\u4e00'.repeat(200) };
    const fields = CsvFields.parse({
      columns: ['a', 'b'].map((name) => ({ name, type: 'string', nullable: true })),
      rules: Array.from({ length: 100 }, () => ({ at_least_one: ['a', 'b'], message })),
      encoding: 'utf-8',
    });
    const bytes = Buffer.from(`a,b\n${',\n'.repeat(rows * 2)}`);
    let kept = 0;
    let end = Buffer.alloc(0);
    const context = {
      fields,
      signal: new AbortController().signal,
      // Nobody keeps 256 MB here.
      async result(_: string, body: Readable | Uint8Array) {
        for await (const piece of Readable.from(body)) {
          kept += piece.length;
          end = Buffer.from(piece.subarray(-400));
        }
      },
    };
    const input = csvInput(bytes);
    const summary = new CsvSummary({ errors: 1, bytes: 10_000 });
    const readAs = await validateCsvFile(context, input, summary, () => {});
    expect(summary.result(input, readAs)).toMatchObject({
      report_truncated: true,
      error_count: rows * 200,
      errors_by_code: { rule_broken: rows * 200 },
    });
    expect(kept).toBeLessThan(257 * 2 ** 20);
    expect(kept).toBeGreaterThan(255 * 2 ** 20);
    expect(end.toString()).toMatch(/,report_truncated,.*complet\."\r\n$/s);
  });
});
