import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { submissionOf } from '../shared/submission-store.ts';
import type { TallyMessage } from '../shared/tally-message.ts';
import { TallyPlanner } from './tally-planner.ts';

const env = readEnvironment(process.env, ['TALLY_QUEUE_URL', 'FILES_BUCKET']);
const planner = new TallyPlanner({
  tallyQueue: new MessageQueue<TallyMessage>(new SQSClient(AWS_CLIENT_SETTINGS), env.TALLY_QUEUE_URL),
  now: () => new Date(),
});

/** Stream of the submissions table → `tally` queue. */
export const handler = streamConsumer({
  name: 'plan-tally',
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  fromItem: submissionOf,
  consume: ({ after }) => planner.plan(after),
});
