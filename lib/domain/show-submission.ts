import type { Assembly } from './assembly.ts';
import { type AssemblyError, ownError, renderError } from './assembly-error.ts';
import type { Language } from './language.ts';
import type { ShownSubmission } from './shown-submission.ts';
import { isWaiting, type Submission, statusIn } from './submission.ts';

/** A submission as its reader sees it. */
export function showSubmission(
  submission: Submission,
  assembly: Assembly,
  language: Language,
): ShownSubmission {
  const status = statusIn(assembly, submission);
  const error = errorOf(submission, assembly);
  const { next_retry_at, confirmation, submitted_at } = submission;
  return {
    submission_id: submission.submission_id,
    recipient: submission.recipient,
    status,
    attempt: submission.attempt,
    retry_count: submission.retry_count,
    ...(isWaiting(status) && next_retry_at !== undefined && { next_retry_at }),
    ...(confirmation !== undefined && { confirmation }),
    ...(submitted_at !== undefined && { submitted_at }),
    ...(error && {
      error: renderError(error, language),
      error_code: error.code,
      error_category: error.category,
      ...(error.details !== undefined && { error_details: error.details }),
    }),
    updated_at: submission.updated_at,
  };
}

/** Why it failed, or why it waits. Of one that was left when its assembly ended, that is the assembly's own error. */
function errorOf(
  submission: Submission,
  assembly: Pick<Assembly, 'status' | 'attempt' | 'error' | 'external' | 'timeout_seconds'>,
): AssemblyError | undefined {
  const status = statusIn(assembly, submission);
  if (status === 'canceled' || status === 'submitted') return undefined;
  if (status !== 'failed' || submission.status === 'failed') return submission.error;
  const { error, external, timeout_seconds = 0 } = assembly;
  if (error) return error;
  return external ? ownError('external_timeout', { seconds: timeout_seconds }) : ownError('submission_lost');
}
