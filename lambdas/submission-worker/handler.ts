import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SUBMISSION_MARGIN_SECONDS } from '../../lib/bindings.ts';
import type { SubmissionMessage } from '../../lib/domain/submission.ts';
import { templates } from '../../templates/registry.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { AWS_CLIENT_SETTINGS, FILE_TRANSFER_SETTINGS } from '../shared/aws-client-settings.ts';
import { systemClock } from '../shared/clock.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore } from '../shared/file-store.ts';
import { LEASE_MARGIN_SECONDS } from '../shared/lease.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { RateLimitStore } from '../shared/rate-limit-store.ts';
import { stepLog } from '../shared/step-log.ts';
import { submissionMessage } from '../shared/submission-message.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import { ParsedFields } from './parsed-fields.ts';
import { RecentAssemblies } from './recent-assemblies.ts';
import { type SendDependencies, sendSubmission } from './send-submission.ts';
import { TurnTaker } from './turn-taker.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'SUBMISSIONS_TABLE',
  'RATE_LIMITS_TABLE',
  'SUBMISSIONS_QUEUE_URL',
  'FILES_BUCKET',
  'SUBMISSION_TIMEOUT_SECONDS',
  'RETRY_BASE_SECONDS',
  'TEMPLATE_CONFIG',
]);
const now = () => new Date();
const documents = documentClient();
const sendSeconds = Number(env.SUBMISSION_TIMEOUT_SECONDS);
const dependencies: SendDependencies = {
  assemblies: new RecentAssemblies({ store: new AssemblyStore(documents, env.JOBS_TABLE), now }),
  parsedFields: new ParsedFields(
    new FileStore(new S3Client(FILE_TRANSFER_SETTINGS), env.FILES_BUCKET),
    JSON.parse(env.TEMPLATE_CONFIG),
  ),
  submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
  submissionsQueue: new MessageQueue<SubmissionMessage>(
    new SQSClient(AWS_CLIENT_SETTINGS),
    env.SUBMISSIONS_QUEUE_URL,
  ),
  turns: new TurnTaker(new RateLimitStore(documents, env.RATE_LIMITS_TABLE), now),
  templates,
  retry: { baseSeconds: Number(env.RETRY_BASE_SECONDS), random: Math.random },
  sendSeconds,
  leaseSeconds: sendSeconds + SUBMISSION_MARGIN_SECONDS + LEASE_MARGIN_SECONDS,
  after: systemClock.after,
  now,
  log: stepLog,
};

/** `submissions` queue, a batch side by side: each waits for its receiver, and none for another. */
export const handler = queueConsumer({
  name: 'submission-worker',
  message: submissionMessage,
  async consume(message) {
    logContext.add({ assembly_id: message.assembly_id });
    const outcome = await sendSubmission(message, dependencies);
    // Not the id: it may be somebody's address.
    logger.info('A submission message is done with', { position: message.position, outcome });
  },
});
