import { SQSClient } from '@aws-sdk/client-sqs';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { streamConsumer } from '../shared/stream-consumer.ts';
import { notifyEnd } from './notify-end.ts';

const env = readEnvironment(process.env, ['DELIVERIES_TABLE', 'WEBHOOKS_QUEUE_URL', 'FAILURES_QUEUE_URL']);
const sqs = new SQSClient();
const dependencies = {
  deliveries: new DeliveryStore(documentClient(), env.DELIVERIES_TABLE),
  webhooks: new MessageQueue(sqs, env.WEBHOOKS_QUEUE_URL),
  now: () => new Date(),
};

/** Stream of the jobs table → deliveries table and `webhooks` queue. */
export const handler = streamConsumer({
  name: 'notify',
  failures: new MessageQueue(sqs, env.FAILURES_QUEUE_URL),
  consume: (written) => notifyEnd(written, dependencies),
});
