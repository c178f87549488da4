import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context, DynamoDBBatchResponse } from 'aws-lambda';
import type { JobMessage } from '../../lib/domain/events.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { logContext } from '../shared/log-context.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { QueueStore } from '../shared/queue-store.ts';
import { type StreamEvent, streamConsumer } from '../shared/stream-consumer.ts';
import { enqueueJob } from './enqueue-job.ts';
import { QueueCounter } from './queue-counter.ts';

const env = readEnvironment(process.env, ['JOBS_QUEUE_URL', 'FILES_BUCKET', 'QUEUE_TABLE']);
const jobs = new MessageQueue<JobMessage>(new SQSClient(AWS_CLIENT_SETTINGS), env.JOBS_QUEUE_URL);
const now = () => new Date();
const counter = new QueueCounter({ queue: new QueueStore(documentClient(), env.QUEUE_TABLE), now });

const consume = streamConsumer({
  name: 'enqueue',
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  async consume(written) {
    await enqueueJob(written, { jobs, now });
    counter.note(written);
  },
});

/** Stream of the jobs table → `jobs` queue, and what is known of the line there. */
export const handler = async (event: StreamEvent, context?: Context): Promise<DynamoDBBatchResponse> => {
  const answer = await consume(event, context);
  await logContext.run(logContext.of(context), () => counter.flush());
  return answer;
};
