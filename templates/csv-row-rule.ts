import type { CsvColumn } from './csv-column.ts';
import { literalValue } from './csv-literal.ts';
import type { Comparison, CsvCondition, CsvRule } from './csv-rule.ts';
import type { CsvValue } from './csv-value.ts';

/** The values of a row by column: undefined for an empty cell, `WRONG` for one that has an error of its own. */
export type RowValues = ReadonlyMap<string, CsvValue | typeof WRONG | undefined>;

export const WRONG: unique symbol = Symbol('wrong');

/** True where the row keeps the rule, or cannot be held to it because a cell is wrong already. */
export type RowCheck = (values: RowValues) => boolean;

const COMPARE: Readonly<Record<Comparison, (left: CsvValue, right: CsvValue) => boolean>> = {
  '=': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** @param rule one that `fieldFaults` finds nothing wrong with */
export function rowCheck(rule: CsvRule, columns: ReadonlyMap<string, CsvColumn>): RowCheck {
  const { left = '', operator, right = '', if: when, then, at_least_one } = rule;
  if (operator) return comparison(left, COMPARE[operator], right);
  if (when && then) {
    const [applies, holds] = [conditionCheck(when, columns), conditionCheck(then, columns)];
    return (values) => applies(values) !== true || holds(values) !== false;
  }
  const names = at_least_one ?? [];
  return (values) => names.some((name) => values.get(name) !== undefined);
}

/** A cell that is empty is compared with nothing. */
const comparison =
  (left: string, compare: (left: CsvValue, right: CsvValue) => boolean, right: string): RowCheck =>
  (values) => {
    const one = values.get(left);
    const other = values.get(right);
    if (one === undefined || other === undefined || one === WRONG || other === WRONG) return true;
    return compare(one, other);
  };

/** Whether it is so; undefined where the cell is wrong, and nobody can tell. */
function conditionCheck(
  { column: name, equals, not_equals, one_of, empty }: CsvCondition,
  columns: ReadonlyMap<string, CsvColumn>,
): (values: RowValues) => boolean | undefined {
  if (empty !== undefined) return (values) => (values.get(name) === undefined) === empty;
  const column = columns.get(name) as CsvColumn;
  const named = one_of ?? [equals ?? not_equals ?? ''];
  const literals = new Set(named.map((literal) => literalValue(column, literal)));
  return (values) => {
    const value = values.get(name);
    if (value === WRONG) return undefined;
    return (value !== undefined && literals.has(value)) === (not_equals === undefined);
  };
}
