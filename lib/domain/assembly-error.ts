import { classifyError } from './classify-error.ts';
import type { ErrorCategory } from './error-category.ts';
import type { Language, Sentence } from './language.ts';
import { type ErrorParams, OWN_ERRORS, type OwnError, type OwnErrorCode } from './own-errors.ts';

/** Why an assembly, or one file of it, failed, as it is stored: what the reader sees is rendered when it is read. */
export interface AssemblyError {
  /** Stable, for programs: snake_case for ours, free for external workers (seed 004's `ModelTimeout`). */
  readonly code: string;
  readonly category: ErrorCategory;
  /** Fills the sentence of a code of ours. */
  readonly params?: ErrorParams;
  /** The sentence itself, where a template or an external worker wrote its own; a string is shown in every language. */
  readonly message?: string | Sentence;
  /** The raw text, for the developer and not for the reader. */
  readonly details?: string;
  /** False where the same input would fail in the same way again. */
  readonly retryable?: false;
  /** The category was read from a text: it tells people where to look, and decides nothing. */
  readonly guessed?: true;
}

/** A raw text longer than this is cut: an item must stay small, and a stack of megabytes helps nobody. */
export const MAX_ERROR_DETAILS = 2_000;

/** As many characters as an external worker's sentence may have. */
const MAX_ERROR_MESSAGE = 1_000;

/** What an external worker's failure is called where it gives no sentence of its own. */
export const EXTERNAL_FAILURE: Sentence = {
  en: 'The external worker reported a failure.',
  fr: 'Le traitement externe a signalé un échec.',
};

const CANCELED: Sentence = { en: 'The assembly was canceled.', fr: 'Le traitement a été annulé.' };

const UNKNOWN: Sentence = { en: 'The assembly failed.', fr: 'Le traitement a échoué.' };

/**
 * True for an error that another run may not meet. A file or a value that was submitted stays what it is; of everything
 * else, only what says so itself is for good: most of what programs throw without a word is the network. So it is a type
 * that ends an attempt, and never a text.
 */
export const isTransientFailure = ({ category, retryable, guessed }: AssemblyError): boolean =>
  retryable !== false && (guessed || (category !== 'FILE_ERROR' && category !== 'VALIDATION_ERROR'));

/** An error of ours, as it is stored. */
export function ownError(code: OwnErrorCode, params?: ErrorParams, details?: string): AssemblyError {
  const { category, retryable }: OwnError = OWN_ERRORS[code];
  return {
    code,
    category,
    ...(params && { params }),
    ...(details !== undefined && { details }),
    ...(retryable === false && { retryable }),
  };
}

/** The sentence of a code of ours. */
export function sentenceOf(code: string, params: ErrorParams = {}): Sentence {
  // No error, but told where one would be.
  if (code === 'canceled') return CANCELED;
  const ours: Readonly<Record<string, OwnError>> = OWN_ERRORS;
  return (Object.hasOwn(ours, code) && ours[code]?.say(params)) || UNKNOWN;
}

export function renderError({ code, message, params = {} }: AssemblyError, language: Language): string {
  if (typeof message === 'string') return message;
  return (message ?? sentenceOf(code, params))[language];
}

/** What a step throws to say what is wrong in words that the reader of the status understands. */
export class StepError extends Error {
  override readonly name: string = 'StepError';
  readonly code: string;
  readonly category: ErrorCategory;
  readonly sentence: string | Sentence;
  readonly retryable: boolean;

  /** @param sentence for the reader: in both languages, or one string for everybody */
  constructor(
    code: string,
    category: ErrorCategory,
    sentence: string | Sentence,
    { retryable = true, ...options }: StepErrorOptions = {},
  ) {
    super(typeof sentence === 'string' ? sentence : sentence.en, options);
    this.code = code;
    this.category = category;
    this.sentence = sentence;
    this.retryable = retryable;
  }
}

export interface StepErrorOptions extends ErrorOptions {
  /** Whether the same input may succeed another time: shown as `can_retry`. */
  readonly retryable?: boolean;
}

/** One input cannot be used; not retryable unless it says so. Thrown inside `eachInput`, it spoils that file alone, and the assembly ends as partial. */
export class FileError extends StepError {
  override readonly name = 'FileError';

  constructor(code: string, sentence: string | Sentence, options: StepErrorOptions = {}) {
    super(code, 'FILE_ERROR', sentence, { retryable: false, ...options });
  }
}

/** What was submitted makes no sense; not retryable unless it says so. */
export class ValidationError extends StepError {
  override readonly name = 'ValidationError';

  constructor(code: string, sentence: string | Sentence, options: StepErrorOptions = {}) {
    super(code, 'VALIDATION_ERROR', sentence, { retryable: false, ...options });
  }
}

/** A receiver asks to wait: the submission becomes `rate_limited` and is tried again then. That spends no retry. */
export class RateLimitedError extends StepError {
  override readonly name = 'RateLimitedError';
  readonly retryAfterSeconds: number | undefined;

  /** @param retryAfterSeconds as the receiver said, from 1 s to a day; where it said nothing, the wait grows with each time */
  constructor(retryAfterSeconds?: number, options: StepErrorOptions = {}) {
    super('rate_limited', 'WORKER_ERROR', sentenceOf('rate_limited'), options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Any error that left a step, as the assembly keeps it: a typed one speaks for itself, another one is told by its text. */
export function assemblyErrorOf(error: unknown, step: string): AssemblyError {
  if (error instanceof StepError) {
    const { code, category, sentence, retryable } = error;
    return {
      code,
      category,
      message: cutSentence(sentence),
      ...(!retryable && { retryable }),
      ...(error.cause !== undefined && { details: rawText(error.cause) }),
    };
  }
  const read = classifyError(error);
  return read
    ? { ...ownError(read, undefined, rawText(error)), guessed: true }
    : ownError('step_failed', { step }, rawText(error));
}

/** A template's sentence is no place for a file's content; the item that holds it must stay small. */
const cutSentence = (sentence: string | Sentence): string | Sentence =>
  typeof sentence === 'string'
    ? cut(sentence, MAX_ERROR_MESSAGE)
    : { en: cut(sentence.en, MAX_ERROR_MESSAGE), fr: cut(sentence.fr, MAX_ERROR_MESSAGE) };

/** The raw text of what went wrong, cut. */
export const rawText = (error: unknown): string => cut(textOf(error), MAX_ERROR_DETAILS);

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
