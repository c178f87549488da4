import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { ERROR_CATEGORIES } from './error-category.ts';
import { SUBMISSION_STATUSES } from './submission.ts';

const isoTime = z.iso.datetime();
const count = z.number().int().nonnegative();

/** What is shown of one recipient. Seed 000 (CWC) writes `messageId` for the id, and `cwcConfirmation`. */
export const shownSubmission = z.strictObject({
  submission_id: z.string().describe('The `id` of the recipient, or its `bioguideId`.'),
  recipient: anyJson.describe('As it was submitted.'),
  status: z
    .enum(SUBMISSION_STATUSES)
    .describe('`rate_limited`: it waits for `next_retry_at`, as the receiver or the template wants.'),
  attempt: z.number().int().positive().describe('Of the assembly, in which it was queued last.'),
  retry_count: count.describe('Tries that failed by an error that may pass, in this attempt.'),
  next_retry_at: isoTime.optional().describe('When it is tried, or tried again, at the earliest.'),
  confirmation: z.string().optional().describe('What the receiver called it.'),
  submitted_at: isoTime.optional(),
  error: z.string().optional().describe('Why it failed, or waits.'),
  error_code: z.string().optional(),
  error_category: z.enum(ERROR_CATEGORIES).optional(),
  error_details: z.string().optional(),
  updated_at: isoTime,
});
export type ShownSubmission = z.infer<typeof shownSubmission>;

/** How many submissions are in each status. */
export const submissionCounts = z.strictObject({
  queued: count,
  processing: count,
  submitted: count,
  failed: count,
  rate_limited: count,
  canceled: count,
});

/** The answer to `GET /assemblies/{id}/submissions`. */
export const submissionsPage = z.strictObject({
  submission_count: count.describe('Of the assembly.'),
  submission_counts: submissionCounts.describe('Of the assembly, as last counted.'),
  submissions: z.array(shownSubmission).describe('By id.'),
  message_ids: z.array(z.string()).describe('The ids of this page.'),
  cursor: z.string().optional().describe('Gives the next page; absent on the last one.'),
});
export type SubmissionsPage = z.infer<typeof submissionsPage>;
