import { S3Client } from '@aws-sdk/client-s3';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FailureStore } from '../shared/failure-store.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { submissionMessage } from '../shared/submission-message.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import { burySubmission } from './bury-submission.ts';

const env = readEnvironment(process.env, ['SUBMISSIONS_TABLE', 'FILES_BUCKET']);
const submissions = new SubmissionStore(documentClient(), env.SUBMISSIONS_TABLE);

/** The dead-letter queue of `submissions`. */
export const handler = queueConsumer({
  name: 'bury-submission',
  message: submissionMessage,
  failures: new FailureStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  async consume(message) {
    logContext.add({ assembly_id: message.assembly_id });
    const outcome = await burySubmission(message, { submissions, now: () => new Date() });
    logger.warn('A submission message was undeliverable', { outcome });
  },
});
