import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOCAL_AWS, localWaybill } from './local-cloud.ts';

interface ScratchOptions {
  /** Indexes by name, each with its partition key and its sort key, and with every attribute. */
  readonly indexes?: Readonly<Record<string, readonly string[]>>;
  /** The key attributes that are numbers; all others are strings. */
  readonly numbers?: readonly string[];
}

/** A table of the test's own in the local DynamoDB: no stream, so that nothing else happens. */
export async function scratchTable(
  keys: readonly string[],
  { indexes = {}, numbers = [] }: ScratchOptions = {},
): Promise<{ client: DynamoDBClient; documents: DynamoDBDocumentClient; name: string }> {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: localWaybill().dynamodb_endpoint });
  const name = `test-${randomUUID()}`;
  const attributes = new Set([...keys, ...Object.values(indexes).flat()]);
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [...attributes].map((key) => ({
        AttributeName: key,
        AttributeType: numbers.includes(key) ? 'N' : 'S',
      })),
      KeySchema: keySchema(keys),
      ...(Object.keys(indexes).length > 0 && {
        GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, indexKeys]) => ({
          IndexName,
          KeySchema: keySchema(indexKeys),
          Projection: { ProjectionType: 'ALL' },
        })),
      }),
    }),
  );
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { client, documents, name };
}

const keySchema = (keys: readonly string[]): KeySchemaElement[] =>
  keys.map((key, index) => ({ AttributeName: key, KeyType: index === 0 ? 'HASH' : 'RANGE' }));

/**
 * The fault that SDKs hide: the first write is committed, its answer is lost, and the SDK sends it again by itself.
 * Sits inside the retry loop. `meanwhile` happens between the two.
 */
export function loseFirstAnswer(
  client: DynamoDBClient,
  meanwhile: () => Promise<unknown> = async () => {},
): void {
  let lost = false;
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      if (lost) return answer;
      lost = true;
      await meanwhile();
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $retryable: {} });
    },
    { step: 'finalizeRequest', priority: 'low', name: 'loseFirstAnswer' },
  );
}
