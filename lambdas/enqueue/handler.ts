import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { JobMessage } from '../../lib/domain/events.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { enqueueJob } from './enqueue-job.ts';

const env = readEnvironment(process.env, ['JOBS_QUEUE_URL', 'FILES_BUCKET']);
const jobs = new MessageQueue<JobMessage>(new SQSClient(AWS_CLIENT_SETTINGS), env.JOBS_QUEUE_URL);

/** Stream of the jobs table → `jobs` queue. */
export const handler = streamConsumer({
  name: 'enqueue',
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  consume: (written) => enqueueJob(written, { jobs, now: () => new Date() }),
});
