import type { Assembly } from '../../lib/domain/assembly.ts';
import { queuedAt, uploadingAt } from '../../lib/domain/deadline.ts';
import { requeued, type SubmissionCounts } from '../../lib/domain/submission.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import { type AssemblyChange, asSeen } from './assembly-change.ts';
import { keptResults } from './end-change.ts';

export interface Restart {
  readonly uploads: readonly Upload[];
  /** Ids of the uploads that are still in the bucket. */
  readonly received: readonly string[];
  /** Ids of the uploads that are done anew, where the rest stays as it is. */
  readonly redo?: readonly string[];
  readonly set: AssemblyChange['set'];
  readonly remove?: AssemblyChange['remove'];
}

/** The write that begins a new attempt: queued where all inputs are still there, else uploading. */
export function restartChange(
  seen: Assembly,
  { uploads, received, redo, set, remove = [] }: Restart,
  now: Date,
): AssemblyChange {
  const complete = received.length === uploads.length;
  const { submission_count = 0, submission_counts } = seen;
  // What has been submitted stays so, and counts as done.
  const counts = submission_counts && requeued(submission_counts, submission_count);
  return {
    ...asSeen(seen),
    set: {
      ...set,
      ...(uploads.length > 0 && { uploads, received }),
      ...(complete ? queuedAt(now, seen) : uploadingAt(now)),
      attempt: seen.attempt + 1,
      restarted_at: now.toISOString(),
      progress: progressOf(counts, submission_count),
      ...(counts && { submission_counts: counts }),
      ...(redo && { redo, results: keptResults({ ...seen, redo }) }),
    },
    remove: [
      ...remove,
      ...(complete ? (['uploading_since'] as const) : (['queued_at'] as const)),
      ...(redo ? [] : (['redo', 'result', 'result_file', 'results'] as const)),
      ...(['progress_message', 'error', 'file_errors'] as const),
      ...(['started_at', 'ended_at', 'expires_at', 'expanded_at', 'retryable_submissions'] as const),
    ],
  };
}

const progressOf = (counts: SubmissionCounts | undefined, count: number): number =>
  counts ? Math.floor((100 * counts.submitted) / count) : 0;
