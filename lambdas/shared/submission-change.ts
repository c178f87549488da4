import type { Submission, SubmissionStatus } from '../../lib/domain/submission.ts';

/** What the store itself sets with each write. */
type Bookkeeping = 'assembly_id' | 'submission_id' | 'version' | 'updated_at' | 'last_writer';

export type NewSubmission = Omit<Submission, 'version' | 'updated_at' | 'last_writer'>;

export type SubmissionKey = Pick<Submission, 'assembly_id' | 'submission_id'>;

/** A conditional change: made only to a submission in one of `from` that matches every given number. */
export interface SubmissionChange {
  readonly from: readonly SubmissionStatus[];
  readonly attempt?: number;
  readonly version?: number;
  /** Made only where `next_retry_at` is absent or has come by then. */
  readonly dueBy?: Date;
  readonly set: Partial<Omit<Submission, Bookkeeping>>;
  readonly remove?: readonly Exclude<keyof Submission, Bookkeeping>[];
}

/**
 * The conditions of a change that is made only to the submission as it was seen. They are the fence of a worker as well:
 * whoever takes it away from one writes to it.
 */
export const asSeen = ({ status, version }: Submission) => ({ from: [status], version });

/** What goes when a submission has settled, or begins anew. */
export const TAKEN = [
  'lease_until',
  'asked_to_wait_at',
  'next_retry_at',
  'has_turn',
] as const satisfies readonly (keyof Submission)[];

/** What queues a submission for an attempt that begins, wherever it stood. */
export const queuedFor = (attempt: number) => ({
  set: { status: 'queued', attempt, retry_count: 0 } as const,
  remove: [...TAKEN, 'error'] as const,
});
