import { type CellCheck, cellCheck } from './csv-cell-check.ts';
import type { CsvColumn } from './csv-column.ts';
import { CsvFault } from './csv-fault.ts';
import type { CsvFields } from './csv-fields.ts';
import type { ColumnPlaces } from './csv-header.ts';
import { PatternWork } from './csv-pattern-work.ts';
import type { RowError } from './csv-row-error.ts';
import { ruleSentence } from './csv-row-error.ts';
import { type RowCheck, type RowValues, rowCheck, WRONG } from './csv-row-rule.ts';
import type { CsvRow } from './csv-rows.ts';
import { SeenValues } from './csv-seen-values.ts';
import type { CsvValue } from './csv-value.ts';

/** Of all that is unique in a file together: some 100 MB. */
const MAX_SEEN_VALUES = 4_000_000;

interface PlacedColumn {
  readonly column: CsvColumn;
  readonly place: number;
  readonly check: CellCheck;
}

interface PlacedKey {
  readonly names: readonly string[];
  readonly places: readonly number[];
  readonly seen: SeenValues;
}

interface PlacedRule {
  readonly check: RowCheck;
  readonly error: Pick<RowError, 'code' | 'column' | 'params' | 'message'>;
}

/** Finds what is wrong with the rows of one file. The errors of a row are in the order of the schema: cells, uniqueness, rules. */
export class CsvRowCheck {
  private readonly width: number;
  private readonly columns: readonly PlacedColumn[];
  private readonly keys: readonly PlacedKey[];
  private readonly rules: readonly PlacedRule[];
  /** Of the row at hand. Never cleared: V8 keeps each cleared table alive with all that the next ones hold. */
  private readonly values = new Map<string, CsvValue | typeof WRONG | undefined>();
  private seenValues = 0;

  /** @param width how many cells the header has */
  constructor(
    fields: CsvFields,
    places: ColumnPlaces,
    width: number,
    patternWork: PatternWork = new PatternWork(),
  ) {
    this.width = width;
    this.columns = fields.columns.flatMap((column) => {
      const place = places.get(column.name);
      return place === undefined
        ? []
        : [{ column, place, check: cellCheck(column, fields.decimal_separator, patternWork) }];
    });
    const keys = [
      ...fields.columns.filter(({ unique }) => unique).map(({ name }) => [name]),
      ...fields.unique,
    ];
    // A key of which the file lacks a column says nothing.
    this.keys = keys
      .map((names) => ({
        names,
        places: names.flatMap((name) => places.get(name) ?? []),
        seen: new SeenValues(),
      }))
      .filter((key) => key.places.length === key.names.length);
    const byName = new Map(fields.columns.map((column) => [column.name, column]));
    this.rules = fields.rules.map((rule, index) => ({
      check: rowCheck(rule, byName),
      error: {
        code: 'rule_broken',
        column: rule.then?.column ?? rule.left ?? rule.at_least_one?.[0] ?? '',
        params: { rule: rule.name ?? index + 1 },
        message: ruleSentence(rule),
      },
    }));
  }

  /**
   * @param row its number, from 1
   * @throws CsvFault `csv_too_many_values` or `csv_pattern_too_costly`
   */
  errorsOf({ cells, line }: CsvRow, row: number): RowError[] {
    // Which cell is which cannot be told.
    if (cells.length !== this.width)
      return [{ row, line, code: 'wrong_cell_count', params: { expected: this.width, found: cells.length } }];
    const errors: RowError[] = [];
    for (const { column, place, check } of this.columns) {
      const text = (cells[place] ?? '').trim();
      const checked = text === '' ? undefined : check(text);
      if (checked?.fault) errors.push({ row, line, column: column.name, ...checked.fault, value: text });
      else if (!checked && !column.nullable)
        errors.push({ row, line, column: column.name, code: 'value_missing' });
      this.values.set(column.name, checked?.fault ? WRONG : checked?.value);
    }
    for (const key of this.keys) errors.push(...this.duplicateOf(key, { row, line, cells }));
    const values: RowValues = this.values;
    for (const { check, error } of this.rules) if (!check(values)) errors.push({ row, line, ...error });
    return errors;
  }

  /** Values that are wrong are compared as well: the same wrong number twice is wrong in two ways. */
  private duplicateOf(
    { names, places, seen }: PlacedKey,
    { row, line, cells }: CsvRow & { readonly row: number },
  ): RowError[] {
    const parts = places.map((place) => (cells[place] ?? '').trim().normalize('NFC'));
    if (parts.includes('')) return [];
    if (this.seenValues >= MAX_SEEN_VALUES)
      throw new CsvFault('csv_too_many_values', { limit: MAX_SEEN_VALUES, line });
    const first = seen.add(parts.length === 1 ? (parts[0] ?? '') : JSON.stringify(parts), row);
    if (first === undefined) {
      this.seenValues += 1;
      return [];
    }
    return [
      {
        row,
        line,
        column: names.join(' + '),
        code: 'duplicate',
        params: { first_row: first },
        value: parts.join(' + '),
      },
    ];
  }
}
