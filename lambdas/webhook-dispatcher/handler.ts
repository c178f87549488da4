import { SQSClient } from '@aws-sdk/client-sqs';
import { assemblyOfEndpoint } from '../../lib/domain/delivery.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { deliveryMessage } from '../shared/delivery-message.ts';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { logMetrics } from '../shared/metric.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { webhookPolicy } from '../shared/webhook-policy.ts';
import { type DispatchDependencies, dispatchDelivery } from './dispatch-delivery.ts';
import { postWebhook } from './post-webhook.ts';

const env = readEnvironment(process.env, [
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  'MASTER_SECRET',
  'WEBHOOK_ALLOW_HTTP',
  'WEBHOOK_ALLOWED_CIDRS',
  'WEBHOOK_SCHEDULE',
  'API_URL',
]);
const policy = webhookPolicy(env);
const dependencies: DispatchDependencies = {
  deliveries: new DeliveryStore(documentClient(), env.DELIVERIES_TABLE),
  webhooks: new MessageQueue(new SQSClient(AWS_CLIENT_SETTINGS), env.WEBHOOKS_QUEUE_URL),
  post: (request) => postWebhook(request, policy),
  masterSecret: masterSecretOf(env),
  schedule: env.WEBHOOK_SCHEDULE.split(',').filter(Boolean).map(Number),
  now: () => new Date(),
  random: Math.random,
};

/** `webhooks` queue → the receivers. */
export const handler = queueConsumer({
  name: 'webhook-dispatcher',
  message: deliveryMessage,
  async consume(message) {
    logContext.add({ assembly_id: assemblyOfEndpoint(message.endpoint_id) });
    const outcome = await dispatchDelivery(message, dependencies);
    if (outcome !== 'skipped')
      logMetrics({ name: 'WebhookAttempts', value: 1, by: outcome === 'pending' ? 'retried' : outcome });
    logger.info('A delivery message is done with', { event_id: message.event_id, outcome });
  },
});
