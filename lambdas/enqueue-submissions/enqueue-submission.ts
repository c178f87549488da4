import { isWaiting, type Submission, type SubmissionMessage } from '../../lib/domain/submission.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import type { Written } from '../shared/stream-consumer.ts';
import { messageFor, sendSubmissionMessage } from '../shared/submission-message.ts';

/** Sends the message for a worker when a submission began to wait, or waits for another time. */
export async function enqueueSubmission(
  { before, after }: Written<Submission>,
  dependencies: {
    readonly submissionsQueue: Pick<MessageQueue<SubmissionMessage>, 'send'>;
    readonly now: () => Date;
  },
): Promise<void> {
  const began =
    before?.status !== after.status ||
    before.attempt !== after.attempt ||
    before.next_retry_at !== after.next_retry_at ||
    before.assembly_created_at !== after.assembly_created_at;
  if (isWaiting(after.status) && began && !after.external)
    await sendSubmissionMessage(messageFor(after), dependencies);
}
