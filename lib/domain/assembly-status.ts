import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { ERROR_CATEGORIES } from './error-category.ts';
import { shownQueue } from './shown-queue.ts';
import { shownSubmission, submissionCounts } from './shown-submission.ts';
import { STATUSES, type Status } from './state-machine.ts';

const isoTime = z.iso.datetime();
const count = z.number().int().nonnegative();

const fileShape = {
  id: z.string(),
  name: z.string(),
  basename: z.string(),
  ext: z.string(),
  size: count,
  mime: z.string(),
  field: z.string(),
  meta: z.record(z.string(), anyJson).optional(),
};

const madeFile = z.strictObject({
  ...fileShape,
  original_id: z.string().describe('The upload that it was made from; empty where it was made from none.'),
  ssl_url: z.url().describe('Opens without a token, for a day at least; for a week in a webhook.'),
});

/**
 * What everybody who asks is told: by GET, by a direct call and as the body of a webhook.
 * Seed 003's (Transflow's) shape under its own names, then what Waybill adds.
 */
export const assemblyStatus = z.strictObject({
  assembly_id: z.string().regex(/^[0-9a-f]{64}$/),
  // A client written for the seed stops at `ok || error`.
  ok: z
    .literal('ASSEMBLY_COMPLETED')
    .optional()
    .describe('For `completed` and `partial`, else absent. So `ok` or `error` means that it has ended.'),
  error: z.string().optional().describe('A sentence for people, for `failed` and `canceled`, else absent.'),
  message: z.string().describe('The status in words.'),
  uploads: z
    .array(z.strictObject({ ...fileShape, md5hash: z.string() }))
    .describe('The files that were announced.'),
  results: z.record(z.string(), z.array(madeFile)).describe('The files that were made, by step.'),
  bytes_expected: count.describe('Of the uploads.'),
  bytes_received: count.describe('Of the uploads that are there.'),
  bytes_usage: count.describe('Of the results.'),
  execution_duration: z.number().nonnegative().describe('Seconds in work; grows while it runs.'),
  execution_start: isoTime.optional().describe('Absent until a worker has taken it.'),
  last_job_completed: isoTime.optional().describe('`completed_at` under another name.'),
  template_id: z.string(),
  branch: z.string().describe('The Git branch that the deployment names.'),
  user: z.strictObject({
    userId: z.string(),
    tenantId: z.string().optional().describe('Where tenants are on.'),
  }),
  created_at: isoTime,
  updated_at: isoTime,

  status: z.enum(STATUSES as [Status, ...Status[]]),
  version: z
    .number()
    .int()
    .positive()
    .describe('Grows with every change. Of two statuses, the higher (`created_at`, `version`) is the newer.'),
  attempt: z.number().int().positive().describe('How often it was started.'),
  progress: z.number().min(0).max(100),
  progress_message: z.string().optional().describe('What the worker does at the moment.'),
  result: anyJson
    .optional()
    .describe('What the last step of the template returned, or the external worker sent; at most 32 KB.'),
  result_file: madeFile
    .optional()
    .describe(
      'In the place of `result`, where what the last step returned is larger than 32 KB: the file that holds it, as JSON.',
    ),
  submission_count: count
    .optional()
    .describe('How many recipients it has; absent where its template sends to none.'),
  submission_counts: submissionCounts
    .optional()
    .describe(
      'How many of them are in each status. Of more than fifty, as counted some seconds ago at most.',
    ),
  submissions: z
    .array(shownSubmission)
    .optional()
    .describe(
      'Up to fifty, in the order of the recipients: those that have been written, which takes a moment at first.',
    ),
  message_ids: z.array(z.string()).optional().describe('Their ids.'),
  submissions_url: z
    .url()
    .optional()
    .describe('Where they are listed page by page, where they are more than fifty.'),
  reference: z.string().optional().describe("The caller's own string from the submission."),
  queued_at: isoTime.optional(),
  queue: shownQueue,
  completed_at: isoTime.optional(),
  duration_ms: count.describe('`execution_duration` in milliseconds.'),
  error_code: z.string().optional().describe('For programs.'),
  error_category: z.enum(ERROR_CATEGORIES).optional().describe('What a person can act on.'),
  error_details: z.string().optional().describe('The raw text of the error, for developers.'),
  can_retry: z
    .boolean()
    .describe(
      'A retry may end better, and retries are left. Where it is false, submitting the same again starts a new attempt ' +
        'all the same, with all its retries; input at fault then fails in the same way.',
    ),
  file_errors: z
    .array(
      z.strictObject({
        upload_id: z.string(),
        name: z.string(),
        error: z.string(),
        error_code: z.string(),
        error_category: z.enum(ERROR_CATEGORIES),
      }),
    )
    .optional()
    .describe('The files that could not be used, where others could: then the status is `partial`.'),
  retry_count: count.describe('Of `max_retries`, spent in this attempt and by `POST …/retry`.'),
  max_retries: count,
  next_retry_at: isoTime
    .optional()
    .describe('When the next run begins, where the last one failed by an error that may not come again.'),
  attempts: z
    .array(
      z.strictObject({
        attempt: z.number().int().positive(),
        status: z
          .enum(STATUSES as [Status, ...Status[]])
          .describe('What the assembly became: how the attempt ended, or `queued` for another run.'),
        started_at: isoTime.optional().describe('Absent where no worker had taken it.'),
        ended_at: isoTime,
        error: z.string().optional(),
        error_code: z.string().optional(),
        error_category: z.enum(ERROR_CATEGORIES).optional(),
      }),
    )
    .describe('The runs that are over, the last twenty, oldest first.'),
});

export type AssemblyStatus = z.infer<typeof assemblyStatus>;
