import { randomUUID } from 'node:crypto';
import { QueueCounter } from '../../lambdas/enqueue/queue-counter.ts';
import { QueueStore } from '../../lambdas/shared/queue-store.ts';
import { queueReader } from '../../lambdas/shared/read-queue.ts';
import type { AssemblyWritten } from '../../lambdas/shared/stream-consumer.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { queueViewOf } from '../../lib/domain/queue-view.ts';
import type { ShownQueue } from '../../lib/domain/shown-queue.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { type LineFaults, ModelLine } from './model-line.ts';
import type { QueueDatabase } from './queue-database.ts';

export interface LineScript {
  readonly faults: LineFaults;
  /** Jobs that workers take in a second. */
  readonly perSecond: number;
  readonly busyOwner?: string;
  /** Records of the stream at once, at most. */
  readonly batch?: number;
  readonly shards?: number;
}

/** Jobs per second; as many as workers can take, where absent. */
export interface Tick {
  readonly arrivals?: number;
  readonly claims?: number;
  readonly owner?: () => string;
}

/** What one assembly was told, and what is true. */
export interface Told {
  readonly told: number;
  readonly truth: number;
  readonly readUnits: number;
}

/** Lambda asks a shard four times a second. */
const TICK_MS = 250;
/** A table begins with as many. */
const SHARDS = 4;
/** A batch of the mapping, which it reads one after the other. */
const BATCH = 100;
const LONGEST_PATIENCE_MS = 60_000;

/** A line in a time of its own: what the model writes is counted by the code that is deployed, in a real table. */
export class PlayedLine {
  readonly model: ModelLine;
  readonly store: QueueStore;
  private readonly script: LineScript;
  private readonly database: QueueDatabase;
  private readonly random = seededRandom(7);
  private readonly counters: readonly QueueCounter[];
  private time = Date.parse('2026-03-01T12:00:00.000Z');
  private readonly owed = { arrivals: 0, claims: 0 };

  private constructor(script: LineScript, database: QueueDatabase, table: string) {
    const { faults, busyOwner, perSecond, shards = SHARDS } = script;
    this.script = script;
    this.database = database;
    this.store = new QueueStore(database.documents, table);
    const patienceMs = Math.min(LONGEST_PATIENCE_MS, 100_000 / perSecond);
    this.model = new ModelLine({ random: this.random, shards, faults, busyOwner, patienceMs });
    this.counters = Array.from(
      { length: shards },
      () => new QueueCounter({ queue: this.store, now: this.now }),
    );
  }

  static async start(script: LineScript, database: QueueDatabase): Promise<PlayedLine> {
    return new PlayedLine(script, database, await database.createTable(`bench-${randomUUID()}`));
  }

  readonly now = (): Date => new Date(this.time);

  /** A quarter of a second goes by. */
  async tick({
    arrivals = this.script.perSecond,
    claims = this.script.perSecond,
    owner,
  }: Tick = {}): Promise<void> {
    const span = { from: this.time, to: this.time + TICK_MS };
    this.model.submit(this.whole('arrivals', arrivals), span, owner);
    this.model.work(this.whole('claims', claims), span);
    this.time = span.to;
    this.model.advance(this.time);
    while (await this.readShards());
  }

  /** What some of those who wait are told, from the first to the last. */
  async sample(count: number, isMeant: (assembly: Assembly) => boolean = () => true): Promise<Told[]> {
    const waiting = this.model.inOrder(this.time).map((assembly, index) => ({ assembly, truth: index + 1 }));
    const meant = waiting.filter(({ assembly }) => isMeant(assembly));
    const every = Math.max(1, meant.length / count);
    const picked = meant.filter((_, index) => Math.floor(index / every) !== Math.floor((index - 1) / every));
    const found: Told[] = [];
    for (const { assembly, truth } of picked) {
      this.database.units();
      const { position } = await this.view(assembly);
      const { read } = this.database.units();
      if (position !== null) found.push({ told: position, truth, readUnits: read });
    }
    return found;
  }

  /** As a container says it that was not asked before. */
  async view(
    assembly: Assembly,
    store: Pick<QueueStore, 'progress' | 'checkpointsFrom'> = this.store,
  ): Promise<ShownQueue> {
    return queueViewOf(assembly, await queueReader({ store, now: this.now })(assembly), this.now());
  }

  /** A batch of each shard, at once. False where there was none. */
  private async readShards(): Promise<boolean> {
    const { faults, batch = BATCH } = this.script;
    const read = this.counters
      .map((counter, shard) => ({ counter, records: this.model.read(shard, batch) }))
      .filter(({ records }) => records.length > 0);
    await Promise.all(read.map(({ counter, records }) => count(counter, records)));
    this.model.consumed(interleaved(read.map(({ records }) => records)));
    for (const { counter, records } of read) {
      if (this.random() >= faults.replays) continue;
      await count(counter, records);
      this.model.consumed(records);
    }
    return read.length > 0;
  }

  /** Of so many in a second; what is left of one comes with the next tick. */
  private whole(what: 'arrivals' | 'claims', perSecond: number): number {
    const due = this.owed[what] + (perSecond * TICK_MS) / 1000;
    this.owed[what] = due % 1;
    return Math.floor(due);
  }
}

async function count(counter: QueueCounter, records: readonly AssemblyWritten[]): Promise<void> {
  for (const record of records) counter.note(record);
  await counter.flush();
}

/** Shards send their messages at the same time. */
const interleaved = (batches: readonly (readonly AssemblyWritten[])[]): AssemblyWritten[] =>
  batches
    .flatMap((batch) => batch.map((record, index) => ({ record, at: index / batch.length })))
    .toSorted((a, b) => a.at - b.at)
    .map(({ record }) => record);
