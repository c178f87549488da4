import * as z from 'zod';

const columnName = z.string().min(1).max(100);
const literal = z.union([z.string().max(200), z.number(), z.boolean()], {
  error: 'must be a string of 200 characters at most, a number, true or false',
});

/** What is said of one cell: exactly one thing. One object, and no union, so that a wrong part can be pointed at. */
const CsvCondition = z.strictObject({
  column: columnName,
  equals: literal.optional(),
  not_equals: literal.optional(),
  one_of: z.array(literal).min(1).max(100).optional(),
  empty: z.boolean().optional(),
});
export type CsvCondition = z.infer<typeof CsvCondition>;

const COMPARISONS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** What is said of several cells of a row: a comparison, an `if` with its `then`, or `at_least_one`. */
export const CsvRule = z.strictObject({
  /** What the errors call it; its number where absent. */
  name: z.string().min(1).max(60).optional(),
  /** What people read in place of Waybill's own words. */
  message: z.strictObject({ en: z.string().min(1).max(200), fr: z.string().min(1).max(200) }).optional(),
  left: columnName.optional(),
  operator: z.enum(COMPARISONS).optional(),
  right: columnName.optional(),
  if: CsvCondition.optional(),
  // biome-ignore lint/suspicious/noThenProperty: it is no function, and `if` and `then` are what everybody calls them
  then: CsvCondition.optional(),
  at_least_one: z.array(columnName).min(2).max(20).optional(),
});
export type CsvRule = z.infer<typeof CsvRule>;
