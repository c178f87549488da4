import { type Assembly, isWorkedHere } from './assembly.ts';
import { type JobState, jobStateOf } from './job-state.ts';
import {
  claimRate,
  headPlace,
  isSaturated,
  placesAt,
  type QueueCheckpoint,
  type QueueProgress,
} from './queue-progress.ts';
import type { ShownQueue } from './shown-queue.ts';

/** What was read for one assembly that waits. */
export interface QueueReading {
  readonly progress: QueueProgress;
  /** The first that do not end before the assembly was queued. */
  readonly next: readonly QueueCheckpoint[];
}

/** Since when it waits for a worker: a run that is to be repeated later has no place in the line until then. Epoch ms. */
export const waitsSince = ({ next_retry_at, queued_at, created_at }: Assembly): number =>
  Date.parse(next_retry_at ?? queued_at ?? created_at);

/** What the queue has of the assembly: what of it can be known without asking the queue. */
export function queueState(assembly: Assembly, now: Date): JobState | null {
  const isInQueue =
    isWorkedHere(assembly) && assembly.status !== 'uploading' && assembly.status !== 'canceled';
  return isInQueue ? jobStateOf(assembly, now) : null;
}

const UNKNOWN = {
  position: null,
  ahead: null,
  depth: null,
  estimated_start_at: null,
  as_of: null,
  approximate: false,
  degraded: false,
} as const;

/** @param reading undefined where nobody looked, null where it could not be read */
export function queueViewOf(
  assembly: Assembly,
  reading: QueueReading | null | undefined,
  now: Date,
): ShownQueue {
  const state = queueState(assembly, now);
  if (state === 'delayed') return { ...UNKNOWN, state, estimated_start_at: assembly.next_retry_at ?? null };
  if (state !== 'waiting' || reading === undefined) return { ...UNKNOWN, state };
  if (reading === null) return { ...UNKNOWN, state, degraded: true };
  const { progress, next } = reading;
  const head = headPlace(progress);
  const place = placesAt(waitsSince(assembly), next)?.last ?? progress.enqueued;
  const ahead = Math.max(0, place - 1 - head);
  return {
    state,
    position: ahead + 1,
    ahead,
    depth: Math.max(ahead + 1, progress.enqueued - head),
    estimated_start_at: estimatedStart(progress, ahead, now)?.toISOString() ?? null,
    as_of: new Date(progress.updated_at).toISOString(),
    approximate: true,
    degraded: false,
  };
}

function estimatedStart(progress: QueueProgress, ahead: number, now: Date): Date | undefined {
  if (!isSaturated(progress)) return ahead === 0 && progress.head ? now : undefined;
  const rate = claimRate(progress);
  if (!rate || progress.head === undefined) return undefined;
  return new Date(Math.max(now.getTime(), Math.ceil(progress.head.moved_at + (ahead + 1) / rate)));
}
