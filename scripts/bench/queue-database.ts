import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QUEUE_KEY } from '../../lib/bindings.ts';
import { startDynoxide } from '../local-cloud/dynoxide.ts';

/** Capacity units. */
interface ReadAndWritten {
  readonly read: number;
  readonly written: number;
}

export interface QueueDatabase {
  readonly documents: DynamoDBDocumentClient;
  /** A new table with the keys of the deployed one. */
  createTable(name: string): Promise<string>;
  /** Since it was asked last. */
  units(): ReadAndWritten;
  stop(): Promise<void>;
}

const WRITES = /^(PutItem|UpdateItem)Command$/;

/** A DynamoDB of its own for the table of the queue, which says what each call has consumed. */
export async function startQueueDatabase(): Promise<QueueDatabase> {
  const database = await startDynoxide((line) => console.error(line));
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: database.endpoint,
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
  let consumed = { read: 0, written: 0 };
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
        const answer = await next({ ...args, input });
        const { ConsumedCapacity } = answer.output as { ConsumedCapacity?: { CapacityUnits?: number } };
        consumed[WRITES.test(commandName) ? 'written' : 'read'] += ConsumedCapacity?.CapacityUnits ?? 0;
        return answer;
      },
    { step: 'initialize', name: 'countUnits' },
  );
  return {
    documents: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
    async createTable(TableName) {
      const keys = [QUEUE_KEY.partition, QUEUE_KEY.sort];
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: keys.map((AttributeName, index) => ({
            AttributeName,
            KeyType: index === 0 ? 'HASH' : 'RANGE',
          })),
        }),
      );
      return TableName;
    },
    units() {
      const since = consumed;
      consumed = { read: 0, written: 0 };
      return since;
    },
    async stop() {
      client.destroy();
      await database.stop();
    },
  };
}
