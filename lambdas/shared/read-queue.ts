import type { Assembly } from '../../lib/domain/assembly.ts';
import { type QueueReading, queueState, waitsSince } from '../../lib/domain/queue-view.ts';
import { logger } from './logger.ts';
import type { QueueStore } from './queue-store.ts';

export interface ReadQueueDependencies {
  readonly store: Pick<QueueStore, 'progress' | 'checkpointsFrom'>;
  readonly now: () => Date;
}

/** The line moves once a second at most, as far as anybody is told; many polls share a read of it. */
const FRESH_MS = 1_000;
/** What did not answer is not asked again for a while: a hundred statuses would wait a hundred times. */
const PAUSE_MS = 5_000;

/** Where an assembly stands in the line; null where that cannot be read, undefined where it does not wait. */
export type ReadQueue = (assembly: Assembly) => Promise<QueueReading | null | undefined>;

/** The same for the statuses of one request: once the time is over, the places of the others are not looked up. */
export function readQueueFor(read: ReadQueue, milliseconds: number, now: () => Date): ReadQueue {
  const end = now().getTime() + milliseconds;
  return async (assembly) => {
    if (now().getTime() < end) return read(assembly);
    return queueState(assembly, now()) === 'waiting' ? null : undefined;
  };
}

/** Reads, for as long as the container lives. It never throws: a status does not depend on it. */
export function queueReader({ store, now }: ReadQueueDependencies): ReadQueue {
  let progress: { readonly at: number; readonly value: ReturnType<typeof store.progress> } | undefined;
  let pausedUntil = 0;
  const currentProgress = (time: number) => {
    if (progress === undefined || time - progress.at >= FRESH_MS)
      progress = { at: time, value: store.progress() };
    return progress.value;
  };
  return async (assembly) => {
    const time = now().getTime();
    if (queueState(assembly, now()) !== 'waiting') return undefined;
    if (time < pausedUntil) return null;
    try {
      const [line, next] = await Promise.all([
        currentProgress(time),
        store.checkpointsFrom(waitsSince(assembly)),
      ]);
      return line === undefined ? null : { progress: line.progress, next };
    } catch (error) {
      progress = undefined;
      pausedUntil = time + PAUSE_MS;
      logger.warn('The place in the queue could not be read', { error: error as Error });
      return null;
    }
  };
}
