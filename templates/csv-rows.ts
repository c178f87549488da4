import { CsvError, type Info, Parser } from 'csv-parse';
import { CsvFault } from './csv-fault.ts';

/** What a row may have, line breaks in quoted cells included. In UTF-8. */
const MAX_ROW_BYTES = 2 ** 20;

export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins: from 1, as an editor counts. */
  readonly line: number;
}

type Place = Pick<Info, 'lines' | 'empty_lines' | 'bytes'>;

/** Before anything. */
const NOWHERE: Place = { lines: 0, empty_lines: 0, bytes: 0 };

/**
 * The rows of a text, some at a time; the first is the header. Lines with nothing but white space are left out, but for the
 * counting of lines.
 * @param blocks with `\n` for every line break
 * @param delimiterOf what separates cells, by the first block
 * @throws CsvFault of quotation marks and of rows that are too long
 */
export async function* csvRows(
  blocks: AsyncIterable<string>,
  delimiterOf: (text: string) => string,
): AsyncGenerator<CsvRow[]> {
  let rows: CsvRow[] = [];
  let before = NOWHERE;
  /** Where the row begins that the parser is at. */
  const lineOf = (at: Place): number => before.lines + 1 + at.empty_lines - before.empty_lines;
  const checkLength = (at: Place, bytes: number): void => {
    const emptyLines = at.empty_lines - before.empty_lines; // a byte each
    if (bytes - before.bytes - emptyLines > MAX_ROW_BYTES) throw tooLong(lineOf(at), at.lines);
  };
  const parserOf = (delimiter: string): Parser => {
    const parser = new Parser({
      delimiter,
      // With \r\n as well, the parser would count the line breaks in quoted cells twice.
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      // No max_record_size: it does not count empty cells, and a row of a billion commas would fill the memory.
      on_record(cells: string[], place) {
        checkLength(place, place.bytes);
        if (cells.length > 1 || cells[0]?.trim() !== '') rows.push({ cells, line: lineOf(place) });
        before = place;
        return null; // nothing for the readable side, which would cost more than the parsing
      },
    });
    // Who writes hears of errors.
    return parser.on('error', () => {});
  };
  let parser: Parser | undefined;
  let written = 0;
  try {
    for await (const block of blocks) {
      parser ??= parserOf(delimiterOf(block));
      await write(parser, block);
      written += Buffer.byteLength(block);
      checkLength(parser.info, written);
      yield rows;
      rows = [];
    }
    if (parser) await write(parser);
    yield rows;
  } catch (error) {
    throw error instanceof CsvError ? quoteFault(error, lineOf(error as unknown as Place)) : error;
  } finally {
    parser?.destroy();
  }
}

/** Has the block parsed, or where there is none, the end. */
const write = (parser: Parser, block?: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (block === undefined) parser.end(done);
    else parser.write(block, done);
  });

const tooLong = (rowLine: number, line: number): CsvFault =>
  new CsvFault('csv_row_too_long', { rowLine, line, limit: MAX_ROW_BYTES / 1024 });

function quoteFault(error: CsvError, rowLine: number): unknown {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new CsvFault('csv_quote_not_closed', { line: rowLine });
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return new CsvFault('csv_quote_misplaced', { line: Number(error.lines), rowLine });
    default:
      return error;
  }
}
