import * as z from 'zod';
import { anyJson } from '../lib/domain/any-json.ts';
import { MAX_RESULT_BYTES } from '../lib/domain/assembly.ts';
import { defineTemplate, type StepContext } from '../lib/domain/template.ts';
import { CsvFault, csvFileError } from './csv-fault.ts';
import { CsvFields } from './csv-fields.ts';
import { validateCsvFile } from './csv-file-validation.ts';
import { CsvSummary } from './csv-summary.ts';

/** Each has a part of the status for its errors. */
const MAX_FILES = 10;
/** Of the result: what is said of a file beside its errors, with the longest name. */
const FILE_BYTES = 1_500;
/** The totals. */
const TOTAL_BYTES = 300;

/** What an earlier run has said of the files that are not done again. */
const Before = z.object({
  files: z
    .array(
      z
        .object({
          row_count: z.number(),
          valid_rows: z.number(),
          invalid_rows: z.number(),
          error_count: z.number(),
        })
        .catchall(anyJson),
    )
    .default([]),
});

/** CSV files of any length, row by row against a declared schema. What is wrong with rows is the result, and no failure. */
export const csvValidation = defineTemplate({
  id: 'csv-validation',
  uploads: { min: 1, max: MAX_FILES },
  fields: CsvFields,
  steps: [{ name: 'validate', title: 'Validating rows', run: validateFiles }],
});

async function validateFiles(context: StepContext<CsvFields>) {
  const { files } = z.parse(Before, (await context.previousResult()) ?? {});
  const total = context.inputs.length;
  const share = Math.floor((MAX_RESULT_BYTES - TOTAL_BYTES) / (files.length + total));
  let begun = 0;
  await context.eachInput(async (input) => {
    const before = begun++;
    const summary = new CsvSummary({ errors: context.fields.max_errors, bytes: share - FILE_BYTES });
    const progress = (fraction: number): void =>
      context.progress((before + fraction) / total, `${input.name}: ${summary.rowCount}`);
    try {
      files.push(summary.result(input, await validateCsvFile(context, input, summary, progress)));
    } catch (error) {
      throw error instanceof CsvFault ? csvFileError(error, input.name) : error;
    }
  });
  const sum = (count: 'row_count' | 'valid_rows' | 'invalid_rows' | 'error_count'): number =>
    files.reduce((all, file) => all + file[count], 0);
  return {
    valid: sum('error_count') === 0,
    row_count: sum('row_count'),
    valid_rows: sum('valid_rows'),
    invalid_rows: sum('invalid_rows'),
    error_count: sum('error_count'),
    files,
  };
}
