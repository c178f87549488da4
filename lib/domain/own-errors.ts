import type { ErrorCategory } from './error-category.ts';
import type { Sentence } from './language.ts';

export type ErrorParams = Readonly<Record<string, string | number>>;

/** An error of ours: what is the same each time that it happens. */
export interface OwnError {
  readonly category: ErrorCategory;
  /** The run, or the try of a submission, is made again by itself, while retries are left. */
  readonly repeated?: true;
  /** False where the same input would fail in the same way again. */
  readonly retryable?: false;
  readonly say: (params: ErrorParams) => Sentence;
}

/** Every error code of ours. docs/errors.md has a row for each, which a test compares with this. */
export const OWN_ERRORS = {
  step_failed: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: ({ step }) => ({
      en: `The step “${step}” failed unexpectedly.`,
      fr: `L’étape « ${step} » a échoué de façon inattendue.`,
    }),
  },
  fields_invalid: {
    category: 'VALIDATION_ERROR',
    retryable: false,
    say: () => ({
      en: 'The fields are not what the template accepts any more.',
      fr: 'Les champs ne correspondent plus à ce que le modèle accepte.',
    }),
  },
  fields_missing: {
    category: 'VALIDATION_ERROR',
    retryable: false,
    say: () => ({
      en: 'The fields are no longer in the bucket.',
      fr: 'Les champs ne se trouvent plus dans le compartiment.',
    }),
  },
  template_missing: {
    category: 'WORKER_ERROR',
    say: ({ template }) => ({
      en: `The template “${template}” does not exist any more.`,
      fr: `Le modèle « ${template} » n’existe plus.`,
    }),
  },
  result_too_large: {
    category: 'WORKER_ERROR',
    retryable: false,
    say: ({ limit }) => ({
      en: `The result is larger than ${limit} KB and cannot be kept.`,
      fr: `Le résultat dépasse ${limit} Ko et ne peut pas être conservé.`,
    }),
  },
  result_missing: {
    category: 'WORKER_ERROR',
    retryable: false,
    say: () => ({
      en: 'The result of the attempt before is no longer in the bucket.',
      fr: 'Le résultat de la tentative précédente ne se trouve plus dans le compartiment.',
    }),
  },
  file_missing: {
    category: 'FILE_ERROR',
    say: ({ name }) => ({
      en: `The file “${name}” is no longer in the bucket.`,
      fr: `Le fichier « ${name} » ne se trouve plus dans le compartiment.`,
    }),
  },
  file_changed: {
    category: 'FILE_ERROR',
    retryable: false,
    say: ({ name }) => ({
      en: `The file “${name}” is not the one that was announced: its md5 differs.`,
      fr: `Le fichier « ${name} » n’est pas celui qui a été annoncé : son md5 diffère.`,
    }),
  },
  worker_timeout: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: ({ seconds }) => ({
      en: `The work took longer than the ${seconds} s that it may take.`,
      fr: `Le travail a duré plus que les ${seconds} s autorisées.`,
    }),
  },
  worker_lost: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: () => ({
      en: 'The worker stopped in the middle of the work.',
      fr: 'Le traitement s’est interrompu en cours de route.',
    }),
  },
  message_undeliverable: {
    category: 'WORKER_ERROR',
    say: () => ({
      en: 'The work could not be handed to a worker.',
      fr: 'Le travail n’a pas pu être remis à un exécutant.',
    }),
  },
  external_timeout: {
    category: 'WORKER_ERROR',
    say: ({ seconds }) => ({
      en: `The external worker did not finish within ${seconds} s.`,
      fr: `Le traitement externe n’a pas abouti en ${seconds} s.`,
    }),
  },
  uploads_missing: {
    category: 'FILE_ERROR',
    say: ({ missing, announced }) => ({
      en: `Files that were never uploaded: ${missing} of ${announced}.`,
      fr: `Fichiers jamais envoyés : ${missing} sur ${announced}.`,
    }),
  },
  rate_limited: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: () => ({
      en: 'The receiver asked to wait.',
      fr: 'Le destinataire a demandé d’attendre.',
    }),
  },
  waited_too_long: {
    category: 'WORKER_ERROR',
    say: ({ hours }) => ({
      en: `The receiver asked to wait for more than ${hours} hours.`,
      fr: `Le destinataire a demandé d’attendre plus de ${hours} heures.`,
    }),
  },
  turn_too_late: {
    category: 'QUEUE_ERROR',
    retryable: false,
    say: ({ days }) => ({
      en: `Its turn by the rate limit would come in more than ${days} days.`,
      fr: `Son tour, selon la limite de débit, viendrait dans plus de ${days} jours.`,
    }),
  },
  submissions_failed: {
    category: 'WORKER_ERROR',
    say: ({ failed }) => ({
      en: `None of the recipients could be reached: ${failed} failed.`,
      fr: `Aucun des destinataires n’a pu être joint : ${failed} en échec.`,
    }),
  },
  submission_lost: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: () => ({
      en: 'The worker stopped in the middle of the work for this recipient.',
      fr: 'Le traitement s’est interrompu pour ce destinataire.',
    }),
  },
  not_configured: {
    category: 'WORKER_ERROR',
    retryable: false,
    say: ({ template }) => ({
      en: `The deployment has no valid configuration for the template “${template}”.`,
      fr: `Le déploiement n’a pas de configuration valable pour le modèle « ${template} ».`,
    }),
  },
  // The ones below are read from the text of an error that nobody has named: see classify-error.ts.
  connection_failed: {
    category: 'QUEUE_ERROR',
    repeated: true,
    say: () => ({
      en: 'A service that the work needs could not be reached, or did not answer in time.',
      fr: 'Un service nécessaire au traitement est injoignable ou n’a pas répondu à temps.',
    }),
  },
  file_unreadable: {
    category: 'FILE_ERROR',
    repeated: true,
    say: () => ({
      en: 'A file could not be read. Check that it exists, and its encoding.',
      fr: 'Un fichier n’a pas pu être lu. Vérifiez qu’il existe, ainsi que son encodage.',
    }),
  },
  csv_malformed: {
    category: 'FILE_ERROR',
    repeated: true,
    say: () => ({
      en: 'CSV format error. Check the structure of the file.',
      // Word for word as seed 001 has it.
      fr: 'Erreur de format CSV. Vérifiez la structure du fichier.',
    }),
  },
  data_invalid: {
    category: 'VALIDATION_ERROR',
    repeated: true,
    say: () => ({
      en: 'The data did not pass validation. Check the values.',
      fr: 'Les données n’ont pas passé la validation. Vérifiez les valeurs.',
    }),
  },
  worker_crashed: {
    category: 'WORKER_ERROR',
    repeated: true,
    say: () => ({
      en: 'The worker broke down during the work.',
      fr: 'L’exécutant est tombé en panne pendant le traitement.',
    }),
  },
} as const satisfies Readonly<Record<string, OwnError>>;

export type OwnErrorCode = keyof typeof OWN_ERRORS;
