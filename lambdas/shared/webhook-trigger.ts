import { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';
import { DeliveryStore } from './delivery-store.ts';
import { MessageQueue } from './message-queue.ts';
import { type Queued, queueDelivery } from './queue-delivery.ts';
import type { TellDependencies } from './tell-status.ts';

export interface WebhookTriggerOptions extends TellDependencies {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
  readonly queueUrl: string;
  readonly now: () => Date;
}

/** Sends the webhook of an assembly, with the status of now, because somebody asks for it. */
export function webhookTrigger({
  documents,
  table,
  queueUrl,
  ...options
}: WebhookTriggerOptions): (assembly: Assembly) => Promise<Queued> {
  const dependencies = {
    ...options,
    deliveries: new DeliveryStore(documents, table),
    webhooks: new MessageQueue(new SQSClient(AWS_CLIENT_SETTINGS), queueUrl),
  };
  return (assembly) => queueDelivery(assembly, dependencies, { again: true });
}
