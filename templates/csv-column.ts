import * as z from 'zod';
import { DATE_FORMATS, DEFAULT_DATE_FORMAT } from './csv-value.ts';

/** A pattern that somebody can still read. */
const MAX_PATTERN_LENGTH = 200;
/** Of a cell. */
const length = z
  .number()
  .int()
  .min(0)
  .max(2 ** 20);

const common = {
  /** As the header of the file has it. */
  name: z.string().min(1).max(100),
  /** Whether the file must have the column. */
  required: z.boolean().default(true),
  /** Whether its cells may be empty. */
  nullable: z.boolean().default(false),
  /** Whether no value may come twice. Empty cells do not count. */
  unique: z.boolean().default(false),
};

/** One column of a file, by the type of its values. */
export const CsvColumn = z.discriminatedUnion('type', [
  z.strictObject({
    ...common,
    type: z.literal('string'),
    /** In characters, after white space at both ends was taken off. */
    min_length: length.optional(),
    max_length: length.optional(),
    /** For the whole value: see docs/csv-validation.md for what it may have. */
    pattern: z.string().min(1).max(MAX_PATTERN_LENGTH).optional(),
    one_of: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('integer'),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
  }),
  z.strictObject({ ...common, type: z.literal('boolean') }),
  z.strictObject({
    ...common,
    type: z.literal('date'),
    format: z.enum(DATE_FORMATS).default(DEFAULT_DATE_FORMAT),
    /** As YYYY-MM-DD, whatever the format of the cells. */
    min: z.iso.date().optional(),
    max: z.iso.date().optional(),
  }),
  z.strictObject({
    ...common,
    type: z.literal('datetime'),
    min: z.iso.datetime({ offset: true }).optional(),
    max: z.iso.datetime({ offset: true }).optional(),
  }),
  z.strictObject({ ...common, type: z.literal('email') }),
]);
export type CsvColumn = z.infer<typeof CsvColumn>;
