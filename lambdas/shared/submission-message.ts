import * as z from 'zod';
import type { Submission, SubmissionMessage } from '../../lib/domain/submission.ts';
import { MAX_DELAY_SECONDS, type MessageQueue } from './message-queue.ts';

/** The message on the `submissions` queue, as its consumers take it. */
export const submissionMessage: z.ZodType<SubmissionMessage> = z.object({
  assembly_id: z.string(),
  submission_id: z.string(),
  attempt: z.number().int().positive(),
  position: z.number().int().nonnegative(),
  not_before: z.iso.datetime().optional(),
  has_turn: z.literal(true).optional(),
});

/** The message for a submission as it waits. */
export const messageFor = ({
  assembly_id,
  submission_id,
  attempt,
  position,
  next_retry_at,
  has_turn,
}: Submission): SubmissionMessage => ({
  assembly_id,
  submission_id,
  attempt,
  position,
  ...(next_retry_at !== undefined && { not_before: next_retry_at }),
  ...(has_turn && { has_turn }),
});

/**
 * Sends it for its time, or for as near to that as a queue can wait: then it is sent on. Sent twice it does no harm: one of
 * the two takes the submission.
 */
export async function sendSubmissionMessage(
  message: SubmissionMessage,
  {
    submissionsQueue,
    now,
  }: { readonly submissionsQueue: Pick<MessageQueue<SubmissionMessage>, 'send'>; readonly now: () => Date },
): Promise<void> {
  const { assembly_id, not_before } = message;
  const delay = not_before === undefined ? 0 : (Date.parse(not_before) - now().getTime()) / 1000;
  await submissionsQueue.send(message, {
    // One assembly of ten thousand must not hold up the next one of ten.
    group: assembly_id,
    delaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delay))),
  });
}
