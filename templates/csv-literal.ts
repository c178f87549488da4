import type { CsvColumn } from './csv-column.ts';
import { type CsvValue, parseDate, parseDateTime } from './csv-value.ts';

/** A value of the schema as the cells of that column are compared with it; undefined where no cell of it could be that. */
export function literalValue({ type }: CsvColumn, literal: CsvValue): CsvValue | undefined {
  switch (type) {
    case 'integer':
    case 'number':
      return typeof literal === 'number' ? literal : undefined;
    case 'boolean':
      return typeof literal === 'boolean' ? literal : undefined;
    case 'date':
      return typeof literal === 'string' ? parseDate(literal, 'YYYY-MM-DD') : undefined;
    case 'datetime':
      return typeof literal === 'string' ? parseDateTime(literal) : undefined;
    default:
      return typeof literal === 'string' ? literal.normalize('NFC') : undefined;
  }
}
