import {
  BatchGetItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  behaviour,
  type ChildCloud,
  clientOptions,
  refusalOf,
  startChildCloud,
  useFixtureAssets,
  withChangedTemplate,
} from './child-cloud.ts';

const DOCS = 'https://docs.aws.amazon.com';
const LAMBDA = `${DOCS}/lambda/latest/dg/gettingstarted-limits.html`;
const HTTP = `${DOCS}/apigateway/latest/developerguide/http-api-quotas.html`;
const MESSAGES = `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html`;
const QUEUES = `${DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html`;
const TABLES = `${DOCS}/amazondynamodb/latest/developerguide/Constraints.html`;
const SECRETS = `${DOCS}/secretsmanager/latest/userguide/reference_limits.html`;

const MIB = 1_048_576;
const SYNCHRONOUS_LIMIT = 6_291_556;

let cloud: ChildCloud;
let lambda: LambdaClient;
let sqs: SQSClient;
let dynamodb: DynamoDBClient;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  cloud = await startChildCloud();
  lambda = new LambdaClient(clientOptions(cloud, 'lambda'));
  sqs = new SQSClient(clientOptions(cloud, 'sqs'));
  dynamodb = new DynamoDBClient(clientOptions(cloud, 'dynamodb'));
  secrets = new SecretsManagerClient(clientOptions(cloud, 'secretsManager'));
});
afterAll(async () => {
  for (const client of [lambda, sqs, dynamodb, secrets]) client.destroy();
  await cloud.stop();
});

/** JSON text of exactly so many bytes. */
const payloadOf = (bytes: number, act = 'nothing'): string => {
  const empty = JSON.stringify({ do: act, filler: '' });
  return JSON.stringify({ do: act, filler: 'x'.repeat(bytes - empty.length) });
};

describe('Lambda', () => {
  const invoke = (Payload: string, InvocationType: 'RequestResponse' | 'Event' = 'RequestResponse') =>
    lambda.send(new InvokeCommand({ FunctionName: cloud.functions.Echo, Payload, InvocationType }));

  behaviour('an event of a synchronous call has 6 MB at most', LAMBDA, async () => {
    expect((await invoke(payloadOf(SYNCHRONOUS_LIMIT))).FunctionError).toBeUndefined();
    await expect(invoke(payloadOf(SYNCHRONOUS_LIMIT + 1))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
  });

  behaviour('an event of an asynchronous call has 1 MB at most', LAMBDA, async () => {
    expect((await invoke(payloadOf(MIB), 'Event')).StatusCode).toBe(202);
    await expect(invoke(payloadOf(MIB + 1), 'Event')).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });

  behaviour('a result has 6 MB at most', LAMBDA, async () => {
    // Echo adds its context to the event.
    const { FunctionError, Payload } = await invoke(payloadOf(SYNCHRONOUS_LIMIT, 'echo'));
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
  });
});

describe('the HTTP API', () => {
  const post = (body: string): Promise<Response> => fetch(`${cloud.url}/echo`, { method: 'POST', body });
  const answerOf = async (response: Response): Promise<unknown[]> => [response.status, await response.json()];

  behaviour(
    'a body has 10 MB at most, and as an event the 6 MB of Lambda',
    `${HTTP}, ${LAMBDA}`,
    async () => {
      const tooLarge = [413, { message: 'Request Entity Too Large' }];
      expect(await answerOf(await post('x'.repeat(10 * MIB + 1)))).toEqual(tooLarge);
      expect(await answerOf(await post('x'.repeat(7 * MIB)))).toEqual(tooLarge);
      // In an event a quote takes two bytes.
      expect(await answerOf(await post('"'.repeat(4 * MIB)))).toEqual(tooLarge);
    },
  );

  behaviour('a result over 6 MB is 500', `${HTTP}, ${LAMBDA}`, async () => {
    // It goes back as JSON within JSON, where a quote takes four bytes.
    expect(await answerOf(await post('"'.repeat(2 * MIB)))).toEqual([
      500,
      { message: 'Internal Server Error' },
    ]);
  });

  behaviour('request line and headers have 10,240 bytes at most', HTTP, async () => {
    const get = (path: string, headers: Record<string, string>) => fetch(cloud.url + path, { headers });
    expect((await get('/echo', { 'x-filler': 'x'.repeat(9_900) })).status).toBe(200);
    expect((await get('/echo', { 'x-filler': 'x'.repeat(10_240) })).status).toBe(431);
    expect((await get(`/echo?${'x'.repeat(10_240)}`, {})).status).toBe(431);
  });
});

describe('SQS', () => {
  const send = (message: object) =>
    sqs.send(new SendMessageCommand({ QueueUrl: cloud.queues.Discarded, MessageBody: 'x', ...message }));
  const attributes = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`a${index}`, { DataType: 'String', StringValue: 'x' }]),
    );

  behaviour('a message has 1 MiB at most, its attributes included', MESSAGES, async () => {
    const body = 'x'.repeat(MIB);
    await send({ MessageBody: body });
    await expect(send({ MessageBody: `${body}x` })).rejects.toThrow(/shorter than 1048576 bytes/);
    await expect(send({ MessageBody: body, MessageAttributes: attributes(1) })).rejects.toThrow(
      /shorter than/,
    );
  });

  behaviour('a batch has 1 MiB and 10 messages at most', MESSAGES, async () => {
    const batch = (...bodies: string[]) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: cloud.queues.Discarded,
          Entries: bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
        }),
      );
    await expect(batch('x'.repeat(MIB / 2), 'x'.repeat(MIB / 2 + 1))).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
    });
    await expect(batch(...Array(11).fill('x'))).rejects.toMatchObject({
      name: 'TooManyEntriesInBatchRequest',
    });
  });

  behaviour('a message has 10 attributes at most', MESSAGES, async () => {
    await send({ MessageAttributes: attributes(10) });
    await expect(send({ MessageAttributes: attributes(11) })).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
  });

  behaviour('a message is delayed by 15 minutes at most', MESSAGES, async () => {
    await send({ DelaySeconds: 900 });
    await expect(send({ DelaySeconds: 901 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});

describe('DynamoDB', () => {
  const put = (pk: string, bytes: number) =>
    dynamodb.send(
      new PutItemCommand({
        TableName: cloud.tables.Seen,
        Item: { pk: { S: pk }, filler: { S: 'x'.repeat(bytes - 'pk'.length - pk.length - 'filler'.length) } },
      }),
    );

  behaviour('an item has 400 KB at most, its names included', TABLES, async () => {
    await put('item', 400 * 1024);
    await expect(put('item', 400 * 1024 + 1)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  behaviour('a key has 2,048 bytes at most, and a table 20 indexes', TABLES, async () => {
    await put('k'.repeat(2048), 4096);
    await expect(put('k'.repeat(2049), 4096)).rejects.toMatchObject({ name: 'ValidationException' });
    const table = (indexes: number) => {
      const KeySchema = [{ AttributeName: 'pk', KeyType: 'HASH' as const }];
      return dynamodb.send(
        new CreateTableCommand({
          TableName: `indexes-${indexes}`,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
          KeySchema,
          GlobalSecondaryIndexes: Array.from({ length: indexes }, (_, index) => ({
            IndexName: `index-${index}`,
            KeySchema,
            Projection: { ProjectionType: 'KEYS_ONLY' },
          })),
        }),
      );
    };
    await table(20);
    await expect(table(21)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  behaviour('a page has 1 MB at most, a batch 100 keys', TABLES, async () => {
    for (const pk of ['page-1', 'page-2', 'page-3', 'page-4']) await put(pk, 390_000);
    const { LastEvaluatedKey } = await dynamodb.send(new ScanCommand({ TableName: cloud.tables.Seen }));
    expect(LastEvaluatedKey).toBeDefined();
    const Keys = Array.from({ length: 101 }, (_, index) => ({ pk: { S: `key-${index}` } }));
    const batch = new BatchGetItemCommand({ RequestItems: { [cloud.tables.Seen ?? '']: { Keys } } });
    await expect(dynamodb.send(batch)).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

behaviour('a secret has 65,536 bytes at most', SECRETS, async () => {
  const put = (bytes: number) =>
    secrets.send(new PutSecretValueCommand({ SecretId: 'Fixture-Secret', SecretString: 'x'.repeat(bytes) }));
  await put(65_536);
  await expect(put(65_537)).rejects.toThrow(/65536 bytes/);
});

// biome-ignore lint/suspicious/noExplicitAny: properties of the template, as they are changed here
type Properties = any;
test.each<[string, string, (resources: Record<string, { Properties?: Properties }>) => void, RegExp]>([
  [
    'a function that may run for more than 15 minutes',
    LAMBDA,
    ({ Echo }) => Object.assign(Echo?.Properties, { Timeout: 901 }),
    /Function "Echo": AWS wants a Timeout in seconds from 1 to 900, not 901/,
  ],
  [
    'a function with less than 128 MB',
    LAMBDA,
    ({ Echo }) => Object.assign(Echo?.Properties, { MemorySize: 127 }),
    /a MemorySize in MB from 128 to 10240, not 127/,
  ],
  [
    'a function with more than 10,240 MB of disk',
    LAMBDA,
    ({ Echo }) => Object.assign(Echo?.Properties, { EphemeralStorage: { Size: 10_241 } }),
    /an EphemeralStorage in MB from 512 to 10240, not 10241/,
  ],
  [
    'more than 4 KB of environment variables',
    LAMBDA,
    ({ Worker }) =>
      Object.assign(Worker?.Properties, { Environment: { Variables: { FILLER: 'x'.repeat(4091) } } }),
    /environment variables in bytes, names and values, from 0 to 4096, not 4097/,
  ],
  [
    'an integration that waits for more than 30 s',
    HTTP,
    ({ EchoIntegration }) => Object.assign(EchoIntegration?.Properties, { TimeoutInMillis: 30_001 }),
    /Integration "EchoIntegration": AWS wants a TimeoutInMillis of 50 to 30000/,
  ],
  [
    'a queue that hides a message for more than 12 hours',
    QUEUES,
    ({ Jobs }) => Object.assign(Jobs?.Properties, { VisibilityTimeout: 43_201 }),
    /VisibilityTimeout.*between 0 and 43200/,
  ],
])('AWS refuses %s: so does this (%s)', async (_what, _page, change, sentence) => {
  const refusal = await withChangedTemplate(
    ({ Resources }) => {
      useFixtureAssets(Resources);
      change(Resources);
    },
    (file) => refusalOf(['--template', file]),
  );
  expect(refusal).toMatch(sentence);
});
