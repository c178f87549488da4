import { DeleteItemCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  batchesOf,
  behaviour,
  type ChildCloud,
  clientOptions,
  eventually,
  startChildCloud,
} from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg';
const MAPPING = `${GUIDE}/with-ddb.html`;
const FAILURES = `${GUIDE}/services-ddb-batchfailurereporting.html`;
const FILTERS = `${GUIDE}/with-ddb-filtering.html`;
const DISCARDED = `${GUIDE}/services-dynamodb-errors.html`;
const STREAMS = 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html';

interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: {
    readonly Keys: { readonly pk: { readonly S: string } };
    readonly SequenceNumber: string;
    readonly NewImage?: Record<string, unknown>;
    readonly OldImage?: Record<string, unknown>;
  };
}

let cloud: ChildCloud;
let dynamodb: DynamoDBClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startChildCloud();
  dynamodb = new DynamoDBClient(clientOptions(cloud, 'dynamodb'));
  sqs = new SQSClient(clientOptions(cloud, 'sqs'));
});
afterAll(async () => {
  dynamodb.destroy();
  sqs.destroy();
  await cloud.stop();
});

const put = (pk: string, values: Record<string, string | number> = {}, kind = 'seen') =>
  dynamodb.send(
    new PutItemCommand({
      TableName: cloud.tables.Items,
      Item: {
        pk: { S: pk },
        kind: { S: kind },
        ...Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            name,
            typeof value === 'number' ? { N: String(value) } : { S: value },
          ]),
        ),
      },
    }),
  );

const batches = (): StreamRecord[][] => batchesOf<StreamRecord>(cloud, 'Fixture-Follower');
const keyOf = ({ dynamodb: { Keys } }: StreamRecord): string => Keys.pk.S;
const recordsOf = (prefix: string): StreamRecord[] =>
  batches()
    .flat()
    .filter((record) => keyOf(record).startsWith(prefix));

behaviour('a write comes as a record in the form that Lambda gives', MAPPING, async () => {
  await put('shape', { note: 'first' });
  await put('shape', { note: 'second' });
  const [, record] = await eventually(() => recordsOf('shape').length === 2 && recordsOf('shape'));
  expect(record).toMatchObject({
    eventID: expect.any(String),
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    eventSourceARN: expect.stringMatching(
      /^arn:aws:dynamodb:us-east-1:000000000000:table\/Fixture-Items\/stream\//,
    ),
    dynamodb: {
      ApproximateCreationDateTime: expect.any(Number),
      Keys: { pk: { S: 'shape' } },
      NewImage: { note: { S: 'second' } },
      OldImage: { note: { S: 'first' } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
});

behaviour('records come in the order of the writes', MAPPING, async () => {
  const keys = Array.from({ length: 25 }, (_, index) => `order-${String(index).padStart(2, '0')}`);
  for (const key of keys) await put(key);
  await eventually(() => recordsOf('order-').length === keys.length);
  expect(recordsOf('order-').map(keyOf)).toEqual(keys);
  expect(Math.max(...batches().map((batch) => batch.length))).toBeLessThanOrEqual(10);
});

behaviour('only what a filter matches is handed over', FILTERS, async () => {
  await put('filter-no', {}, 'unseen');
  await put('filter-yes');
  await dynamodb.send(
    new DeleteItemCommand({ TableName: cloud.tables.Items, Key: { pk: { S: 'filter-no' } } }),
  );
  await eventually(() => recordsOf('filter-').length === 2);
  expect(recordsOf('filter-').map((record) => [keyOf(record), record.eventName])).toEqual([
    ['filter-yes', 'INSERT'],
    ['filter-no', 'REMOVE'],
  ]);
});

behaviour('a write that changes nothing gives no record', STREAMS, async () => {
  await put('same', { note: 'a' });
  await put('same', { note: 'a' });
  await put('same', { note: 'b' });
  await eventually(() => recordsOf('same').length === 2);
  expect(recordsOf('same').map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY']);
});

behaviour('the lowest failed record and all after it come again, until they succeed', FAILURES, async () => {
  await put('replay-0', { failsUntil: 4 });
  await put('replay-1');
  await put('replay-2');
  await eventually(() => recordsOf('replay-2').length > 0 && recordsOf('replay-0').length >= 4);
  const keys = recordsOf('replay-').map(keyOf);
  expect(keys.filter((key) => key === 'replay-0')).toHaveLength(4);
  // What is behind the failing record never passes it for good: the last time, each comes after it.
  expect(keys.lastIndexOf('replay-1')).toBeGreaterThan(keys.lastIndexOf('replay-0'));
  expect(keys.lastIndexOf('replay-2')).toBeGreaterThan(keys.lastIndexOf('replay-1'));
});

behaviour('records before the lowest failed one are done', FAILURES, async () => {
  const [keys, failing] = [Array.from({ length: 10 }, (_, index) => `checkpoint-${index}`), 'checkpoint-9'];
  await Promise.all(keys.map((key) => put(key, key === failing ? { failsUntil: 3 } : {})));
  await eventually(() => recordsOf(failing).length === 3);
  const batch = batches().filter((each) => each.some((record) => keyOf(record) === failing));
  const before = (records: StreamRecord[] = []): string[] =>
    records.map(keyOf).slice(0, records.map(keyOf).indexOf(failing));
  for (const key of before(batch[0])) expect(before(batch[1])).not.toContain(key);
});

behaviour(
  'when the retries are used up, the batch is described to the failure queue',
  DISCARDED,
  async () => {
    await put('refused', {}, 'refused');
    const message = await eventually(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: cloud.queues.Discarded }));
      return Messages?.[0]?.Body;
    });
    const handed = batchesOf<StreamRecord>(cloud, 'Fixture-Refuser').flat();
    expect(handed.map(keyOf)).toEqual(['refused', 'refused']); // the first attempt and MaximumRetryAttempts 1
    expect(JSON.parse(message)).toMatchObject({
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 },
      DDBStreamBatchInfo: {
        batchSize: 1,
        startSequenceNumber: handed[0]?.dynamodb.SequenceNumber,
        endSequenceNumber: handed[0]?.dynamodb.SequenceNumber,
        streamArn: expect.stringContaining('table/Fixture-Items/stream/'),
      },
    });
  },
);

behaviour(
  'indexes of the template can be queried',
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html',
  async () => {
    await put('indexed', {}, 'rare');
    const { Items } = await dynamodb.send(
      new QueryCommand({
        TableName: cloud.tables.Items,
        IndexName: 'by-kind',
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': { S: 'rare' } },
      }),
    );
    expect(Items?.map(({ pk }) => pk?.S)).toEqual(['indexed']);
  },
);
