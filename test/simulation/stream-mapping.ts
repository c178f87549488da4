import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { Outcome, Platform } from './invocation.ts';
import type { Change, SimulatedStream } from './simulated-stream.ts';

export interface StreamMappingSettings<Item> {
  readonly name: string;
  /** Which writes the function is called for. */
  readonly filter: (after: Item) => boolean;
  readonly batchSize?: number;
  /** How long a batch is gathered. */
  readonly windowMs?: number;
}

/** Less than the 100 of the stack, so that 50 assemblies make several batches. */
const BATCH_SIZE = 12;
const RETENTION_MS = 24 * 3_600_000;
const FIRST_BACKOFF_MS = 1_000;
/** Real mappings come back sooner: this is how a day of outage stays a few hundred calls. */
const MAX_BACKOFF_MS = 10 * 60_000;

/**
 * The event source mapping from the stream to a function: a shard's batches one after the other, each repeated from its
 * lowest failed record for as long as the stream keeps it, and cut in half when the function fails as a whole.
 */
export class StreamMapping<Item extends { readonly assembly_id: string }> {
  private readonly stream: SimulatedStream<Item>;
  private readonly invoke: (event: DynamoDBStreamEvent) => Promise<Outcome<DynamoDBBatchResponse>>;
  private readonly settings: StreamMappingSettings<Item>;
  private readonly platform: Platform;
  /** By shard: how many of its records are done with. */
  private readonly positions = new Map<number, number>();
  /** Shards that are being read. */
  private readonly busy = new Set<number>();

  constructor(
    stream: SimulatedStream<Item>,
    invoke: (event: DynamoDBStreamEvent) => Promise<Outcome<DynamoDBBatchResponse>>,
    settings: StreamMappingSettings<Item>,
    platform: Platform,
  ) {
    this.stream = stream;
    this.invoke = invoke;
    this.settings = settings;
    this.platform = platform;
    stream.onAppended((shard) => this.wake(shard));
  }

  private wake(shard: number): void {
    if (this.busy.has(shard)) return;
    this.busy.add(shard);
    const { scheduler, random } = this.platform;
    const { windowMs = 0 } = this.settings;
    scheduler.after(windowMs + random.int(20, 250), () => void this.drain(shard));
  }

  /** Until the shard has no more records. */
  private async drain(shard: number): Promise<void> {
    const { scheduler, random } = this.platform;
    const changes = this.stream.shards[shard] ?? [];
    const { batchSize = BATCH_SIZE, windowMs = 0 } = this.settings;
    let limit = batchSize;
    let backoff = 0;
    for (;;) {
      const position = this.untrimmed(shard, changes);
      if (position >= changes.length) break;
      const batch = changes.slice(position, position + random.int(1, limit));
      const done = await this.hand(batch);
      this.positions.set(shard, position + done.count);
      if (done.count === batch.length) {
        limit = batchSize;
        backoff = 0;
      } else {
        if (done.bisect) limit = Math.ceil(batch.length / 2);
        backoff = Math.min(MAX_BACKOFF_MS, Math.max(FIRST_BACKOFF_MS, backoff * 2));
      }
      await scheduler.pause(backoff + windowMs + random.int(1, 50));
    }
    this.busy.delete(shard);
  }

  /** Where to read on: what is older than a day is gone. */
  private untrimmed(shard: number, changes: readonly Change<Item>[]): number {
    let position = this.positions.get(shard) ?? 0;
    const oldest = this.platform.scheduler.ms - RETENTION_MS;
    for (let change = changes[position]; change && change.at < oldest; change = changes[position]) {
      const { name } = this.settings;
      this.platform.history.add({ type: 'trimmed', name, assemblyId: change.after.assembly_id });
      position += 1;
    }
    // Noted once, and the batch is read from here on.
    this.positions.set(shard, position);
    return position;
  }

  /** How many records of the batch are done with. */
  private async hand(batch: readonly Change<Item>[]): Promise<{ count: number; bisect: boolean }> {
    const { name, filter } = this.settings;
    const wanted = batch.filter(({ after }) => filter(after));
    if (wanted.length === 0) return { count: batch.length, bisect: false };
    const outcome = await this.invoke({ Records: wanted.map((change) => this.stream.recordOf(change)) });
    if (!outcome.ok) return { count: 0, bisect: true };
    const failed = new Set(outcome.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const lowest = batch.findIndex(({ sequence }) => failed.has(String(sequence)));
    if (lowest >= 0) return { count: lowest, bisect: false };
    const replayed = this.platform.faults.happens('stream replay', name);
    return { count: replayed ? 0 : batch.length, bisect: false };
  }
}
