import type { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { FailureStore } from '../../../lambdas/shared/failure-store.ts';
import { loggedBy } from './logged.ts';

const common = { consumer: 'test', failed_at: '2026-11-22T00:00:00.000Z', error: 'TypeError: cannot' };

test('keeps records and messages whole, under a name of their own, and counts them', async () => {
  const put: Record<string, unknown> = {};
  const client = {
    send: async ({ input: { Bucket, Key, Body } }: PutObjectCommand) => {
      put[`${Bucket}/${Key}`] = JSON.parse(String(Body));
    },
  } as unknown as S3Client;
  const store = new FailureStore(client, 'files');
  const record = { eventID: 'e', dynamodb: { SequenceNumber: '12' } } as DynamoDBRecord;
  const message = { messageId: 'm-1', body: '{' } as SQSRecord;
  const { lines } = await loggedBy(async () => {
    await store.keep({ ...common, record });
    await store.keepMessage({ ...common, message });
  });
  expect(put).toEqual({
    'files/failures/test/12.json': { ...common, record },
    'files/failures/test/m-1.json': { ...common, message },
  });
  expect(lines.map(({ RecordsPutAside }) => RecordsPutAside)).toEqual([1, 1]);
});
