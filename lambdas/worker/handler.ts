import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SubmissionMessage } from '../../lib/domain/submission.ts';
import { templates } from '../../templates/registry.ts';
import { AWS_CLIENT_SETTINGS, FILE_TRANSFER_SETTINGS } from '../shared/aws-client-settings.ts';
import { BatchingQueue } from '../shared/batching-queue.ts';
import { systemClock } from '../shared/clock.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore } from '../shared/file-store.ts';
import { jobMessage } from '../shared/job-message.ts';
import { LEASE_MARGIN_SECONDS } from '../shared/lease.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { ResultStore } from '../shared/result-store.ts';
import { stepLog } from '../shared/step-log.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import type { TallyMessage } from '../shared/tally-message.ts';
import { type RunDependencies, runAssembly } from './run-assembly.ts';
import { makeTempFolder } from './temp-folder.ts';

/** To write how it ended before Lambda ends the run. */
const END_MARGIN_SECONDS = 10;

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'FILES_BUCKET',
  'RETENTION_DAYS',
  'WORKER_TIMEOUT_SECONDS',
  'RETRY_BASE_SECONDS',
  'SUBMISSIONS_TABLE',
  'SUBMISSIONS_QUEUE_URL',
  'TALLY_QUEUE_URL',
  'TEMPLATE_CONFIG',
]);
const s3 = new S3Client(FILE_TRANSFER_SETTINGS);
const sqs = new SQSClient(AWS_CLIENT_SETTINGS);
const documents = documentClient();
const timeoutSeconds = Number(env.WORKER_TIMEOUT_SECONDS);
const dependencies: RunDependencies = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  files: new FileStore(s3, env.FILES_BUCKET),
  resultStore: new ResultStore(s3, env.FILES_BUCKET),
  templates,
  configs: JSON.parse(env.TEMPLATE_CONFIG),
  fanOut: {
    submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
    submissionsQueue: new BatchingQueue<SubmissionMessage>(sqs, env.SUBMISSIONS_QUEUE_URL),
    tallyQueue: new MessageQueue<TallyMessage>(sqs, env.TALLY_QUEUE_URL),
  },
  retentionDays: Number(env.RETENTION_DAYS),
  retry: { baseSeconds: Number(env.RETRY_BASE_SECONDS), random: Math.random },
  leaseSeconds: timeoutSeconds + LEASE_MARGIN_SECONDS,
  runSeconds: timeoutSeconds - Math.min(END_MARGIN_SECONDS, timeoutSeconds / 5),
  ...systemClock,
  makeTempFolder,
  log: stepLog,
};

/** `jobs` queue, one message at a time. */
export const handler = queueConsumer({
  name: 'worker',
  message: jobMessage,
  async consume(message) {
    logContext.add({ assembly_id: message.assembly_id });
    const outcome = await runAssembly(message, dependencies);
    logger.info('A job message is done with', { outcome });
  },
});
