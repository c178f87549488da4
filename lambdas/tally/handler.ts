import { SQSClient } from '@aws-sdk/client-sqs';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import { type TallyMessage, tallyMessage } from '../shared/tally-message.ts';
import { type TallyDependencies, tallyAssembly } from './tally-assembly.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'SUBMISSIONS_TABLE',
  'TALLY_QUEUE_URL',
  'RETENTION_DAYS',
]);
const documents = documentClient();
const dependencies: TallyDependencies = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
  tallyQueue: new MessageQueue<TallyMessage>(new SQSClient(AWS_CLIENT_SETTINGS), env.TALLY_QUEUE_URL),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** `tally` queue. */
export const handler = queueConsumer({
  name: 'tally',
  message: tallyMessage,
  async consume(message) {
    logContext.add({ assembly_id: message.assembly_id });
    const outcome = await tallyAssembly(message, dependencies);
    logger.debug('Submissions were counted', { outcome });
  },
});
