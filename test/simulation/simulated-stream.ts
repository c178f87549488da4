import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';

export interface Change {
  readonly sequence: number;
  readonly at: number;
  readonly before: Assembly | undefined;
  readonly after: Assembly;
}

/** Two are enough for items of different keys to overtake each other. */
const SHARDS = 2;

/** The stream of the jobs table: in order for one item, in any order for two. */
export class SimulatedStream {
  readonly shards: readonly Change[][] = Array.from({ length: SHARDS }, () => []);
  private readonly readers: ((shard: number) => void)[] = [];
  private sequence = 0;

  append(at: number, before: Assembly | undefined, after: Assembly): void {
    this.sequence += 1;
    const shard = Number.parseInt(after.assembly_id.slice(-1), 16) % SHARDS;
    this.shards[shard]?.push({ sequence: this.sequence, at, before, after });
    for (const told of this.readers) told(shard);
  }

  /** Tells of each change, by shard. */
  onAppended(told: (shard: number) => void): void {
    this.readers.push(told);
  }
}

/** A change as a function is given it. */
export const recordOf = ({ sequence, before, after }: Change): DynamoDBRecord =>
  ({
    eventName: before ? 'MODIFY' : 'INSERT',
    dynamodb: {
      SequenceNumber: String(sequence),
      NewImage: imageOf(after),
      ...(before && { OldImage: imageOf(before) }),
    },
  }) as DynamoDBRecord;

/** What is new in one record is old in the next. */
const images = new WeakMap<Assembly, unknown>();

function imageOf(assembly: Assembly): unknown {
  const known = images.get(assembly);
  if (known) return known;
  const image = marshall(toItem(assembly), { removeUndefinedValues: true });
  images.set(assembly, image);
  return image;
}
