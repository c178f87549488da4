import { FileError, ValidationError } from '../lib/domain/assembly-error.ts';
import type { Sentence } from '../lib/domain/language.ts';

/** Why a file cannot be read as the CSV that was declared. docs/csv-validation.md explains each. */
export type CsvFaultCode =
  | 'csv_empty'
  | 'csv_not_text'
  | 'csv_encoding'
  | 'csv_quote_misplaced'
  | 'csv_quote_not_closed'
  | 'csv_row_too_long'
  | 'csv_columns_missing'
  | 'csv_columns_unknown'
  | 'csv_column_repeated'
  | 'csv_too_many_values'
  | 'csv_pattern_too_costly';

interface FaultParams {
  /** From 1, as an editor counts them. */
  readonly line?: number;
  /** Where the row begins that the line belongs to. */
  readonly rowLine?: number;
  /** What the file is instead, or how it was to be encoded. */
  readonly kind?: string;
  readonly names?: readonly string[];
  readonly limit?: number;
}

/** Thrown by what reads a file and does not know its name. */
export class CsvFault extends Error {
  readonly code: CsvFaultCode;
  readonly params: FaultParams;

  constructor(code: CsvFaultCode, params: FaultParams = {}) {
    super(code);
    this.code = code;
    this.params = params;
  }
}

/**
 * The error of the file, for people, which no retry will help: the file has to be made anew, or the schema, and then no
 * other file is held against it.
 */
export function csvFileError({ code, params }: CsvFault, name: string): FileError | ValidationError {
  const en = ENGLISH[code](params);
  const fr = FRENCH[code](params);
  const sentence: Sentence = { en: `The file “${name}” ${en}`, fr: `Le fichier « ${name} » ${fr}` };
  return code === 'csv_pattern_too_costly'
    ? new ValidationError(code, sentence)
    : new FileError(code, sentence);
}

type Say = (params: FaultParams) => string;

const MAX_NAMES = 5;
/** Of a name that the file gave. */
const MAX_NAME_LENGTH = 100;

function list(names: readonly string[] = [], [open, close, more]: readonly [string, string, string]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => `${open}${name.slice(0, MAX_NAME_LENGTH)}${close}`);
  const hidden = names.length - shown.length;
  return shown.join(', ') + (hidden > 0 ? ` ${more.replace('#', String(hidden))}` : '');
}

const english = (names?: readonly string[]): string => list(names, ['“', '”', 'and # more']);
const french = (names?: readonly string[]): string => list(names, ['« ', ' »', 'et # autres']);

const ENGLISH: Readonly<Record<CsvFaultCode, Say>> = {
  csv_empty: () => 'is empty.',
  csv_not_text: ({ kind, line }) =>
    kind ? `is a file of the kind ${kind} and not a CSV file.` : `is not text: see line ${line}.`,
  csv_encoding: ({ kind, line }) => `is not encoded in ${kind}: see line ${line}.`,
  csv_quote_misplaced: ({ line, rowLine }) =>
    `has a quotation mark where none may be, on line ${line}${rowLine === line ? '' : ` (the row begins on line ${rowLine})`}.`,
  csv_quote_not_closed: ({ line }) =>
    `has a quotation mark that is never closed, in the row that begins on line ${line}.`,
  csv_row_too_long: ({ line, rowLine, limit }) =>
    rowLine === line
      ? `has a line of more than ${limit} KB: line ${line}.`
      : `has a row of more than ${limit} KB, or a quotation mark that is never closed: the row that begins on line ${rowLine}.`,
  csv_columns_missing: ({ names }) => `lacks columns in its first line: ${english(names)}.`,
  csv_columns_unknown: ({ names }) => `has columns that nobody asked for: ${english(names)}.`,
  csv_column_repeated: ({ names, line }) =>
    `has a column more than once, on line ${line}: ${english(names)}.`,
  csv_too_many_values: ({ limit, line }) =>
    `has more values than can be compared for uniqueness, ${limit}: see line ${line}.`,
  csv_pattern_too_costly: ({ names }) =>
    `has more text than there is time for with the pattern of the column ${english(names)}: a pattern with fewer and shorter repetitions takes less.`,
};

const FRENCH: Readonly<Record<CsvFaultCode, Say>> = {
  csv_empty: () => 'est vide.',
  csv_not_text: ({ kind, line }) =>
    kind
      ? `est un fichier de type ${kind}, et non un fichier CSV.`
      : `n’est pas du texte : voir la ligne ${line}.`,
  csv_encoding: ({ kind, line }) => `n’est pas encodé en ${kind} : voir la ligne ${line}.`,
  csv_quote_misplaced: ({ line, rowLine }) =>
    `contient un guillemet mal placé à la ligne ${line}${rowLine === line ? '' : ` (la rangée commence à la ligne ${rowLine})`}.`,
  csv_quote_not_closed: ({ line }) =>
    `contient un guillemet qui n’est jamais fermé, dans la rangée qui commence à la ligne ${line}.`,
  csv_row_too_long: ({ line, rowLine, limit }) =>
    rowLine === line
      ? `contient une ligne de plus de ${limit} Ko : la ligne ${line}.`
      : `contient une rangée de plus de ${limit} Ko, ou un guillemet qui n’est jamais fermé : la rangée qui commence à la ligne ${rowLine}.`,
  csv_columns_missing: ({ names }) =>
    `n’a pas toutes les colonnes dans sa première ligne ; il manque ${french(names)}.`,
  csv_columns_unknown: ({ names }) => `contient des colonnes qui ne sont pas attendues : ${french(names)}.`,
  csv_column_repeated: ({ names, line }) =>
    `contient une colonne plus d’une fois, à la ligne ${line} : ${french(names)}.`,
  csv_too_many_values: ({ limit, line }) =>
    `contient plus de valeurs que l’on ne peut en comparer pour l’unicité, soit ${limit} : voir la ligne ${line}.`,
  csv_pattern_too_costly: ({ names }) =>
    `contient plus de texte qu’il n’y a de temps pour le motif de la colonne ${french(names)} : un motif avec moins de répétitions, et de plus courtes, en demande moins.`,
};
