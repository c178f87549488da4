import { DELIMITERS, type Delimiter } from './csv-delimiters.ts';
import { headerName } from './csv-header.ts';

/** A header is shorter. */
const MAX_HEADER_LENGTH = 64 * 1024;

/**
 * Finds what separates the cells, by the first line that has anything: that which gives the most names of the schema, and
 * where none gives any, that which is there most often.
 */
export function findDelimiter(text: string, names: readonly string[]): Delimiter {
  const [line = ''] = text.slice(0, MAX_HEADER_LENGTH).trimStart().split('\n', 1);
  const known = new Set(names.map(headerName));
  const scores = DELIMITERS.map((delimiter) => {
    const cells = line.split(delimiter);
    const found = cells.filter((cell) => known.has(headerName(unquoted(cell)))).length;
    return { delimiter, found, cells: cells.length };
  });
  const [best] = scores.sort((one, other) => other.found - one.found || other.cells - one.cells);
  return best?.delimiter ?? ',';
}

const unquoted = (cell: string): string => cell.trim().replace(/^"|"$/g, '').replaceAll('""', '"');
