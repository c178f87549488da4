import { type Assembly, epochSeconds, isExpired } from '../../lib/domain/assembly.ts';
import { type AssemblyError, ownError } from '../../lib/domain/assembly-error.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { SubmissionCounts } from '../../lib/domain/submission.ts';
import { SubmissionTally, settledOf } from '../../lib/domain/submission-tally.ts';
import { type AssemblyChange, asSeen } from './assembly-change.ts';
import type { AssemblyStore, WriteOutcome } from './assembly-store.ts';
import { changeAsSeen } from './change-as-seen.ts';
import { type EndSettings, endChange } from './end-change.ts';
import type { SubmissionStore } from './submission-store.ts';

export interface CountDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly submissions: Pick<SubmissionStore, 'counted'>;
  readonly now: () => Date;
  /** True where the assembly was counted too short a time ago for another count that does not end it. */
  hasToWait?(seen: Assembly, now: Date): boolean;
}

/**
 * Counts all submissions of an assembly, writes the counts where they are news, and ends the attempt where every submission
 * has settled. It reads what there is, so that nothing is ever counted twice, however often it runs and whatever comes twice.
 * @param assembly as last seen
 * @returns whether this call wrote, and the assembly as it is then; undefined where it is gone
 */
export async function countSubmissions(
  assembly: Assembly,
  dependencies: CountDependencies,
): Promise<WriteOutcome> {
  const tally = new SubmissionTally(assembly);
  const from = dependencies.now();
  for await (const submission of dependencies.submissions.counted(assembly.assembly_id))
    tally.add(submission);
  return changeAsSeen(
    assembly,
    (seen, now) => changeFor(seen, { tally, from }, now, dependencies),
    dependencies,
  );
}

/** The write that the count asks for, or undefined where it says nothing new. */
function changeFor(
  seen: Assembly,
  { tally, from }: { readonly tally: SubmissionTally; readonly from: Date },
  now: Date,
  { hasToWait = () => false, ...settings }: EndSettings & Pick<CountDependencies, 'hasToWait'>,
): AssemblyChange | undefined {
  const { submission_count = 0, submissions_version = 0, created_at } = seen;
  // Another assembly under the same id: its rows have not been counted.
  if (!tally.isOf(created_at) || isExpired(seen, now)) return undefined;
  const counts = tally.countsIn(seen);
  const isNews = tally.version > submissions_version;
  const counted = {
    submission_counts: counts,
    submissions_version: tally.version,
    retryable_submissions: tally.retryableIn(seen),
    counted_at: now.toISOString(),
    counted_from: from.toISOString(),
  };
  const isDue = isNews && !hasToWait(seen, now);
  if (isTerminal(seen.status)) return isDue ? { ...asSeen(seen), set: counted } : undefined;
  if (seen.status === 'processing' && tally.version >= submissions_version) {
    const isOver = settledOf(counts) === submission_count;
    if (isOver || isPastTimeout(seen, now)) return endOf(seen, tally, counted, now, settings);
  }
  // Read in pages, this count may have seen some rows later than the last one did, and others earlier.
  if (settledOf(counts) < settledOf(seen.submission_counts ?? counts)) return undefined;
  const progress = Math.floor((100 * settledOf(counts)) / submission_count);
  return isDue ? { ...asSeen(seen), set: { ...counted, progress } } : undefined;
}

/** What an external worker has not reported by then it will not. */
function isPastTimeout({ external, expanded_at, timeout_seconds }: Assembly, now: Date): boolean {
  if (!external || expanded_at === undefined || timeout_seconds === undefined) return false;
  // In whole seconds, as the deadline at which `sweep` asks for this count: a moment less, and the next one were hours away.
  return epochSeconds(new Date(expanded_at)) + timeout_seconds <= epochSeconds(now);
}

function endOf(
  seen: Assembly,
  tally: SubmissionTally,
  counted: AssemblyChange['set'],
  now: Date,
  settings: EndSettings,
): AssemblyChange {
  // What is not settled counts as failed from now on.
  const over = { ...seen, status: 'failed' } as const;
  const counts = tally.countsIn(over);
  const retryable_submissions = tally.retryableIn(over);
  const status = endStatus(counts, seen);
  const timedOut = settledOf(tally.countsIn(seen)) < (seen.submission_count ?? 0);
  const error = status === 'failed' ? whyFailed(counts, retryable_submissions, timedOut, seen) : undefined;
  const set = { ...counted, submission_counts: counts, retryable_submissions, progress: 100 };
  return endChange(seen, { status, error, set }, now, settings);
}

function endStatus(
  { submitted }: SubmissionCounts,
  { submission_count }: Assembly,
): 'completed' | 'partial' | 'failed' {
  if (submitted === submission_count) return 'completed';
  return submitted > 0 ? 'partial' : 'failed';
}

function whyFailed(
  { failed }: SubmissionCounts,
  retryable: number,
  timedOut: boolean,
  { timeout_seconds = 0 }: Assembly,
): AssemblyError {
  if (timedOut) return ownError('external_timeout', { seconds: timeout_seconds });
  return { ...ownError('submissions_failed', { failed }), ...(retryable === 0 && { retryable: false }) };
}
