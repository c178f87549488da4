import type { Outcome } from '../../../scripts/local-cloud/lambda-thread.ts';
import {
  type DiscardedBatch,
  runStreamMapping,
  type StreamMapping,
} from '../../../scripts/local-cloud/stream-mapping.ts';
import type { StreamRecord } from '../../../scripts/local-cloud/stream-reader.ts';
import { eventually } from './child-cloud.ts';

const NOW_SECONDS = Math.floor(Date.now() / 1000);

const record = (sequenceNumber: number, ageSeconds = 0): StreamRecord => ({
  eventID: String(sequenceNumber),
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-1',
  eventSourceARN: 'arn',
  dynamodb: {
    ApproximateCreationDateTime: NOW_SECONDS - ageSeconds,
    Keys: {},
    SequenceNumber: String(sequenceNumber),
    SizeBytes: 1,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});

const numbers = (records: readonly StreamRecord[]): number[] =>
  records.map(({ dynamodb }) => Number(dynamodb.SequenceNumber));
const threw: Outcome = { failure: { errorType: 'Error', errorMessage: 'no' } };
const done: Outcome = { result: 'null' };

/** Runs a mapping over one batch, until that batch is done. Gives what the function got and what was given up. */
async function run(
  records: StreamRecord[],
  handler: (numbers: number[]) => Outcome,
  options: Partial<StreamMapping>,
): Promise<{ handed: number[][]; discarded: DiscardedBatch[] }> {
  const [handed, discarded]: [number[][], DiscardedBatch[]] = [[], []];
  const stopping = new AbortController();
  let reads = 0;
  const running = runStreamMapping({
    // A second read is asked only when the first batch is done.
    reader: { shardId: 'shard', read: async () => (reads++ === 0 ? records : []) },
    target: {
      name: 'target',
      invoke: async (event) => {
        const batch = numbers((JSON.parse(event) as { Records: StreamRecord[] }).Records);
        handed.push(batch);
        return handler(batch);
      },
    },
    batchSize: 100,
    batchingWindowMs: 0,
    maximumRetries: Number.POSITIVE_INFINITY,
    maximumAgeSeconds: Number.POSITIVE_INFINITY,
    bisects: false,
    reportsFailures: true,
    matches: () => true,
    onDiscard: async (batch) => {
      discarded.push(batch);
    },
    stopping: stopping.signal,
    log: () => {},
    ...options,
  });
  await eventually(() => reads > 1);
  stopping.abort();
  await running;
  return { handed, discarded };
}

// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
test('a batch that fails is split in two, until the bad record is alone', async () => {
  const { handed, discarded } = await run(
    [1, 2, 3, 4].map((each) => record(each)),
    (batch) => (batch.includes(3) ? threw : done),
    { bisects: true, maximumRetries: 1 },
  );
  expect(handed).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]);
  expect(discarded.map(({ records }) => numbers(records))).toEqual([[3]]);
});

test('without bisect the whole batch is tried again and given up', async () => {
  const batch = [record(1), record(2)];
  const { handed, discarded } = await run(batch, () => threw, { maximumRetries: 1 });
  expect(handed).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(discarded).toMatchObject([{ condition: 'RetryAttemptsExhausted', records: batch, attempts: 2 }]);
});

test('records older than the mapping wants are given up unseen', async () => {
  const { handed, discarded } = await run([record(1, 120), record(2)], () => done, { maximumAgeSeconds: 60 });
  expect(handed).toEqual([[2]]);
  expect(discarded).toMatchObject([{ condition: 'RecordAgeExpired', attempts: 0 }]);
  expect(discarded.map(({ records }) => numbers(records))).toEqual([[1]]);
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
test('a reported failure is the checkpoint from which it goes on', async () => {
  let failures = 2;
  const { handed } = await run(
    [1, 2, 3].map((each) => record(each)),
    (batch) =>
      batch.includes(2) && failures-- > 0
        ? {
            result: JSON.stringify({ batchItemFailures: [{ itemIdentifier: '3' }, { itemIdentifier: '2' }] }),
          }
        : done,
    {},
  );
  expect(handed).toEqual([
    [1, 2, 3],
    [2, 3],
    [2, 3],
  ]);
});
