import type { CsvColumn } from './csv-column.ts';
import { literalValue } from './csv-literal.ts';
import type { PatternWork } from './csv-pattern-work.ts';
import {
  type CsvValue,
  isEmail,
  parseBoolean,
  parseDate,
  parseDateTime,
  parseInteger,
  parseNumber,
} from './csv-value.ts';
import { PatternMatcher } from './pattern-matcher.ts';

/** What is wrong with a cell. */
export interface CellFault {
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>>;
}

/** A value that can be compared, or what is wrong with the cell. */
export type CheckedCell =
  | { readonly value: CsvValue; readonly fault?: undefined }
  | { readonly fault: CellFault };

/** Takes a cell that is not empty, without the white space around it. */
export type CellCheck = (text: string) => CheckedCell;

/** A longer value matches no pattern. */
const MAX_MATCHED_LENGTH = 1_000;
/** Of the values that would have been right. */
const MAX_NAMED = 5;

/** Makes ready what can be before the first row. */
export function cellCheck(
  column: CsvColumn,
  decimalSeparator: '.' | ',',
  patternWork: PatternWork,
): CellCheck {
  switch (column.type) {
    case 'string':
      return stringCheck(column, patternWork);
    case 'integer':
      return rangeCheck(column, parseInteger, 'not_an_integer');
    case 'number':
      return rangeCheck(column, (text) => parseNumber(text, decimalSeparator), 'not_a_number');
    case 'boolean':
      return typeCheck(parseBoolean, { code: 'not_a_boolean' });
    case 'date':
      return rangeCheck(column, (text) => parseDate(text, column.format), 'not_a_date', {
        format: column.format,
      });
    case 'datetime':
      return rangeCheck(column, parseDateTime, 'not_a_datetime');
    case 'email':
      return typeCheck((text) => (isEmail(text) ? text.normalize('NFC') : undefined), {
        code: 'not_an_email',
      });
  }
}

const typeCheck =
  (parse: (text: string) => CsvValue | undefined, fault: CellFault): CellCheck =>
  (text) => {
    const value = parse(text);
    return value === undefined ? { fault } : { value };
  };

type Ranged = Extract<CsvColumn, { type: 'integer' | 'number' | 'date' | 'datetime' }>;

function rangeCheck(
  column: Ranged,
  parse: (text: string) => number | undefined,
  code: string,
  params?: CellFault['params'],
): CellCheck {
  const bound = (at: string | number | undefined, otherwise: number): number =>
    at === undefined ? otherwise : Number(literalValue(column, at));
  const least = bound(column.min, Number.NEGATIVE_INFINITY);
  const most = bound(column.max, Number.POSITIVE_INFINITY);
  const isTime = column.type === 'date' || column.type === 'datetime';
  const tooSmall = { code: isTime ? 'too_early' : 'too_small', params: { min: column.min ?? '' } };
  const tooLarge = { code: isTime ? 'too_late' : 'too_large', params: { max: column.max ?? '' } };
  const notOfType = { code, ...(params && { params }) };
  return (text) => {
    const value = parse(text);
    if (value === undefined) return { fault: notOfType };
    if (value < least) return { fault: tooSmall };
    return value > most ? { fault: tooLarge } : { value };
  };
}

function stringCheck(column: Extract<CsvColumn, { type: 'string' }>, patternWork: PatternWork): CellCheck {
  const { min_length = 0, max_length = Number.POSITIVE_INFINITY, pattern, one_of } = column;
  const matcher = pattern === undefined ? undefined : new PatternMatcher(pattern);
  const matches = (value: string): boolean => {
    if (!matcher) return true;
    if (value.length > MAX_MATCHED_LENGTH) return false;
    const before = matcher.work;
    const isMatch = matcher.matches(value);
    patternWork.spend(matcher.work - before, column.name);
    return isMatch;
  };
  const allowed = one_of && new Set(one_of.map((value) => value.normalize('NFC')));
  const notAllowed = { code: 'not_one_of', params: { allowed: named(one_of ?? []) } };
  return (text): CheckedCell => {
    const value = text.normalize('NFC');
    // Where the code units are few or many enough, the characters need no counting.
    const length =
      value.length >= min_length * 2 && value.length <= max_length ? min_length : lengthOf(value);
    if (length < min_length) return { fault: { code: 'too_short', params: { min: min_length } } };
    if (length > max_length) return { fault: { code: 'too_long', params: { max: max_length } } };
    if (allowed && !allowed.has(value)) return { fault: notAllowed };
    return matches(value) ? { value } : { fault: { code: 'pattern_mismatch' } };
  };
}

function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

function named(values: readonly string[]): string {
  const shown = values.slice(0, MAX_NAMED).map((value) => value.slice(0, 40));
  return [...shown, ...(values.length > MAX_NAMED ? ['…'] : [])].join(', ');
}
