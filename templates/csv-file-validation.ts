import { addAbortSignal } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { Input, StepContext } from '../lib/domain/template.ts';
import { csvCell } from './csv-cell.ts';
import { findDelimiter } from './csv-delimiter.ts';
import { detectEncoding } from './csv-encoding.ts';
import { CsvFault } from './csv-fault.ts';
import type { CsvFields } from './csv-fields.ts';
import { columnPlaces } from './csv-header.ts';
import { CsvReport } from './csv-report.ts';
import { CsvResultFile } from './csv-result-file.ts';
import { CsvRowCheck } from './csv-row-check.ts';
import { type CsvRow, csvRows } from './csv-rows.ts';
import type { CsvSummary, ReadAs } from './csv-summary.ts';
import { csvText } from './csv-text.ts';

/** A cancellation and the time limit are seen that soon, and the heartbeat goes on. Each row has its end before. */
const TURN_MS = 50;
/** How much of the work it is to find the encoding, where nobody says it: the file is read and not checked. */
const DETECTION_SHARE = 0.1;

type Context = Pick<StepContext<CsvFields>, 'fields' | 'signal' | 'result'>;
type Progress = (fraction: number) => void;

/**
 * Checks one file from its first row to its last, and holds no more of it at once than a row and a bit.
 * @param summary takes the rows and their errors
 * @throws CsvFault where it is not the CSV that was declared; of its results nothing stays then
 */
export async function validateCsvFile(
  context: Context,
  input: Input,
  summary: CsvSummary,
  progress: Progress,
): Promise<ReadAs> {
  const { fields, signal } = context;
  const detected = await detectEncoding(
    bytesOf(input, signal, (done) => progress(done * DETECTION_SHARE)),
    fields.encoding,
  );
  const bytes = bytesOf(input, signal, (done) => progress(DETECTION_SHARE + done * (1 - DETECTION_SHARE)));
  let delimiter: string = fields.delimiter;
  const rows = csvRows(csvText(bytes, detected), (text) => {
    if (delimiter === 'auto')
      delimiter = findDelimiter(
        text,
        fields.columns.map(({ name }) => name),
      );
    return delimiter;
  });
  const keepAs = (suffix: string) => (body: Parameters<Context['result']>[1]) =>
    context.result(`${input.basename}-${suffix}.csv`, body, { mime: 'text/csv', original: input });
  const errorFile = new CsvResultFile(keepAs('errors'));
  const report = new CsvReport(errorFile);
  const valid = new CsvResultFile(keepAs('valid'));
  try {
    const header = await checkRows(rows, {
      fields,
      signal,
      summary,
      report,
      valid,
      delimiterOf: () => delimiter,
    });
    await errorFile.end();
    await valid.end();
    return {
      encoding: detected,
      delimiter,
      columns: header.cells.length,
      isReportTruncated: report.isTruncated,
    };
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    await Promise.all([errorFile.discard(reason), valid.discard(reason)]);
    throw error;
  }
}

interface Check {
  readonly fields: CsvFields;
  readonly signal: AbortSignal;
  readonly summary: CsvSummary;
  readonly report: CsvReport;
  readonly valid: CsvResultFile;
  /** Known once there is a row. */
  delimiterOf(): string;
}

/** @returns the header */
async function checkRows(
  batches: AsyncIterable<readonly CsvRow[]>,
  { fields, signal, summary, report, valid, delimiterOf }: Check,
): Promise<CsvRow> {
  let header: CsvRow | undefined;
  let check: CsvRowCheck | undefined;
  let turnBegan = performance.now();
  for await (const batch of batches)
    for (const row of batch) {
      if (performance.now() - turnBegan > TURN_MS) {
        await setImmediate();
        signal.throwIfAborted();
        turnBegan = performance.now();
      }
      const delimiter = delimiterOf();
      const errors = check?.errorsOf(row, summary.rowCount + 1) ?? [];
      if (check) summary.add(errors);
      else {
        header = row;
        check = new CsvRowCheck(fields, columnPlaces(row, fields), row.cells.length);
      }
      await report.add(errors, delimiter);
      if (fields.keep_valid_rows && errors.length === 0)
        await valid.write(`${row.cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\r\n`);
    }
  if (!header) throw new CsvFault('csv_empty');
  return header;
}

/** The bytes of the file, with a turn for everybody else after each piece. */
async function* bytesOf(input: Input, signal: AbortSignal, progress: Progress): AsyncGenerator<Buffer> {
  const stream = addAbortSignal(signal, await input.stream());
  let done = 0;
  for await (const chunk of stream) {
    yield chunk;
    done += chunk.length;
    progress(Math.min(1, done / input.size));
    await setImmediate();
  }
}
