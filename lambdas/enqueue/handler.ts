import { SQSClient } from '@aws-sdk/client-sqs';
import { readEnvironment } from '../shared/environment.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { enqueueJob } from './enqueue-job.ts';

const env = readEnvironment(process.env, ['JOBS_QUEUE_URL', 'FAILURES_QUEUE_URL']);
const sqs = new SQSClient();
const jobs = new MessageQueue(sqs, env.JOBS_QUEUE_URL);

/** Stream of the jobs table → `jobs` queue. */
export const handler = streamConsumer({
  name: 'enqueue',
  failures: new MessageQueue(sqs, env.FAILURES_QUEUE_URL),
  consume: (written) => enqueueJob(written, { jobs }),
});
