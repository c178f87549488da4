import type { CsvColumn } from './csv-column.ts';
import { literalValue } from './csv-literal.ts';
import type { CsvCondition, CsvRule } from './csv-rule.ts';
import { type CsvValue, isEmail } from './csv-value.ts';
import { PatternMatcher } from './pattern-matcher.ts';
import { PatternError } from './pattern-syntax.ts';

export interface FieldFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Declared {
  readonly columns: readonly CsvColumn[];
  readonly unique: readonly (readonly string[])[];
  readonly rules: readonly CsvRule[];
}

/** Each remembers some of what it has seen. */
const MAX_PATTERNS = 50;
/** Each remembers every value of a file. */
const MAX_UNIQUE = 10;

/** What is wrong between the parts of a schema, each of which is right by itself. */
export function fieldFaults({ columns, unique, rules }: Declared): FieldFault[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return [
    ...columns.flatMap((column, index) =>
      [...nameFaults(column, columns.slice(0, index)), ...columnFaults(column)].map(under('columns', index)),
    ),
    ...countFaults(columns, unique),
    ...unique.flatMap((names, index) => namesFaults(names, byName).map(under('unique', index))),
    ...rules.flatMap((rule, index) => ruleFaults(rule, byName).map(under('rules', index))),
  ];
}

const under =
  (...root: (string | number)[]) =>
  ({ path, message }: FieldFault): FieldFault => ({ path: [...root, ...path], message });

const fault = (message: string, ...path: (string | number)[]): FieldFault => ({ path, message });

const isSameName = (one: string, other: string): boolean => one.normalize('NFC') === other.normalize('NFC');

const nameFaults = ({ name }: CsvColumn, before: readonly CsvColumn[]): FieldFault[] => [
  ...(before.some((other) => isSameName(other.name, name))
    ? [fault('is the name of another column', 'name')]
    : []),
  ...(name.trim() === name ? [] : [fault('may not begin or end with white space', 'name')]),
];

function columnFaults(column: CsvColumn): FieldFault[] {
  if (column.type === 'boolean' || column.type === 'email') return [];
  if (column.type === 'string') {
    const { min_length = 0, max_length = min_length, pattern, one_of = [] } = column;
    return [
      ...(min_length > max_length ? [fault('is more than max_length', 'min_length')] : []),
      ...patternFaults(pattern),
      ...one_of.flatMap((value, index) => literalFaults(column, value, ['one_of', index])),
    ];
  }
  const { min, max } = column;
  // A bound that no cell can be compared with would be none.
  const faults = (['min', 'max'] as const).flatMap((bound) => {
    const at = column[bound];
    return at === undefined || literalValue(column, at) !== undefined ? [] : [fault(noValue(column), bound)];
  });
  if (faults.length > 0 || min === undefined || max === undefined) return faults;
  return Number(literalValue(column, min)) > Number(literalValue(column, max))
    ? [fault('is more than max', 'min')]
    : [];
}

const noValue = ({ type }: CsvColumn): string => `is no value of a column of the type ${type}`;

/** A value that no cell can have, as it is compared, would never be found, and nobody would learn why. */
function literalFaults(
  column: CsvColumn,
  literal: CsvValue,
  path: readonly (string | number)[],
): FieldFault[] {
  const { type } = column;
  if (literal === '') return [fault('is nothing: “empty” asks for that', ...path)];
  if (typeof literal === 'string' && literal.trim() !== literal)
    return [fault('may not begin or end with white space, which does not count in cells', ...path)];
  const isOfType =
    literalValue(column, literal) !== undefined &&
    (type !== 'integer' || Number.isSafeInteger(literal)) &&
    (type !== 'email' || isEmail(String(literal)));
  return isOfType ? [] : [fault(noValue(column), ...path)];
}

function patternFaults(pattern: string | undefined): FieldFault[] {
  try {
    if (pattern !== undefined) new PatternMatcher(pattern);
    return [];
  } catch (error) {
    if (error instanceof PatternError) return [fault(error.message, 'pattern')];
    throw error;
  }
}

function countFaults(columns: Declared['columns'], unique: Declared['unique']): FieldFault[] {
  const patterns = columns.filter((column) => 'pattern' in column).length;
  const keys = columns.filter((column) => column.unique).length + unique.length;
  return [
    ...(patterns > MAX_PATTERNS ? [fault(`may have ${MAX_PATTERNS} patterns at most`, 'columns')] : []),
    ...(keys > MAX_UNIQUE
      ? [fault(`may ask ${MAX_UNIQUE} times for uniqueness at most, columns included`, 'unique')]
      : []),
  ];
}

const UNKNOWN = 'is not the name of a column';

const namesFaults = (names: readonly string[], byName: ReadonlyMap<string, CsvColumn>): FieldFault[] =>
  names.flatMap((name, index) => [
    ...(byName.has(name) ? [] : [fault(UNKNOWN, index)]),
    ...(names.indexOf(name) < index ? [fault('is named twice', index)] : []),
  ]);

function ruleFaults(rule: CsvRule, byName: ReadonlyMap<string, CsvColumn>): FieldFault[] {
  const { left, operator, right, if: when, then, at_least_one } = rule;
  const kinds = [[left, operator, right], [when, then], [at_least_one]];
  const begun = kinds.filter((parts) => parts.some((part) => part !== undefined));
  if (begun.length !== 1 || begun[0]?.includes(undefined))
    return [fault('must have left, operator and right, or if and then, or at_least_one')];
  return [
    ...comparisonFaults(rule, byName),
    ...(when ? conditionFaults(when, byName).map(under('if')) : []),
    ...(then ? conditionFaults(then, byName).map(under('then')) : []),
    ...(at_least_one ? namesFaults(at_least_one, byName).map(under('at_least_one')) : []),
  ];
}

/** Columns of one kind can be compared with each other. */
const kindOf = ({ type }: CsvColumn): string =>
  type === 'integer' ? 'number' : type === 'email' ? 'string' : type;

function comparisonFaults(
  { left, operator, right }: CsvRule,
  byName: ReadonlyMap<string, CsvColumn>,
): FieldFault[] {
  if (left === undefined || right === undefined) return [];
  const [one, other] = [byName.get(left), byName.get(right)];
  if (!one || !other)
    return [...(one ? [] : [fault(UNKNOWN, 'left')]), ...(other ? [] : [fault(UNKNOWN, 'right')])];
  if (kindOf(one) !== kindOf(other)) return [fault(`is not of the type of “${left}”`, 'right')];
  const isOrder = operator !== '=' && operator !== '!=';
  const hasOrder = ['number', 'date', 'datetime'].includes(kindOf(one));
  return isOrder && !hasOrder ? [fault(`may only be = or != for the type ${one.type}`, 'operator')] : [];
}

function conditionFaults(condition: CsvCondition, byName: ReadonlyMap<string, CsvColumn>): FieldFault[] {
  const { column: name, equals, not_equals, one_of, empty } = condition;
  if ([equals, not_equals, one_of, empty].filter((part) => part !== undefined).length !== 1)
    return [fault('must have exactly one of equals, not_equals, one_of and empty')];
  const column = byName.get(name);
  if (!column) return [fault(UNKNOWN, 'column')];
  const literals = [
    { literal: equals, path: ['equals'] },
    { literal: not_equals, path: ['not_equals'] },
    ...(one_of ?? []).map((literal, index) => ({ literal, path: ['one_of', index] })),
  ];
  return literals.flatMap(({ literal, path }) =>
    literal === undefined ? [] : literalFaults(column, literal, path),
  );
}
