/** The four kinds of failure that a person can act on differently. Source: seed 001 (facnet). */
export const ERROR_CATEGORIES = ['QUEUE_ERROR', 'FILE_ERROR', 'VALIDATION_ERROR', 'WORKER_ERROR'] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/** Why an assembly failed, as it is stored. `error` in the status is rendered from it when the status is read. */
export interface AssemblyError {
  /** Stable, for programs: snake_case for ours, free for external workers (seed 004's `ModelTimeout`). */
  readonly code: string;
  readonly category: ErrorCategory;
  /** Fills the sentence of a code of ours. */
  readonly params?: Readonly<Record<string, string | number>>;
  /** The sentence itself, where a template or an external worker wrote its own. */
  readonly message?: string;
  /** The raw text, for the developer and not for the reader. */
  readonly details?: string;
}

/** A raw text longer than this is cut: an item must stay small, and a stack of megabytes helps nobody. */
export const MAX_ERROR_DETAILS = 2_000;

/** As many characters as an external worker's sentence may have. */
const MAX_ERROR_MESSAGE = 1_000;

type Sentence = (params: NonNullable<AssemblyError['params']>) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  step_failed: ({ step }) => `The step “${step}” failed unexpectedly.`,
  fields_invalid: () => 'The fields are not what the template accepts any more.',
  template_missing: ({ template }) => `The template “${template}” does not exist any more.`,
  result_too_large: ({ limit }) => `The result is larger than the ${limit} KB that a status can hold.`,
  external_failure: () => 'The external worker reported a failure.',
  canceled: () => 'The assembly was canceled.',
};

export const renderError = ({ code, message, params = {} }: AssemblyError): string =>
  message ??
  (Object.hasOwn(SENTENCES, code) ? SENTENCES[code]?.(params) : undefined) ??
  'The assembly failed.';

/** What a step throws to say what is wrong in words that the reader of the status understands. */
export class StepError extends Error {
  override readonly name = 'StepError';
  readonly code: string;
  readonly category: ErrorCategory;

  constructor(code: string, category: ErrorCategory, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.category = category;
  }
}

/** Any error that left a step, as the assembly keeps it: a typed one speaks for itself, another one is the step's failure. */
export function assemblyErrorOf(error: unknown, step: string): AssemblyError {
  if (error instanceof StepError) {
    const { code, category } = error;
    const message = cut(error.message, MAX_ERROR_MESSAGE);
    return error.cause === undefined
      ? { code, category, message }
      : { code, category, message, details: rawText(error.cause) };
  }
  return { code: 'step_failed', category: 'WORKER_ERROR', params: { step }, details: rawText(error) };
}

const rawText = (error: unknown): string => cut(textOf(error), MAX_ERROR_DETAILS);

/** Anything can be thrown, also what refuses to become a text; the assembly must end all the same. */
function textOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'What was thrown cannot be shown as text.';
  }
}

/** Well-formed after the cut, which may fall between the two halves of a surrogate pair. */
const cut = (text: string, length: number): string => text.slice(0, length).toWellFormed();
