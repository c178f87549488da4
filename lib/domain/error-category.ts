/** The four kinds of failure that a person can act on differently. Source: seed 001 (facnet). */
export const ERROR_CATEGORIES = ['QUEUE_ERROR', 'FILE_ERROR', 'VALIDATION_ERROR', 'WORKER_ERROR'] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];
