import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../lib/domain/assembly-error.ts';
import { queuedAt } from '../../lib/domain/deadline.ts';
import type { ResultFile, ResultFiles } from '../../lib/domain/result-file.ts';
import { workRetryDelay } from '../../lib/domain/retry-schedule.ts';
import { withRunRecord } from '../../lib/domain/run-record.ts';
import type { TerminalStatus } from '../../lib/domain/state-machine.ts';
import { endedCounts } from '../../lib/domain/submission.ts';
import { type AssemblyChange, asSeen } from './assembly-change.ts';

export interface EndSettings {
  /** Days that an ended assembly can be looked up. */
  readonly retentionDays: number;
}

export interface RetrySettings {
  /** Seconds before the first retry; 0 for at once. */
  readonly baseSeconds: number;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
}

export interface Ending {
  readonly status: TerminalStatus;
  readonly error?: AssemblyError;
  /** By the clock of whoever worked on it; ours where absent. */
  readonly endedAt?: Date;
  /** What else the end says. */
  readonly set?: AssemblyChange['set'];
}

/** The write that ends the attempt, made only to the assembly as it was seen. */
export function endChange(
  seen: Assembly,
  ending: Ending,
  now: Date,
  { retentionDays }: EndSettings,
): AssemblyChange {
  const { status, error, endedAt, set = {} } = truly(ending, seen);
  // A worker's clock may be wrong; that something ended in the future is wrong for certain.
  const ended_at = (endedAt && endedAt < now ? endedAt : now).toISOString();
  const whole = status === 'completed' || status === 'partial';
  const { submission_counts } = seen;
  return {
    ...asSeen(seen),
    set: {
      ...(submission_counts && { submission_counts: endedCounts(submission_counts, status) }),
      ...set,
      status,
      ended_at,
      expires_at: epochSeconds(now) + retentionDays * 86_400,
      attempts: withRunRecord(seen, { status, ended_at, error }),
      ...(error && { error }),
    },
    remove: [
      'next_retry_at',
      // What was said of work in progress is no longer true, unless it is the last word.
      ...(set.progress_message === undefined ? (['progress_message'] as const) : []),
      ...(whole ? (['redo'] as const) : []),
      // Of an attempt before that was done in part: there is one result.
      ...(set.result_file ? (['result'] as const) : []),
      ...(set.result !== undefined ? (['result_file'] as const) : []),
    ],
  };
}

/** Whoever gives up an assembly while its submissions are sent: some have arrived, and that is an end in part. */
function truly({ error, ...ending }: Ending, { submission_counts }: Assembly): Ending {
  const isPartial = ending.status === 'failed' && (submission_counts?.submitted ?? 0) > 0;
  return isPartial ? { ...ending, status: 'partial' } : { ...ending, ...(error && { error }) };
}

/**
 * The write after a run that failed by a transient error: the same attempt waits for another run, each time for longer. Its
 * progress begins anew, and so do its results, but for those of an attempt that redoes a part. Undefined where the retries
 * are used up.
 */
export function retryChange(
  seen: Assembly,
  error: AssemblyError,
  now: Date,
  { baseSeconds, random }: RetrySettings,
): AssemblyChange | undefined {
  if (seen.retry_count >= seen.max_retries) return undefined;
  const retry_count = seen.retry_count + 1;
  const delayMs = workRetryDelay(retry_count, baseSeconds, random()) * 1000;
  const results = keptResults(seen);
  return {
    ...asSeen(seen),
    set: {
      ...queuedAt(now, seen, delayMs > 0 ? new Date(now.getTime() + delayMs) : undefined),
      retry_count,
      progress: 0,
      attempts: withRunRecord(seen, { status: 'queued', ended_at: now.toISOString(), error }),
      ...(results && { results }),
    },
    remove: ['progress_message', 'started_at', 'expanded_at', ...(results ? [] : (['results'] as const))],
  };
}

/**
 * The results that an attempt at a part leaves as they are: those made from the other files. Undefined where it does
 * everything anew.
 */
export function keptResults({
  redo,
  results = {},
}: Pick<Assembly, 'redo' | 'results'>): ResultFiles | undefined {
  if (redo === undefined) return undefined;
  const isKept = ({ original_id }: ResultFile): boolean => original_id !== '' && !redo.includes(original_id);
  const kept = Object.entries(results).map(([step, files]) => [step, files.filter(isKept)] as const);
  return Object.fromEntries(kept.filter(([, files]) => files.length > 0));
}
