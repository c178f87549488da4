import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LOCAL_AWS, localWaybill } from './local-cloud.ts';

/** A table of the test's own in the local DynamoDB, with string keys: no stream, so that nothing else happens. */
export async function scratchTable(
  ...keys: string[]
): Promise<{ client: DynamoDBClient; documents: DynamoDBDocumentClient; name: string }> {
  const client = new DynamoDBClient({ ...LOCAL_AWS, endpoint: localWaybill().dynamodb_endpoint });
  const name = `test-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((key) => ({ AttributeName: key, AttributeType: 'S' })),
      KeySchema: keys.map(
        (key, index): KeySchemaElement => ({ AttributeName: key, KeyType: index === 0 ? 'HASH' : 'RANGE' }),
      ),
    }),
  );
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { client, documents, name };
}

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
