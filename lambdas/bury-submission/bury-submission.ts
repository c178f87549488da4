import { ownError } from '../../lib/domain/assembly-error.ts';
import type { SubmissionMessage } from '../../lib/domain/submission.ts';
import { changeUntaken } from '../shared/change-untaken.ts';
import { TAKEN } from '../shared/submission-change.ts';
import type { SubmissionStore } from '../shared/submission-store.ts';

export interface BurySubmissionDependencies {
  readonly submissions: Pick<SubmissionStore, 'change'>;
  readonly now: () => Date;
}

const UNDELIVERABLE = ownError(
  'message_undeliverable',
  undefined,
  'The log of the submission worker says why.',
);

/**
 * Fails the submission whose message ended in the dead-letter queue: no worker will come for it. Only in the attempt that the
 * message was for, and not while a worker has it after all.
 */
export async function burySubmission(
  message: SubmissionMessage,
  { submissions, now }: BurySubmissionDependencies,
): Promise<'buried' | 'skipped'> {
  const change = { set: { status: 'failed', error: UNDELIVERABLE }, remove: TAKEN } as const;
  const buried = await changeUntaken(message, change, { dueBy: now() }, { submissions, now });
  return buried ? 'buried' : 'skipped';
}
