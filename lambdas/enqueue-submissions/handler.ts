import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SubmissionMessage } from '../../lib/domain/submission.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { BatchingQueue } from '../shared/batching-queue.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { submissionOf } from '../shared/submission-store.ts';
import { enqueueSubmission } from './enqueue-submission.ts';

const env = readEnvironment(process.env, ['SUBMISSIONS_QUEUE_URL', 'FILES_BUCKET']);
const submissionsQueue = new BatchingQueue<SubmissionMessage>(
  new SQSClient(AWS_CLIENT_SETTINGS),
  env.SUBMISSIONS_QUEUE_URL,
);

/** Stream of the submissions table → `submissions` queue. */
export const handler = streamConsumer({
  name: 'enqueue-submissions',
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  fromItem: submissionOf,
  consume: (written) => enqueueSubmission(written, { submissionsQueue, now: () => new Date() }),
});
