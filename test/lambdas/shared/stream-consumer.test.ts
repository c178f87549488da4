import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { toItem } from '../../../lambdas/shared/assembly-item.ts';
import { FailureStore, type StreamFailure } from '../../../lambdas/shared/failure-store.ts';
import { type AssemblyWritten, streamConsumer } from '../../../lambdas/shared/stream-consumer.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { loggedBy } from './logged.ts';

const image = (changes: object) =>
  marshall(toItem({ ...new InMemoryAssemblyStore().assembly, ...changes }), { removeUndefinedValues: true });

const record = (sequence: number, changes: object = {}): DynamoDBRecord =>
  ({
    eventName: 'INSERT',
    dynamodb: {
      SequenceNumber: String(sequence),
      NewImage: image({ reference: String(sequence), ...changes }),
    },
  }) as DynamoDBRecord;

const throttle = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

function consumerThat(consume: (written: AssemblyWritten) => Promise<void>, keep = async () => {}) {
  const kept: (StreamFailure & { readonly key: string })[] = [];
  const bucket = {
    send: async ({ input: { Key, Body } }: PutObjectCommand) => {
      await keep();
      kept.push({ key: String(Key), ...JSON.parse(String(Body)) });
    },
  } as unknown as S3Client;
  const handler = streamConsumer({ name: 'test', failures: new FailureStore(bucket, 'files'), consume });
  return { handler, kept };
}

test('hands over what was written, with what was there before', async () => {
  const seen: AssemblyWritten[] = [];
  const { handler } = consumerThat(async (written) => void seen.push(written));
  const change = record(1, { status: 'completed', result: { a: [1] } });
  if (change.dynamodb) change.dynamodb.OldImage = image({ status: 'processing' }) as never;
  expect(await handler({ Records: [change] })).toEqual({ batchItemFailures: [] });
  expect(seen).toMatchObject([
    { before: { status: 'processing' }, after: { status: 'completed', result: { a: [1] } } },
  ]);
});

test('gives back only the records that a throttle hit', async () => {
  const { handler, kept } = consumerThat(async ({ after }) => {
    if (after.reference === '2') throw throttle;
  });
  const answer = await handler({ Records: [record(1), record(2), record(3)] });
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(kept).toEqual([]);
});

test.each([
  ['that makes the consumer throw', record(2, { reference: 'poison' })],
  [
    'that is no assembly',
    { dynamodb: { SequenceNumber: '2', NewImage: { fields: { S: '{' } } } } as DynamoDBRecord,
  ],
])('puts a record aside %s, whole, and goes on', async (_, poison) => {
  const { handler, kept } = consumerThat(async ({ after }) => {
    if (after.reference === 'poison') throw new TypeError('cannot');
  });
  const { lines } = await loggedBy(async () =>
    expect(await handler({ Records: [record(1), poison, record(3)] })).toEqual({ batchItemFailures: [] }),
  );
  expect(kept).toMatchObject([{ key: 'failures/test/2.json', consumer: 'test', record: poison }]);
  expect(lines.filter(({ RecordsPutAside }) => RecordsPutAside === 1)).toHaveLength(1);
});

test.each([
  ['for good', new TypeError('cannot'), 'TypeError: cannot'],
  ['for now', throttle, 'ThrottlingException: slow down'],
])(
  'gives a replayed record back that fails %s, with the error, and does not put it aside',
  async (_, error, said) => {
    const { handler, kept } = consumerThat(async () => {
      throw error;
    });
    expect(await handler({ Records: [record(7)], replay: true })).toEqual({
      batchItemFailures: [{ itemIdentifier: '7', error: said }],
    });
    expect(kept).toEqual([]);
  },
);

test('does a replayed record as any other', async () => {
  const { handler } = consumerThat(async () => {});
  expect(await handler({ Records: [record(7)], replay: true })).toEqual({ batchItemFailures: [] });
});

test('gives a record back that can neither be handled nor put aside', async () => {
  const { handler } = consumerThat(
    async () => {
      throw new TypeError('cannot');
    },
    async () => {
      throw throttle;
    },
  );
  expect(await handler({ Records: [record(7)] })).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
});
