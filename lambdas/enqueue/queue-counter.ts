import { type Assembly, isWorkedHere } from '../../lib/domain/assembly.ts';
import { becameQueued } from '../../lib/domain/events.ts';
import {
  advanceHead,
  type Claims,
  checkpointOf,
  headPlace,
  placesAt,
} from '../../lib/domain/queue-progress.ts';
import { waitsSince } from '../../lib/domain/queue-view.ts';
import { logger } from '../shared/logger.ts';
import type { QueueStore } from '../shared/queue-store.ts';
import type { AssemblyWritten } from '../shared/stream-consumer.ts';

export interface QueueCounterDependencies {
  readonly queue: Pick<
    QueueStore,
    'addEnqueued' | 'addCheckpoint' | 'progress' | 'checkpointsFrom' | 'setHead'
  >;
  readonly now: () => Date;
}

interface Claim {
  /** When it was queued, and so counted. */
  readonly queued: number;
  readonly waitedMs: number;
  /** A run that is repeated at a time of its own is not taken in its turn. */
  readonly isRepeated: boolean;
}

/** Other shards of the stream write the head, too. */
const MAX_ROUNDS = 5;
/** While the table does not answer, jobs do not wait for it each time. */
const PAUSE_MS = 30_000;

/**
 * Counts what a batch of the stream puts into the queue and takes out of it. What it writes is a hint for people who wait:
 * where it fails, the batch is none the worse.
 */
export class QueueCounter {
  private readonly dependencies: QueueCounterDependencies;
  private enqueued: number[] = [];
  private claimed: Claim[] = [];
  private pausedUntil = 0;

  constructor(dependencies: QueueCounterDependencies) {
    this.dependencies = dependencies;
  }

  /** Notes a record. */
  note({ before, after }: AssemblyWritten): void {
    if (isWorkedHere(after) && becameQueued(before, after))
      this.enqueued.push(Date.parse(after.queued_at ?? after.updated_at));
    else if (before && isClaim(before, after)) this.claimed.push(claimOf(before, after));
  }

  /** Writes what was noted. Never throws. */
  async flush(): Promise<void> {
    const { enqueued, claimed } = this;
    this.enqueued = [];
    this.claimed = [];
    const now = this.dependencies.now();
    if (now.getTime() < this.pausedUntil) return;
    try {
      if (enqueued.length > 0) await this.putIn(enqueued, now);
      if (claimed.length > 0) await this.takeOut(claimed, now);
    } catch (error) {
      this.pausedUntil = now.getTime() + PAUSE_MS;
      logger.warn('The place in the queue could not be counted', { error: error as Error });
    }
  }

  private async putIn(times: readonly number[], now: Date): Promise<void> {
    const { queue } = this.dependencies;
    const { progress } = await queue.addEnqueued(times.length, now);
    // Alone in the line, a job needs no row to be found by: it is the last one, until another comes.
    if (times.length === 1 && progress.enqueued - headPlace(progress) <= 1) return;
    await queue.addCheckpoint(checkpointOf(times, progress.enqueued));
  }

  private async takeOut(claims: readonly Claim[], now: Date): Promise<void> {
    const { queue } = this.dependencies;
    const found = await this.placesOf(claims);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const stored = await queue.progress({ consistent: true });
      if (stored === undefined) return;
      const head = advanceHead(stored.progress, found, {
        now: now.getTime(),
        waitMs: claims.at(-1)?.waitedMs ?? 0,
      });
      if (await queue.setHead(head, stored)) return;
    }
  }

  private async placesOf(claims: readonly Claim[]): Promise<Claims> {
    const { queue } = this.dependencies;
    const times = claims.map(({ queued }) => queued);
    const inTurn = claims.filter(({ isRepeated }) => !isRepeated).map(({ queued }) => queued);
    const [first, last] = [Math.min(...inTurn), Math.max(...times)];
    const [early, late] = await Promise.all([
      first < last ? queue.checkpointsFrom(first) : undefined,
      queue.checkpointsFrom(last),
    ]);
    const newest = placesAt(last, late, { atLeast: true });
    const lowest = inTurn.length === 0 ? undefined : placesAt(first, early ?? late, { atLeast: true })?.last;
    const nearIt = inTurn.filter((time) => time - first <= last - time).length;
    return {
      count: claims.length,
      ...(lowest !== undefined && { inTurn: { count: inTurn.length, lowest, nearIt } }),
      ...(newest && { newest: { ...newest, taken: times.filter((time) => time === last).length } }),
    };
  }
}

const isClaim = (before: Assembly, after: Assembly): boolean =>
  before.status === 'queued' && after.status === 'processing' && isWorkedHere(before);

const claimOf = (before: Assembly, after: Assembly): Claim => ({
  queued: Date.parse(before.queued_at ?? before.created_at),
  waitedMs: Date.parse(after.started_at ?? after.updated_at) - waitsSince(before),
  isRepeated: before.next_retry_at !== undefined,
});
