import { type Assembly, isExpired } from '../../lib/domain/assembly.ts';
import { tallyIntervalSeconds } from '../../lib/domain/submission-tally.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { type CountDependencies, countSubmissions } from '../shared/count-submissions.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import type { TallyMessage } from '../shared/tally-message.ts';

export interface TallyDependencies extends CountDependencies {
  readonly store: Pick<AssemblyStore, 'get' | 'change'>;
  readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>;
}

/**
 * `skipped`: there is nothing to count, or another count has seen all that this one was planned for. `postponed`: it was counted
 * a moment ago, and will be again. `unchanged`: the count was no news.
 */
export type TallyOutcome = 'skipped' | 'postponed' | 'unchanged' | 'counted' | 'ended';

/** The clocks of two functions differ by less. */
const SKEW_MS = 1_000;

/** Counts the submissions of the assembly, at most once in its interval. */
export async function tallyAssembly(
  message: TallyMessage,
  dependencies: TallyDependencies,
): Promise<TallyOutcome> {
  const { store, now } = dependencies;
  const assembly = await store.get(message.assembly_id, { consistent: true });
  if (!assembly || assembly.submission_count === undefined || isExpired(assembly, now())) return 'skipped';
  // The last changes often tell of themselves after they have been counted. What is submitted changes no more.
  if (assembly.status === 'completed') return 'skipped';
  // Without this, messages that have to wait would gather, and each would come again after each count.
  if (hasSeen(assembly, message)) return 'skipped';
  if (secondsToWait(assembly, now()) > 0) return postpone(message, assembly, dependencies);
  const hasToWait = (seen: Assembly, time: Date): boolean => secondsToWait(seen, time) > 0;
  const { written, assembly: counted } = await countSubmissions(assembly, { ...dependencies, hasToWait });
  if (written) return counted.status === assembly.status ? 'counted' : 'ended';
  // Another count was written while this one was made, which may have seen more.
  if (counted && counted.counted_at !== assembly.counted_at) return postpone(message, counted, dependencies);
  return 'unchanged';
}

const hasSeen = ({ counted_from }: Assembly, { until }: TallyMessage): boolean =>
  counted_from !== undefined &&
  until !== undefined &&
  Date.parse(counted_from) >= Date.parse(until) + SKEW_MS;

async function postpone(
  message: TallyMessage,
  assembly: Assembly,
  { tallyQueue, now }: TallyDependencies,
): Promise<'postponed'> {
  await tallyQueue.send(message, { delaySeconds: secondsToWait(assembly, now()) });
  return 'postponed';
}

function secondsToWait({ counted_at, submission_count = 0 }: Assembly, now: Date): number {
  if (counted_at === undefined) return 0;
  const since = (now.getTime() - Date.parse(counted_at)) / 1000;
  return Math.max(0, Math.ceil(tallyIntervalSeconds(submission_count) - since));
}
