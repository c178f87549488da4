import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';

export interface Change<Item> {
  readonly sequence: number;
  readonly at: number;
  readonly before: Item | undefined;
  readonly after: Item;
}

/** Two are enough for items of different keys to overtake each other. */
const SHARDS = 2;

export interface StreamSettings<Item> {
  /** As the table holds it. */
  readonly itemOf: (item: Item) => Record<string, unknown>;
}

/** The stream of a table: in order for one partition, in any order for two. */
export class SimulatedStream<Item extends { readonly assembly_id: string }> {
  readonly shards: readonly Change<Item>[][] = Array.from({ length: SHARDS }, () => []);
  private readonly readers: ((shard: number) => void)[] = [];
  private readonly settings: StreamSettings<Item>;
  /** What is new in one record is old in the next. */
  private readonly images = new WeakMap<Item, unknown>();
  private sequence = 0;

  constructor(settings: StreamSettings<Item>) {
    this.settings = settings;
  }

  append(at: number, before: Item | undefined, after: Item): void {
    this.sequence += 1;
    const shard = Number.parseInt(after.assembly_id.slice(-1), 16) % SHARDS;
    this.shards[shard]?.push({ sequence: this.sequence, at, before, after });
    for (const told of this.readers) told(shard);
  }

  /** Tells of each change, by shard. */
  onAppended(told: (shard: number) => void): void {
    this.readers.push(told);
  }

  /** A change as a function is given it. */
  recordOf({ sequence, before, after }: Change<Item>): DynamoDBRecord {
    return {
      eventName: before ? 'MODIFY' : 'INSERT',
      dynamodb: {
        SequenceNumber: String(sequence),
        NewImage: this.imageOf(after),
        ...(before && { OldImage: this.imageOf(before) }),
      },
    } as DynamoDBRecord;
  }

  private imageOf(item: Item): unknown {
    const known = this.images.get(item);
    if (known) return known;
    const image = marshall(this.settings.itemOf(item), { removeUndefinedValues: true });
    this.images.set(item, image);
    return image;
  }
}
