import { S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { jobMessage } from '../shared/job-message.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { type BuryDependencies, buryJob } from './bury-job.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'FILES_BUCKET', 'RETENTION_DAYS']);
const dependencies: BuryDependencies = {
  store: new MeteredAssemblyStore(documentClient(), env.JOBS_TABLE),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** The dead-letter queue of `jobs`. */
export const handler = queueConsumer({
  name: 'bury',
  message: jobMessage,
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  async consume(message) {
    logContext.add({ assembly_id: message.assembly_id });
    const outcome = await buryJob(message, dependencies);
    logger.warn('A job message was undeliverable', { outcome });
  },
});
