import type { Json } from '../lib/domain/json.ts';
import type { Input } from '../lib/domain/template.ts';
import { type RowError, rowSentence } from './csv-row-error.ts';

/** How a file was read. */
export interface ReadAs {
  readonly encoding: string;
  readonly delimiter: string;
  /** Of the header. */
  readonly columns: number;
  /** The report does not have all errors. */
  readonly isReportTruncated: boolean;
}

/** Counts what is found in one file, and keeps the first errors for the status as far as they fit. */
export class CsvSummary {
  private readonly room: { readonly errors: number; readonly bytes: number };
  private readonly shown: Json[] = [];
  private readonly byCode = new Map<string, number>();
  private bytes = 0;
  private isFull = false;
  private rows = 0;
  private invalidRows = 0;
  private errors = 0;

  /** @param room for the errors that are shown: as many, and as many bytes as JSON */
  constructor(room: { readonly errors: number; readonly bytes: number }) {
    this.room = room;
  }

  get rowCount(): number {
    return this.rows;
  }

  add(errors: readonly RowError[]): void {
    this.rows += 1;
    if (errors.length > 0) this.invalidRows += 1;
    for (const error of errors) {
      this.errors += 1;
      this.byCode.set(error.code, (this.byCode.get(error.code) ?? 0) + 1);
      if (!this.isFull) this.show(error);
    }
  }

  result(
    { name, id }: Pick<Input, 'name' | 'id'>,
    { encoding, delimiter, columns, isReportTruncated }: ReadAs,
  ) {
    return {
      name,
      original_id: id,
      valid: this.errors === 0,
      row_count: this.rows,
      valid_rows: this.rows - this.invalidRows,
      invalid_rows: this.invalidRows,
      error_count: this.errors,
      // In the order of the codes, and not of the file: the same counts look the same.
      errors_by_code: Object.fromEntries([...this.byCode].sort(([one], [other]) => (one < other ? -1 : 1))),
      errors: this.shown,
      errors_truncated: this.errors > this.shown.length,
      report_truncated: isReportTruncated,
      encoding,
      delimiter,
      columns,
    };
  }

  /** Once one has no room, none after it is shown either: a gap would not be seen. */
  private show(error: RowError): void {
    const { row, line, column, code, params } = error;
    const message = { ...rowSentence(error) };
    const shown = {
      row,
      line,
      ...(column && { column }),
      code,
      ...(params && { params: { ...params } }),
      message,
    };
    this.bytes += Buffer.byteLength(JSON.stringify(shown)) + 1;
    this.isFull = this.shown.length >= this.room.errors || this.bytes > this.room.bytes;
    if (!this.isFull) this.shown.push(shown);
  }
}
