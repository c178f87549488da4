import { Readable } from 'node:stream';
import type { AssemblyError } from '../../lib/domain/assembly-error.ts';
import { assemblyErrorOf } from '../../lib/domain/assembly-error.ts';
import type { Input } from '../../lib/domain/template.ts';
import { csvValidation } from '../../templates/csv-validation.ts';
import { type RunOptions, runSteps, type TestFile } from './step-context.ts';

export interface ShownError {
  readonly row: number;
  readonly line: number;
  readonly column?: string;
  readonly code: string;
  readonly params?: Readonly<Record<string, string | number>>;
  readonly message: { readonly en: string; readonly fr: string };
}

export interface FileResult {
  readonly name: string;
  readonly original_id: string;
  readonly valid: boolean;
  readonly row_count: number;
  readonly valid_rows: number;
  readonly invalid_rows: number;
  readonly error_count: number;
  readonly errors_by_code: Readonly<Record<string, number>>;
  readonly errors: readonly ShownError[];
  readonly errors_truncated: boolean;
  readonly report_truncated: boolean;
  readonly encoding: string;
  readonly delimiter: string;
  readonly columns: number;
}

export interface CsvResult extends Omit<FileResult, 'name' | 'original_id' | 'errors'> {
  readonly files: readonly FileResult[];
}

export const csvFile = (content: string | Uint8Array, name = 'people.csv'): TestFile => ({
  name,
  bytes: typeof content === 'string' ? Buffer.from(content) : content,
});

/** The same as a step is given it. */
export const csvInput = (bytes: Uint8Array): Input => ({
  id: '1',
  name: 'x.csv',
  basename: 'x',
  ext: 'csv',
  size: bytes.length,
  mime: 'text/csv',
  field: 'file',
  md5hash: '',
  meta: {},
  stream: async () => Readable.from([bytes]),
});

/** Runs the template as the worker does. */
export async function validateFiles(fields: object, files: readonly TestFile[], options: RunOptions = {}) {
  const run = await runSteps(csvValidation, fields, { files, ...options });
  return { ...run, result: run.result as unknown as CsvResult };
}

/** What is said of one file, and its result files by name. */
export async function validateCsv(fields: object, content: string | Uint8Array) {
  const { result, results } = await validateFiles(fields, [csvFile(content)]);
  const kept = Object.fromEntries(
    (results.validate ?? []).map(({ name, bytes }) => [name, bytes.toString()]),
  );
  return { ...(result.files[0] as FileResult), kept };
}

/** Each error in a line: row, line, column, code. */
export const errorLines = ({ errors }: Pick<FileResult, 'errors'>): string[] =>
  errors.map(({ row, line, column = '-', code }) => `${row} ${line} ${column} ${code}`);

/** Why the file was refused. */
export async function refusalOf(fields: object, file: TestFile): Promise<AssemblyError> {
  try {
    await validateFiles(fields, [file]);
  } catch (error) {
    return assemblyErrorOf(error, 'validate');
  }
  throw new Error('It was not refused');
}
