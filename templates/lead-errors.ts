import { StepError } from '../lib/domain/assembly-error.ts';
import type { ErrorCategory } from '../lib/domain/error-category.ts';
import type { Sentence } from '../lib/domain/language.ts';

interface Declared {
  readonly category: ErrorCategory;
  /** Whether another try may end better: then it is tried again by itself, and `can_retry` is true while retries are left. */
  readonly retryable: boolean;
  readonly sentence: Sentence;
}

/** How an evaluation can fail, beside what fails any job. Source: seed 004 for the form, and for `ModelTimeout`. */
export const LEAD_ERRORS = {
  ModelTimeout: {
    category: 'WORKER_ERROR',
    retryable: true,
    sentence: {
      en: 'The model took too long to answer. Submit it again later.',
      fr: 'Le modèle a mis trop de temps à répondre. Soumettez la demande à nouveau plus tard.',
    },
  },
  ModelThrottled: {
    category: 'WORKER_ERROR',
    retryable: true,
    sentence: {
      en: 'The model has too much to do at the moment. Submit it again later.',
      fr: 'Le modèle est trop sollicité pour le moment. Soumettez la demande à nouveau plus tard.',
    },
  },
  ModelUnavailable: {
    category: 'WORKER_ERROR',
    retryable: true,
    sentence: {
      en: 'The model could not be reached. Submit it again later.',
      fr: 'Le modèle n’a pas pu être joint. Soumettez la demande à nouveau plus tard.',
    },
  },
  InvalidModelAnswer: {
    category: 'WORKER_ERROR',
    retryable: true,
    sentence: {
      en: 'The model gave an answer of no use. Submit it again later.',
      fr: 'Le modèle a donné une réponse inexploitable. Soumettez la demande à nouveau plus tard.',
    },
  },
  ModelNotAvailable: {
    category: 'WORKER_ERROR',
    retryable: false,
    sentence: {
      en: 'The deployment may not use the model that it is set to.',
      fr: 'Le déploiement n’est pas autorisé à utiliser le modèle configuré.',
    },
  },
  InsufficientData: {
    category: 'VALIDATION_ERROR',
    retryable: false,
    sentence: {
      en: 'Without an income, nothing can be said of this application.',
      fr: 'Sans revenus, rien ne peut être dit de cette candidature.',
    },
  },
} as const satisfies Record<string, Declared>;

export type LeadErrorCode = keyof typeof LEAD_ERRORS;

/** @param cause for `error_details`: nothing of what the applicant wrote */
export function leadError(code: LeadErrorCode, cause?: unknown): StepError {
  const { category, retryable, sentence } = LEAD_ERRORS[code];
  return new StepError(code, category, sentence, { retryable, ...(cause !== undefined && { cause }) });
}
