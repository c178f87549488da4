import * as z from 'zod';
import { CsvColumn } from './csv-column.ts';
import { DELIMITERS } from './csv-delimiters.ts';
import { ENCODINGS } from './csv-encoding.ts';
import { fieldFaults } from './csv-field-faults.ts';
import { CsvRule } from './csv-rule.ts';

/** A choice: more than anybody reads in a status, and who wants all has the report. */
export const MAX_SHOWN_ERRORS = 100;

const columnName = z.string().min(1).max(100);

/** What a file has to be like: the fields of a submission of `csv-validation`. */
export const CsvFields = z
  .strictObject({
    encoding: z.enum(['auto', ...ENCODINGS]).default('auto'),
    delimiter: z.enum(['auto', ...DELIMITERS]).default('auto'),
    /** What stands before the decimals of a `number`. */
    decimal_separator: z.enum(['.', ',']).default('.'),
    columns: z.array(CsvColumn).min(1).max(200),
    /** Columns whose values together may not come twice. */
    unique: z.array(z.array(columnName).min(2).max(10)).max(10).default([]),
    rules: z.array(CsvRule).max(100).default([]),
    /** Whether the file may have columns that are not named here. */
    allow_extra_columns: z.boolean().default(false),
    /** How many errors the status shows of a file, where its room is enough. The report has more. */
    max_errors: z.number().int().min(0).max(MAX_SHOWN_ERRORS).default(MAX_SHOWN_ERRORS),
    /** Whether the rows without an error are kept as a file of their own. */
    keep_valid_rows: z.boolean().default(false),
    /** Not used. The assembly id is a hash of the fields, so another nonce makes completed work run again. */
    nonce: z.string().max(128).optional(),
  })
  .superRefine((fields, context) => {
    for (const { path, message } of fieldFaults(fields))
      context.addIssue({ code: 'custom', path: [...path], message });
  });
export type CsvFields = z.infer<typeof CsvFields>;
