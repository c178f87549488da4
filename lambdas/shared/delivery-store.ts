import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DELIVERIES_INDEXES } from '../../lib/bindings.ts';
import {
  type Delivery,
  type DeliveryMessage,
  type DeliveryOutcome,
  type DeliveryState,
  type DueDelivery,
  dueShard,
} from '../../lib/domain/delivery.ts';
import type { DeliveryAttempt } from '../../lib/domain/shown-delivery.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { fromRow, toRow } from './delivery-row.ts';

export type DeliveryKey = Pick<Delivery, 'endpoint_id' | 'event_id'>;

/** Where a page of due deliveries ends, and the next begins. */
export type DuePosition = Readonly<Record<string, unknown>>;

/** The same in the list of an assembly. */
export type ListPosition = Pick<Delivery, 'created_at' | 'endpoint_id' | 'event_id'>;

/** What a list is made of. */
const LISTED = [
  'endpoint_id',
  'event_id',
  'url',
  'state',
  'attempt_count',
  'attempts',
  'created_at',
  'next_attempt_at',
  'expires_at',
] as const satisfies readonly (keyof Delivery)[];
export type ListedDelivery = Pick<Delivery, (typeof LISTED)[number]>;

/** By placeholders: some of these names are words of DynamoDB. */
const LISTED_PROJECTION = {
  ProjectionExpression: LISTED.map((name) => `#${name}`).join(', '),
  ExpressionAttributeNames: Object.fromEntries(LISTED.map((name) => [`#${name}`, name])),
};

/** An answer has at most 16 MB of the 40 that 100 rows can have; what is left after these is throttled. */
const MAX_BATCH_ROUNDS = 5;

const { due, byAssembly } = DELIVERIES_INDEXES;

/** A refused write and what is stored instead, if anything. */
interface Refusal {
  readonly stored: Record<string, unknown> | undefined;
}

/** The deliveries table. What is read by an index may be a second old; what is written is conditional on what was read. */
export class DeliveryStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  private readonly newHolder: () => string;

  constructor(client: DynamoDBDocumentClient, table: string, newHolder: () => string = randomUUID) {
    this.client = client;
    this.table = table;
    this.newHolder = newHolder;
  }

  /** Adds the delivery unless it is there already. Returns what is stored afterwards. */
  async addOnce(delivery: Delivery): Promise<Delivery> {
    const put = new PutCommand({
      TableName: this.table,
      Item: toRow(delivery),
      ConditionExpression: 'attribute_not_exists(endpoint_id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const refusal = await refusalOf(() => this.client.send(put));
    return refusal?.stored ? fromRow(refusal.stored) : delivery;
  }

  /**
   * Takes a pending delivery with that many attempts, so that of several copies of its message one alone sends it. Nobody
   * else gets it before `until`, unless the attempt is recorded. Undefined where it is not to be had.
   */
  async hold(
    message: DeliveryMessage,
    { now, until }: { now: Date; until: Date },
  ): Promise<Delivery | undefined> {
    const holder = this.newHolder();
    const update = this.update(message, {
      set: 'held_by = :holder, held_until = :until',
      and: '(attribute_not_exists(held_until) OR held_until <= :now)',
      returnRow: true,
      values: { ':holder': holder, ':until': until.toISOString(), ':now': now.toISOString() },
    });
    let row: Record<string, unknown> | undefined;
    const refusal = await refusalOf(async () => {
      row = (await this.client.send(update)).Attributes;
    });
    // The SDK repeats a write whose answer was lost, and is then refused by its own.
    const mine = refusal?.stored?.held_by === holder ? refusal.stored : row;
    return mine && fromRow(mine);
  }

  /**
   * Records an attempt and what follows from it. Returns false where another copy of the message has recorded one since:
   * then nothing is written.
   */
  async recordAttempt(
    delivery: DeliveryMessage,
    attempt: DeliveryAttempt,
    outcome: DeliveryOutcome,
  ): Promise<boolean> {
    const counted = 'attempt_count = :next, attempts = list_append(attempts, :attempt)';
    const values = { ':next': delivery.attempt_count + 1, ':attempt': [attempt] };
    const update =
      outcome.state === 'pending'
        ? this.update(delivery, {
            set: `${counted}, next_attempt_at = :next_attempt_at, due_at = :due_at, ${due.partition} = :shard`,
            remove: ['held_until'],
            values: {
              ...values,
              ':next_attempt_at': outcome.nextAttemptAt.toISOString(),
              ':due_at': outcome.dueAt.toISOString(),
              ':shard': dueShard(delivery.event_id),
            },
          })
        : this.update(delivery, {
            set: `${counted}, #state = :state`,
            remove: ['held_until', 'next_attempt_at', 'due_at', due.partition],
            values: { ...values, ':state': outcome.state },
          });
    const refusal = await refusalOf(() => this.client.send(update));
    const attempts = refusal?.stored?.attempts as readonly DeliveryAttempt[] | undefined;
    return refusal === undefined || attempts?.[delivery.attempt_count]?.at === attempt.at;
  }

  /** Makes an ended delivery pending again, so that it is sent once more, where no attempt was recorded since. */
  async reopen(
    delivery: DeliveryMessage,
    { nextAttemptAt, dueAt }: { nextAttemptAt: Date; dueAt: Date },
  ): Promise<void> {
    const update = this.update(delivery, {
      ended: true,
      set: `#state = :pending, next_attempt_at = :next_attempt_at, due_at = :due_at, ${due.partition} = :shard`,
      values: {
        ':next_attempt_at': nextAttemptAt.toISOString(),
        ':due_at': dueAt.toISOString(),
        ':shard': dueShard(delivery.event_id),
      },
    });
    await refusalOf(() => this.client.send(update));
  }

  /** Sets when to look at it again, where it is still pending with that many attempts. False where it is not. */
  async moveDue(delivery: DeliveryMessage, dueAt: Date): Promise<boolean> {
    const update = this.update(delivery, {
      set: 'due_at = :due_at',
      values: { ':due_at': dueAt.toISOString() },
    });
    return (await refusalOf(() => this.client.send(update))) === undefined;
  }

  /** A page of what is due by then in one shard, the longest due first. */
  async due(
    shard: string,
    before: Date,
    { limit, from }: { limit: number; from?: DuePosition },
  ): Promise<{ due: DueDelivery[]; next: DuePosition | undefined }> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: due.name,
        KeyConditionExpression: '#shard = :shard AND #due_at <= :before',
        ExpressionAttributeNames: { '#shard': due.partition, '#due_at': due.sort },
        ExpressionAttributeValues: { ':shard': shard, ':before': before.toISOString() },
        Limit: limit,
        ExclusiveStartKey: from,
      }),
    );
    return { due: Items as DueDelivery[], next: LastEvaluatedKey };
  }

  /** A page of the deliveries of an assembly, the newest first. One that is deleted meanwhile is left out. */
  async byAssembly(
    assemblyId: string,
    { limit, from }: { limit: number; from?: ListPosition },
  ): Promise<{ deliveries: ListedDelivery[]; next: ListPosition | undefined }> {
    const { Items = [], LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: byAssembly.name,
        KeyConditionExpression: '#assembly = :assembly',
        ExpressionAttributeNames: { '#assembly': byAssembly.partition },
        ExpressionAttributeValues: { ':assembly': assemblyId },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: from && { ...from, [byAssembly.partition]: assemblyId },
      }),
    );
    const keys = Items.map(({ endpoint_id, event_id }) => ({ endpoint_id, event_id })) as DeliveryKey[];
    const rows = new Map((await this.rowsOf(keys)).map((row) => [nameOf(row), row]));
    return {
      deliveries: keys.flatMap((key) => rows.get(nameOf(key)) ?? []),
      next: LastEvaluatedKey && positionIn(LastEvaluatedKey as ListPosition),
    };
  }

  /** At most 100, in any order, without what makes them large. */
  private async rowsOf(keys: readonly DeliveryKey[]): Promise<ListedDelivery[]> {
    const rows: ListedDelivery[] = [];
    let left: Record<string, unknown>[] = keys.map((key) => ({ ...key }));
    for (let round = 0; left.length > 0; round++) {
      if (round === MAX_BATCH_ROUNDS)
        throw new WaybillError('unavailable', 'Not all deliveries could be read. Try again.');
      const { Responses = {}, UnprocessedKeys = {} } = await this.client.send(
        new BatchGetCommand({ RequestItems: { [this.table]: { Keys: left, ...LISTED_PROJECTION } } }),
      );
      rows.push(...((Responses[this.table] ?? []) as ListedDelivery[]));
      left = UnprocessedKeys[this.table]?.Keys ?? [];
    }
    return rows;
  }

  /** Every change is conditional on state and number of attempts: whoever saw others must not undo what followed. */
  private update(
    { endpoint_id, event_id, attempt_count }: DeliveryMessage,
    { ended = false, set, remove = [], and, values = {}, returnRow = false }: Change,
  ): UpdateCommand {
    const condition = `attempt_count = :count AND #state ${ended ? '<>' : '='} :pending`;
    return new UpdateCommand({
      TableName: this.table,
      Key: { endpoint_id, event_id },
      UpdateExpression: `SET ${set}${remove.length > 0 ? ` REMOVE ${remove.join(', ')}` : ''}`,
      ConditionExpression: and === undefined ? condition : `${condition} AND ${and}`,
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ...values,
        ':count': attempt_count,
        ':pending': 'pending' satisfies DeliveryState,
      },
      ...(returnRow && { ReturnValues: 'ALL_NEW' }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }
}

interface Change {
  /** True for a change to a delivery that has ended, and not to a pending one. */
  readonly ended?: boolean;
  readonly set: string;
  readonly remove?: readonly string[];
  /** A further condition. */
  readonly and?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly returnRow?: boolean;
}

const positionIn = ({ created_at, endpoint_id, event_id }: ListPosition): ListPosition => ({
  created_at,
  endpoint_id,
  event_id,
});

const nameOf = ({ endpoint_id, event_id }: DeliveryKey): string => JSON.stringify([endpoint_id, event_id]);

/** Undefined where the write was made. */
async function refusalOf(write: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { stored: error.Item && unmarshall(error.Item) };
  }
}
