import { harmlessCell } from './csv-cell.ts';
import type { CsvResultFile } from './csv-result-file.ts';
import { type RowError, rowSentence } from './csv-row-error.ts';

/**
 * Spreadsheets open 1,048,576 rows and hardly a file of 256 MB. Without a bound, three bytes of a file can break a hundred
 * rules, each with a line of 800 bytes: 600 KB would become gigabytes.
 */
const ROOM = { lines: 1_000_000, bytes: 256 * 2 ** 20 };
/** With the mark by which Excel knows UTF-8: without it, no accent of the French sentences would come through. */
const HEADER = ['\ufeffrow', 'line', 'column', 'code', 'value', 'message_en', 'message_fr'];
/** Who looks for more of it has the file. */
const MAX_VALUE_LENGTH = 200;

/** The errors of a file, a line each, in a result file: all of them, or the first where they are too many. */
export class CsvReport {
  private readonly file: Pick<CsvResultFile, 'write'>;
  private readonly room: typeof ROOM;
  private lines = 0;
  private bytes = 0;
  private isFull = false;

  /** @param room for the lines of errors */
  constructor(file: Pick<CsvResultFile, 'write'>, room = ROOM) {
    this.file = file;
    this.room = room;
  }

  get isTruncated(): boolean {
    return this.isFull;
  }

  /** @param delimiter the same each time */
  async add(errors: readonly RowError[], delimiter: string): Promise<void> {
    for (const error of errors) {
      if (this.isFull) return;
      if (this.lines === 0) await this.file.write(`${HEADER.join(delimiter)}\r\n`);
      const line = reportLine(error, delimiter);
      this.lines += 1;
      this.bytes += Buffer.byteLength(line);
      this.isFull = this.lines > this.room.lines || this.bytes > this.room.bytes;
      await this.file.write(this.isFull ? lastLine(error, this.lines - 1, delimiter) : line);
    }
  }
}

/** It is opened in spreadsheets, so no cell of it can be a formula. */
function reportLine(error: RowError, delimiter: string): string {
  const { row, line, column = '', code, value = '' } = error;
  const { en, fr } = rowSentence(error);
  const texts = [column, code, value.slice(0, MAX_VALUE_LENGTH).toWellFormed(), en, fr];
  return `${[row, line, ...texts.map((text) => harmlessCell(text, delimiter))].join(delimiter)}\r\n`;
}

/** In the place of the first error that is left out, so that nobody takes the report for the whole. */
function lastLine({ row, line }: RowError, before: number, delimiter: string): string {
  const message = {
    en: `The report ends here, after ${before} errors. The result has the counts of all.`,
    fr: `Le rapport s’arrête ici, après ${before} erreurs. Le résultat en donne le compte complet.`,
  };
  return reportLine({ row, line, code: 'report_truncated', message }, delimiter);
}
