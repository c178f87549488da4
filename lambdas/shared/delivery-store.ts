import { gunzipSync, gzipSync } from 'node:zlib';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Delivery, DeliveryAttempt, DeliveryState } from '../../lib/domain/delivery.ts';

export type DeliveryKey = Pick<Delivery, 'endpoint_id' | 'event_id'>;

/** A status with hundreds of results is larger than the 400 KB that an item holds, and mostly repetition. */
const COMPRESS_FROM_BYTES = 64 * 1024;

function toRow({ payload, ...row }: Delivery): Record<string, unknown> {
  return Buffer.byteLength(payload) < COMPRESS_FROM_BYTES
    ? { ...row, payload }
    : { ...row, payload_gzip: gzipSync(payload) };
}

function fromRow({ payload_gzip, ...row }: Record<string, unknown>): Delivery {
  return payload_gzip === undefined
    ? (row as unknown as Delivery)
    : ({ ...row, payload: gunzipSync(payload_gzip as Uint8Array).toString('utf8') } as unknown as Delivery);
}

/** The deliveries table. */
export class DeliveryStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  async get({ endpoint_id, event_id }: DeliveryKey): Promise<Delivery | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { endpoint_id, event_id }, ConsistentRead: true }),
    );
    return Item && fromRow(Item);
  }

  /** Adds the delivery unless it is there already. Returns what is stored afterwards. */
  async addOnce(delivery: Delivery): Promise<Delivery> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: toRow(delivery),
          ConditionExpression: 'attribute_not_exists(endpoint_id)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return delivery;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
      return fromRow(unmarshall(error.Item));
    }
  }

  /**
   * Makes an ended delivery pending again, so that it is sent once more. Nothing happens where the row is gone or an attempt
   * was recorded since.
   */
  async reopen(
    { endpoint_id, event_id, attempt_count }: DeliveryKey & Pick<Delivery, 'attempt_count'>,
    dueAt: Date,
  ): Promise<void> {
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { endpoint_id, event_id },
          UpdateExpression: 'SET #state = :pending, due_at = :due_at',
          ConditionExpression: 'attempt_count = :count',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: {
            ':pending': 'pending' satisfies DeliveryState,
            ':due_at': dueAt.toISOString(),
            ':count': attempt_count,
          },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /**
   * Records an attempt and what follows from it. Returns false where another copy of the message has recorded one since:
   * then nothing is written.
   */
  async recordAttempt(
    { endpoint_id, event_id, attempt_count }: DeliveryKey & Pick<Delivery, 'attempt_count'>,
    { attempt, state, dueAt }: { attempt: DeliveryAttempt; state: DeliveryState; dueAt: Date },
  ): Promise<boolean> {
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { endpoint_id, event_id },
          UpdateExpression:
            'SET #state = :state, due_at = :due_at, attempt_count = :next, attempts = list_append(attempts, :attempt)',
          ConditionExpression: 'attempt_count = :count',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: {
            ':state': state,
            ':due_at': dueAt.toISOString(),
            ':count': attempt_count,
            ':next': attempt_count + 1,
            ':attempt': [attempt],
          },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
