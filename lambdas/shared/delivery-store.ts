import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Delivery, DeliveryAttempt, DeliveryState } from '../../lib/domain/delivery.ts';

export type DeliveryKey = Pick<Delivery, 'endpoint_id' | 'event_id'>;

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
    return Item as Delivery | undefined;
  }

  /** Adds the delivery unless it is there already. Returns what is stored afterwards. */
  async addOnce(delivery: Delivery): Promise<Delivery> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: delivery,
          ConditionExpression: 'attribute_not_exists(endpoint_id)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return delivery;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error;
      return unmarshall(error.Item) as Delivery;
    }
  }

  /** Makes an ended delivery pending again, so that it is sent once more. */
  async reopen({ endpoint_id, event_id }: DeliveryKey, dueAt: Date): Promise<void> {
    await this.client.send(
      new UpdateCommand({
        TableName: this.table,
        Key: { endpoint_id, event_id },
        UpdateExpression: 'SET #state = :pending, due_at = :due_at',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':pending': 'pending' satisfies DeliveryState,
          ':due_at': dueAt.toISOString(),
        },
      }),
    );
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
