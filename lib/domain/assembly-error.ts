import type { Language, Sentence } from './language.ts';

/** The four kinds of failure that a person can act on differently. Source: seed 001 (facnet). */
export const ERROR_CATEGORIES = ['QUEUE_ERROR', 'FILE_ERROR', 'VALIDATION_ERROR', 'WORKER_ERROR'] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

type Params = Readonly<Record<string, string | number>>;

/** Why an assembly, or one file of it, failed, as it is stored: what the reader sees is rendered when it is read. */
export interface AssemblyError {
  /** Stable, for programs: snake_case for ours, free for external workers (seed 004's `ModelTimeout`). */
  readonly code: string;
  readonly category: ErrorCategory;
  /** Fills the sentence of a code of ours. */
  readonly params?: Params;
  /** The sentence itself, where a template or an external worker wrote its own; a string is shown in every language. */
  readonly message?: string | Sentence;
  /** The raw text, for the developer and not for the reader. */
  readonly details?: string;
  /** False where the same input would fail in the same way again. */
  readonly retryable?: false;
}

/** A raw text longer than this is cut: an item must stay small, and a stack of megabytes helps nobody. */
export const MAX_ERROR_DETAILS = 2_000;

/** As many characters as an external worker's sentence may have. */
const MAX_ERROR_MESSAGE = 1_000;

type Render = (params: Params) => Sentence;

const SENTENCES: Readonly<Record<string, Render>> = {
  step_failed: ({ step }) => ({
    en: `The step “${step}” failed unexpectedly.`,
    fr: `L’étape « ${step} » a échoué de façon inattendue.`,
  }),
  fields_invalid: () => ({
    en: 'The fields are not what the template accepts any more.',
    fr: 'Les champs ne correspondent plus à ce que le modèle accepte.',
  }),
  fields_missing: () => ({
    en: 'The fields are no longer in the bucket.',
    fr: 'Les champs ne se trouvent plus dans le compartiment.',
  }),
  template_missing: ({ template }) => ({
    en: `The template “${template}” does not exist any more.`,
    fr: `Le modèle « ${template} » n’existe plus.`,
  }),
  result_too_large: ({ limit }) => ({
    en: `The result is larger than the ${limit} KB that a status can hold.`,
    fr: `Le résultat dépasse les ${limit} Ko qu’un statut peut contenir.`,
  }),
  file_missing: ({ name }) => ({
    en: `The file “${name}” is no longer in the bucket.`,
    fr: `Le fichier « ${name} » ne se trouve plus dans le compartiment.`,
  }),
  file_changed: ({ name }) => ({
    en: `The file “${name}” is not the one that was announced: its md5 differs.`,
    fr: `Le fichier « ${name} » n’est pas celui qui a été annoncé : son md5 diffère.`,
  }),
  worker_timeout: ({ seconds }) => ({
    en: `The work took longer than the ${seconds} s that it may take.`,
    fr: `Le travail a duré plus que les ${seconds} s autorisées.`,
  }),
  worker_lost: () => ({
    en: 'The worker stopped in the middle of the work.',
    fr: 'Le traitement s’est interrompu en cours de route.',
  }),
  message_undeliverable: () => ({
    en: 'The work could not be handed to a worker.',
    fr: 'Le travail n’a pas pu être remis à un exécutant.',
  }),
  external_timeout: ({ seconds }) => ({
    en: `The external worker did not finish within ${seconds} s.`,
    fr: `Le traitement externe n’a pas abouti en ${seconds} s.`,
  }),
  uploads_missing: ({ missing, announced }) => ({
    en: `Files that were never uploaded: ${missing} of ${announced}.`,
    fr: `Fichiers jamais envoyés : ${missing} sur ${announced}.`,
  }),
  rate_limited: () => ({
    en: 'The receiver asked to wait.',
    fr: 'Le destinataire a demandé d’attendre.',
  }),
  waited_too_long: ({ hours }) => ({
    en: `The receiver asked to wait for more than ${hours} hours.`,
    fr: `Le destinataire a demandé d’attendre plus de ${hours} heures.`,
  }),
  turn_too_late: ({ days }) => ({
    en: `Its turn by the rate limit would come in more than ${days} days.`,
    fr: `Son tour, selon la limite de débit, viendrait dans plus de ${days} jours.`,
  }),
  submissions_failed: ({ failed }) => ({
    en: `None of the recipients could be reached: ${failed} failed.`,
    fr: `Aucun des destinataires n’a pu être joint : ${failed} en échec.`,
  }),
  submission_lost: () => ({
    en: 'The worker stopped in the middle of the work for this recipient.',
    fr: 'Le traitement s’est interrompu pour ce destinataire.',
  }),
  not_configured: ({ template }) => ({
    en: `The deployment has no valid configuration for the template “${template}”.`,
    fr: `Le déploiement n’a pas de configuration valable pour le modèle « ${template} ».`,
  }),
  canceled: () => ({ en: 'The assembly was canceled.', fr: 'Le traitement a été annulé.' }),
};

/** What an external worker's failure is called where it gives no sentence of its own. */
export const EXTERNAL_FAILURE: Sentence = {
  en: 'The external worker reported a failure.',
  fr: 'Le traitement externe a signalé un échec.',
};

const UNKNOWN: Sentence = { en: 'The assembly failed.', fr: 'Le traitement a échoué.' };

/**
 * True for an error that another run may not meet. A file or a value that was submitted stays what it is; of everything
 * else, only what says so itself is for good: most of what programs throw without a word is the network.
 */
export const isTransientFailure = ({ category, retryable }: AssemblyError): boolean =>
  retryable !== false && category !== 'FILE_ERROR' && category !== 'VALIDATION_ERROR';

/** The sentence of a code of ours. */
export function sentenceOf(code: string, params: Params = {}): Sentence {
  const ours = Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined;
  return ours?.(params) ?? UNKNOWN;
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

/** Any error that left a step, as the assembly keeps it: a typed one speaks for itself, another one is the step's failure. */
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
  return { code: 'step_failed', category: 'WORKER_ERROR', params: { step }, details: rawText(error) };
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
