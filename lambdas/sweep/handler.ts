import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import type { DeliveryMessage } from '../../lib/domain/delivery.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import { ID_SHARDS } from '../../lib/domain/list-keys.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore } from '../shared/file-store.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { logMetrics } from '../shared/metric.ts';
import type { TallyMessage } from '../shared/tally-message.ts';
import { recoverAssemblies } from './recover-assemblies.ts';
import { sendDueDeliveries } from './send-due-deliveries.ts';

/** What is begun with so little left is ended by Lambda. */
const LAST_START_MS = 10_000;

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'JOBS_QUEUE_URL',
  'FILES_BUCKET',
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  'RETENTION_DAYS',
  'RETRY_BASE_SECONDS',
  'UPLOAD_TIMEOUT_SECONDS',
  'TALLY_QUEUE_URL',
]);
const now = () => new Date();
const documents = documentClient();
const sqs = new SQSClient(AWS_CLIENT_SETTINGS);
const recovering = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  files: new FileStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  jobs: new MessageQueue<JobMessage>(sqs, env.JOBS_QUEUE_URL),
  tallyQueue: new MessageQueue<TallyMessage>(sqs, env.TALLY_QUEUE_URL),
  retentionDays: Number(env.RETENTION_DAYS),
  retry: { baseSeconds: Number(env.RETRY_BASE_SECONDS), random: Math.random },
  uploadTimeoutSeconds: Number(env.UPLOAD_TIMEOUT_SECONDS),
  onError: (which: string, error: unknown) =>
    logger.error('Open assemblies could not be looked after', { which, error: error as Error }),
  now,
};
const sending = {
  deliveries: new DeliveryStore(documents, env.DELIVERIES_TABLE),
  webhooks: new MessageQueue<DeliveryMessage>(sqs, env.WEBHOOKS_QUEUE_URL),
  now,
};

/** Each minute: moves on what stands still, and sends the webhooks that are due. Answers what it did. */
export const handler = (_event: unknown, context: Context) =>
  logContext.run(logContext.of(context), () => sweep(context));

async function sweep(context: Context) {
  const mayGoOn = (): boolean => context.getRemainingTimeInMillis() > LAST_START_MS;
  const [assemblies, { oldestDueSeconds, ...deliveries }] = await Promise.all([
    recoverAssemblies({ ...recovering, mayGoOn }),
    sendDueDeliveries({ ...sending, mayGoOn }),
  ]);
  const { error = 0, left = 0, unread = 0 } = assemblies;
  logMetrics(
    { name: 'OldestDueDeliverySeconds', value: oldestDueSeconds },
    { name: 'SweepFailures', value: error + left + unread + deliveries.failed },
  );
  const done = { assemblies, deliveries };
  if (Object.keys(assemblies).length > 0 || deliveries.sent + deliveries.failed > 0)
    logger.info('Swept', done);
  // One is worth a line in the log; all of them are worth the alarm on errors.
  if (unread === ID_SHARDS.length) throw new Error('No shard of open assemblies was read to its end');
  return done;
}
