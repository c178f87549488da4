import { epochSeconds } from '../../lib/domain/assembly.ts';
import { type Submission, type SubmissionMessage, WAITING } from '../../lib/domain/submission.ts';
import { asSeen, type SubmissionChange } from './submission-change.ts';
import type { SubmissionStore } from './submission-store.ts';

type Change = Pick<SubmissionChange, 'set' | 'remove'>;

interface UntakenOptions {
  /** Only where what waits is due by then. */
  readonly dueBy?: Date;
  /** The change of one whose worker stopped; the same where absent. */
  left?(row: Submission): Change;
}

/**
 * Changes the submission of a message, unless somebody has it: it waits, or it is in work but the lease is over. The latter
 * is worth a look each time: the message of a worker that stopped comes again, and is the last that speaks of it.
 * @returns as it is then; undefined where nothing was written, as somebody has it, it has settled or is queued for another attempt
 */
export async function changeUntaken(
  { assembly_id, submission_id, attempt }: SubmissionMessage,
  change: Change,
  { dueBy, left = () => change }: UntakenOptions,
  { submissions, now }: { readonly submissions: Pick<SubmissionStore, 'change'>; readonly now: () => Date },
): Promise<Submission | undefined> {
  const key = { assembly_id, submission_id };
  const time = now();
  const waits = { from: WAITING, attempt, ...(dueBy && { dueBy }) };
  const { written, item } = await submissions.change(key, { ...waits, ...change }, time);
  if (written) return item;
  if (item?.status !== 'processing' || item.attempt !== attempt) return undefined;
  if ((item.lease_until ?? 0) > epochSeconds(time)) return undefined;
  const again = await submissions.change(key, { ...asSeen(item), ...left(item) }, time);
  return again.written ? again.item : undefined;
}
