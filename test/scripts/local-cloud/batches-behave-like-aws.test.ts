import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  behaviour,
  type ChildCloud,
  clientOptions,
  eventually,
  refusalOf,
  startChildCloud,
  useFixtureAssets,
  withChangedTemplate,
} from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest';
const BATCHING = `${GUIDE}/dg/invocation-eventsourcemapping.html`;
const ERRORS = `${GUIDE}/dg/services-dynamodb-errors.html`;
const PARTIAL = `${GUIDE}/dg/services-ddb-batchfailurereporting.html`;
const MAPPING = `${GUIDE}/api/API_CreateEventSourceMapping.html`;

const TEMPLATE = join(import.meta.dirname, 'fixture/Batches.template.json');
/** An event of an invocation: 6 MB and some. */
const PAYLOAD_LIMIT = 6_291_556;

interface Batch {
  readonly batch: string[];
  readonly bytes: number;
}

let cloud: ChildCloud;
let dynamodb: DynamoDBClient;
let sqs: SQSClient;
beforeAll(async () => {
  cloud = await startChildCloud(TEMPLATE);
  dynamodb = new DynamoDBClient(clientOptions(cloud, 'dynamodb'));
  sqs = new SQSClient(clientOptions(cloud, 'sqs'));
});
afterAll(async () => {
  dynamodb.destroy();
  sqs.destroy();
  await cloud.stop();
});

/** The batches of a function whose first name begins so. */
const batchesOf = (name: string, prefix: string): Batch[] => {
  const start = `Batches-${name}: {"batch":`;
  return cloud.lines
    .filter((line) => line.startsWith(start))
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Batch)
    .filter(({ batch }) => batch[0]?.startsWith(prefix));
};
const namesOf = (batches: Batch[]): string[] => batches.flatMap(({ batch }) => batch);
const namesFrom = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}`);

const send = (id: string, filler = '') =>
  sqs.send(
    new SendMessageCommand({ QueueUrl: cloud.queues.Queue, MessageBody: JSON.stringify({ id, filler }) }),
  );
const put = (pk: string, kind: string, filler = '') =>
  dynamodb.send(
    new PutItemCommand({
      TableName: cloud.tables.Items,
      Item: { pk: { S: pk }, kind: { S: kind }, ...(filler && { filler: { S: filler } }) },
    }),
  );

const queueIsEmpty = (): Promise<true> =>
  eventually(async () => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: cloud.queues.Queue, AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes.ApproximateNumberOfMessages) +
        Number(Attributes.ApproximateNumberOfMessagesNotVisible) ===
      0
    );
  });

describe('a batching window', () => {
  behaviour('gathers what comes to a queue within it, also more than 10 messages', BATCHING, async () => {
    const names = namesFrom('window-', 40);
    for (const name of names) await send(name);
    await eventually(() => namesOf(batchesOf('FromQueue', 'window-')).length === names.length);
    const batches = batchesOf('FromQueue', 'window-');
    // Two pollers, so two batches or a straggler more.
    expect(batches.length).toBeLessThanOrEqual(4);
    expect(Math.max(...batches.map(({ batch }) => batch.length))).toBeGreaterThan(10);
    expect(namesOf(batches).sort()).toEqual(names);
  });

  behaviour('gathers what is written to a table within it, in order', BATCHING, async () => {
    const names = namesFrom('window-', 12);
    for (const name of names) {
      await put(name, 'windowed');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await eventually(() => namesOf(batchesOf('FromStream', 'window-')).length === names.length);
    expect(batchesOf('FromStream', 'window-').map(({ batch }) => batch)).toEqual([names]);
  });
});

describe('a batch that is larger than 6 MB', () => {
  const largest = (batches: Batch[]): number => Math.max(...batches.map(({ bytes }) => bytes));

  behaviour('of a queue is cut, and no message comes twice', BATCHING, async () => {
    const names = namesFrom('large-', 16);
    await Promise.all(names.map((name) => send(name, 'x'.repeat(1_000_000))));
    await eventually(() => namesOf(batchesOf('FromQueue', 'large-')).length >= names.length);
    await queueIsEmpty();
    const batches = batchesOf('FromQueue', 'large-');
    expect(largest(batches)).toBeLessThanOrEqual(PAYLOAD_LIMIT);
    expect(namesOf(batches).sort()).toEqual(names);
  });

  behaviour('of a stream is cut, and the order stays', BATCHING, async () => {
    const names = namesFrom('large-', 20);
    for (const name of names) await put(name, 'windowed', 'x'.repeat(390_000));
    await eventually(() => namesOf(batchesOf('FromStream', 'large-')).length >= names.length);
    const batches = batchesOf('FromStream', 'large-');
    expect(batches.length).toBeGreaterThan(1);
    expect(largest(batches)).toBeLessThanOrEqual(PAYLOAD_LIMIT);
    expect(namesOf(batches)).toEqual(names);
  });
});

describe('bisect', () => {
  behaviour(
    'a batch that throws is split in two until the bad record is alone, and only that one is given up',
    ERRORS,
    async () => {
      const names = ['split-0', 'split-1', 'split-2-poison', 'split-3'];
      await Promise.all(names.map((name) => put(name, 'split')));
      const message = await eventually(async () => {
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: cloud.queues.Discarded }));
        return Messages?.[0]?.Body;
      });
      expect(JSON.parse(message)).toMatchObject({
        requestContext: { condition: 'RetryAttemptsExhausted' },
        DDBStreamBatchInfo: { batchSize: 1 },
      });
      // The puts were side by side, so their order is not known; what is after the poison comes after it is given up.
      await eventually(() => new Set(namesOf(batchesOf('Splitting', 'split-'))).size === names.length);
      const [first, ...others] = batchesOf('Splitting', 'split-');
      expect([...(first?.batch ?? [])].sort()).toEqual(names);
      expect(others.every(({ batch }) => batch.length <= 2)).toBe(true);
      const alone = others.filter(({ batch }) => batch.join() === 'split-2-poison');
      expect(alone).toHaveLength(2); // MaximumRetryAttempts 1, which the splitting does not use up
    },
  );

  behaviour('an answer that names a record splits there, and not in the middle', PARTIAL, async () => {
    const names = ['report-0', 'report-1-twice', 'report-2', 'report-3'];
    for (const name of names) await put(name, 'report');
    await eventually(() => batchesOf('Reporting', 'report-').length === 3);
    const rest = names.slice(1);
    expect(batchesOf('Reporting', 'report-').map(({ batch }) => batch)).toEqual([names, rest, rest]);
  });
});

describe('AWS refuses a mapping', () => {
  test.each([
    ['with a batch of more than 10,000', { BatchSize: 10_001 }, /BatchSize from 1 to 10000, not 10001/],
    ['with an empty batch', { BatchSize: 0 }, /BatchSize from 1 to 10000, not 0/],
    [
      'with a window of more than 5 minutes',
      { MaximumBatchingWindowInSeconds: 301 },
      /from 0 to 300, not 301/,
    ],
    [
      'with more than 10 messages and no window',
      { MaximumBatchingWindowInSeconds: 0 },
      /window of at least 1 s/,
    ],
    ['with a concurrency of 1', { ScalingConfig: { MaximumConcurrency: 1 } }, /from 2 to 1000, not 1/],
    ['with 10,001 retries', { MaximumRetryAttempts: 10_001 }, /from -1 to 10000, not 10001/],
    ['with records of 59 s', { MaximumRecordAgeInSeconds: 59 }, /from 60 to 604800, not 59/],
  ])(`%s (${MAPPING})`, async (_what, properties, sentence) => {
    const refusal = await withChangedTemplate(
      ({ Resources }) => {
        useFixtureAssets(Resources);
        Object.assign(Resources.QueueMapping?.Properties ?? {}, properties);
      },
      (file) => refusalOf(['--template', file]),
      TEMPLATE,
    );
    expect(refusal).toMatch(sentence);
  });
});
