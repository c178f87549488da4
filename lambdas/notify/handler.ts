import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { TELL_VARIABLES, tellingOf } from '../shared/tell-status.ts';
import { notifyEnd } from './notify-end.ts';

const env = readEnvironment(process.env, [
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  'FILES_BUCKET',
  ...TELL_VARIABLES,
]);
const documents = documentClient();
const dependencies = {
  deliveries: new DeliveryStore(documents, env.DELIVERIES_TABLE),
  webhooks: new MessageQueue(new SQSClient(AWS_CLIENT_SETTINGS), env.WEBHOOKS_QUEUE_URL),
  ...tellingOf(env, documents),
  now: () => new Date(),
};

/** Stream of the jobs table → deliveries table and `webhooks` queue. */
export const handler = streamConsumer({
  name: 'notify',
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  consume: (written) => notifyEnd(written, dependencies),
});
