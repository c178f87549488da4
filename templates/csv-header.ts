import { CsvFault } from './csv-fault.ts';
import type { CsvFields } from './csv-fields.ts';
import type { CsvRow } from './csv-rows.ts';

/** Where each column of the schema is in a row; those that the file does not have are absent. */
export type ColumnPlaces = ReadonlyMap<string, number>;

/** A name as names are compared: an é can be one character or two. */
export const headerName = (cell: string): string => cell.trim().normalize('NFC');

/** @throws CsvFault where the file does not have the columns that it should */
export function columnPlaces(
  header: CsvRow,
  { columns, allow_extra_columns }: Pick<CsvFields, 'columns' | 'allow_extra_columns'>,
): ColumnPlaces {
  const names = header.cells.map(headerName);
  const places = new Map<string, number>();
  for (const { name } of columns) {
    const place = names.indexOf(headerName(name));
    if (place >= 0) places.set(name, place);
  }
  const missing = columns.filter(({ name, required }) => required && !places.has(name));
  // A file with none of the columns has no header at all, or is another file.
  const lacking = places.size === 0 ? columns : missing;
  if (lacking.length > 0)
    throw new CsvFault('csv_columns_missing', { names: lacking.map(({ name }) => name) });
  const known = new Set(columns.map(({ name }) => headerName(name)));
  const repeated = names.filter((name, index) => known.has(name) && names.indexOf(name) < index);
  if (repeated.length > 0)
    throw new CsvFault('csv_column_repeated', { names: [...new Set(repeated)], line: header.line });
  const unknown = names.flatMap((name, index) => (known.has(name) ? [] : [name || `#${index + 1}`]));
  if (unknown.length > 0 && !allow_extra_columns)
    throw new CsvFault('csv_columns_unknown', { names: unknown });
  return places;
}
