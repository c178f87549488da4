import { DynamoDBClient, GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { MeterBook } from '../../../scripts/bench/meter-book.ts';
import { type LocalCloud, startLocalCloud } from '../../../scripts/local-cloud/start-local-cloud.ts';
import { FIXTURE } from './child-cloud.ts';

let cloud: LocalCloud;
const book = new MeterBook();
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  cloud = await startLocalCloud({ templateFile: FIXTURE, meter: book });
});
beforeEach(() => book.clear());
afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud.stop();
});

/** Calls of somebody: the developer, or a function by its key. */
function made<Client extends { destroy(): void }>(
  Kind: new (options: object) => Client,
  service: keyof LocalCloud['endpoints'],
  credentials = cloud.credentials,
): Client {
  const endpoint = cloud.endpoints[service];
  const client = new Kind({
    ...{ endpoint, credentials, region: 'us-east-1', maxAttempts: 1, forcePathStyle: true },
  });
  clients.push(client);
  return client;
}

function keyOf(id: string) {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = cloud.environmentOf(
    cloud.functions[id] ?? '',
  );
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
}

const summary = () => book.calls.map(({ service, operation, by }) => `${by}: ${service} ${operation}`);

test('each service tells which call came from whom', async () => {
  const function_ = keyOf('Other');
  await made(SQSClient, 'sqs', function_).send(
    new SendMessageCommand({ QueueUrl: cloud.queues.Discarded, MessageBody: 'x' }),
  );
  await made(SecretsManagerClient, 'secretsManager', function_).send(
    new GetSecretValueCommand({ SecretId: 'Fixture-Secret' }),
  );
  const s3 = made(S3Client, 's3', function_);
  await s3.send(new PutObjectCommand({ Bucket: cloud.buckets.Plain, Key: 'x', Body: 'x' }));
  const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: cloud.buckets.Plain, Key: 'x' }));
  await fetch(url);
  const name = cloud.functions.Other;
  expect(summary()).toEqual([
    `${name}: sqs SendMessage`,
    `${name}: secretsmanager GetSecretValue`,
    `${name}: s3 PutObject`,
    'presigned: s3 GetObject',
  ]);
});

test('DynamoDB tells the units of table and index, by the size of the item', async () => {
  const dynamodb = made(DynamoDBClient, 'dynamodb');
  const Key = { pk: { S: 'metered' } };
  const TableName = cloud.tables.Items;
  await dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, text: { S: 'x'.repeat(3_000) } } }));
  await dynamodb.send(
    new UpdateItemCommand({
      ...{ TableName, Key, UpdateExpression: 'SET kind = :kind' },
      ExpressionAttributeValues: { ':kind': { S: 'a' } },
    }),
  );
  const { ConsumedCapacity } = await dynamodb.send(new GetItemCommand({ TableName, Key }));
  const units = book.calls.map(({ consumed: [each] }) => ({
    all: each?.CapacityUnits,
    table: each?.Table?.CapacityUnits,
    index: each?.GlobalSecondaryIndexes?.['by-kind']?.CapacityUnits,
  }));
  expect(units[0]).toMatchObject({ all: 3, table: 3 });
  expect(units[1]?.table).toBe(3);
  expect(units[1]?.index).toBeGreaterThan(0);
  // Half a unit for each 4 KB of an eventually consistent read.
  expect(units[2]).toMatchObject({ all: 0.5 });
  expect(ConsumedCapacity).toBeDefined();
});

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes */
test.each([
  ['the key of the index is set', 'SET kind = :value', 'a', 1],
  ['it is changed: the old row goes, and a new one comes', 'SET kind = :value', 'b', 2],
  ['it stays', 'SET kind = :value', 'b', 0],
  ['it is removed', 'REMOVE kind', undefined, 1],
])('of an index, where %s', async (_, UpdateExpression, value, expected) => {
  await made(DynamoDBClient, 'dynamodb').send(
    new UpdateItemCommand({
      ...{ TableName: cloud.tables.Items, Key: { pk: { S: 'indexed' } }, UpdateExpression },
      ...(value && { ExpressionAttributeValues: { ':value': { S: value } } }),
    }),
  );
  const [{ consumed: [units] = [] } = {}] = book.calls;
  expect(units?.GlobalSecondaryIndexes?.['by-kind']?.CapacityUnits ?? 0).toBe(expected);
});

test('what a role refuses is not billed, and not told', async () => {
  const call = made(DynamoDBClient, 'dynamodb', keyOf('Mute')).send(
    new PutItemCommand({ TableName: cloud.tables.Seen, Item: { pk: { S: 'refused' } } }),
  );
  await expect(call).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(book.calls).toEqual([]);
});

test('an invocation is told with its event and its time', async () => {
  const event = '{"do":"date"}';
  await made(LambdaClient, 'lambda').send(
    new InvokeCommand({ FunctionName: cloud.functions.Echo, Payload: event }),
  );
  expect(book.invocations).toEqual([
    { functionName: cloud.functions.Echo, event, milliseconds: expect.any(Number) },
  ]);
  expect(summary()).toEqual(['developer: lambda Invoke']);
});
