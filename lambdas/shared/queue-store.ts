import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { QUEUE_KEY, TTL_ATTRIBUTE } from '../../lib/bindings.ts';
import type { QueueCheckpoint, QueueHead, QueueProgress } from '../../lib/domain/queue-progress.ts';

/** SQS forgets a message after four days: by then its place is of no use. */
const CHECKPOINT_SECONDS = 5 * 86_400;

/**
 * As many as one read unit of those read at once can hold, 4 KB in two: a table begins with four shards, each of which has a
 * checkpoint of that time.
 */
const CHECKPOINTS_READ = 6;

/** The one queue that has a line. The row of its progress is no checkpoint, and so has another partition. */
const CHECKPOINTS = 'jobs';
const PROGRESS = { [QUEUE_KEY.partition]: 'jobs#progress', [QUEUE_KEY.sort]: '-' };

/** Nobody waits longer for what is only a hint. */
const hint = () => ({ abortSignal: AbortSignal.timeout(1_000) });

/** The progress with the number of times that its head was written: the fence of the next write. */
export interface StoredProgress {
  readonly progress: QueueProgress;
  readonly revision: number;
}

/** The table of the queue: one row with how far it has come, and a row per batch of jobs that were enqueued together. */
export class QueueStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** Undefined before the first job. */
  async progress({ consistent = false } = {}): Promise<StoredProgress | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: PROGRESS, ConsistentRead: consistent }),
      hint(),
    );
    return Item && fromItem(Item);
  }

  /** Adds jobs to the line, and returns it as it is then. */
  async addEnqueued(count: number, now: Date): Promise<StoredProgress> {
    const { Attributes } = await this.client.send(
      new UpdateCommand({
        TableName: this.table,
        Key: PROGRESS,
        UpdateExpression: 'ADD enqueued :count SET updated_at = :now',
        ExpressionAttributeValues: { ':count': count, ':now': now.getTime() },
        ReturnValues: 'ALL_NEW',
      }),
      hint(),
    );
    return fromItem(Attributes ?? {});
  }

  /** False where somebody else has written the head since. */
  async setHead(head: QueueHead, { revision }: Pick<StoredProgress, 'revision'>): Promise<boolean> {
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: PROGRESS,
          UpdateExpression: 'SET head = :head, revision = :next, updated_at = :now',
          ConditionExpression: revision === 0 ? 'attribute_not_exists(revision)' : 'revision = :seen',
          ExpressionAttributeValues: {
            ':head': head,
            ':next': revision + 1,
            ':now': head.moved_at,
            ...(revision > 0 && { ':seen': revision }),
          },
        }),
        hint(),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Two batches that end in the same millisecond have two rows. */
  async addCheckpoint(checkpoint: QueueCheckpoint): Promise<void> {
    const { before, from, offsets } = checkpoint;
    const to = from + (offsets.at(-1) ?? 0);
    const at = `${new Date(to).toISOString()}#${before + offsets.length}`;
    const expires_at = Math.ceil(to / 1000) + CHECKPOINT_SECONDS;
    await this.client.send(
      new PutCommand({
        TableName: this.table,
        Item: {
          [QUEUE_KEY.partition]: CHECKPOINTS,
          [QUEUE_KEY.sort]: at,
          before,
          from,
          gaps: gapsOf(offsets),
          [TTL_ATTRIBUTE]: expires_at,
        },
      }),
      hint(),
    );
  }

  /** The first that do not end before that time, by their ends. */
  async checkpointsFrom(time: number): Promise<readonly QueueCheckpoint[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: '#queue = :queue AND #at >= :at',
        ExpressionAttributeNames: { '#queue': QUEUE_KEY.partition, '#at': QUEUE_KEY.sort },
        ExpressionAttributeValues: { ':queue': CHECKPOINTS, ':at': new Date(time).toISOString() },
        Limit: CHECKPOINTS_READ,
      }),
      hint(),
    );
    return Items.map(({ before, from, gaps }) => ({ before, from, offsets: offsetsOf(gaps) }));
  }
}

/** From one to the next, as text: a list of numbers is twice as long, and slower to read. */
const gapsOf = (offsets: readonly number[]): string =>
  offsets.map((offset, index) => offset - (offsets[index - 1] ?? 0)).join(' ');

function offsetsOf(gaps: string): number[] {
  let offset = 0;
  return gaps.split(' ').map((gap) => (offset += Number(gap)));
}

const fromItem = ({ enqueued = 0, updated_at = 0, head, revision = 0 }: Record<string, unknown>) =>
  ({
    progress: { enqueued, updated_at, ...(head !== undefined && { head }) },
    revision,
  }) as StoredProgress;
