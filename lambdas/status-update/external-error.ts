import { type AssemblyError, EXTERNAL_FAILURE } from '../../lib/domain/assembly-error.ts';
import { classifyText } from '../../lib/domain/classify-error.ts';
import { OWN_ERRORS } from '../../lib/domain/own-errors.ts';
import type { StatusUpdate } from '../../lib/domain/status-update.ts';

type Said = Pick<StatusUpdate, 'error' | 'error_code' | 'error_category' | 'error_details' | 'retryable'>;

/** The failure that an external worker reports. What it leaves unsaid is read from what it says. */
export function externalError(said: Said): AssemblyError {
  const { error, error_code, error_category, error_details, retryable } = said;
  // Not from the code: somebody chose it, and seed 004's `ModelTimeout` is no trouble of a queue.
  const read = error_category ? undefined : classifyText([error, error_details].join('\n'));
  return {
    code: error_code ?? 'external_failure',
    category: error_category ?? (read ? OWN_ERRORS[read].category : 'WORKER_ERROR'),
    message: error ?? (read ? OWN_ERRORS[read].say() : EXTERNAL_FAILURE),
    ...(error_details !== undefined && { details: error_details }),
    ...(retryable === false && { retryable }),
    ...(read && { guessed: true }),
  };
}
