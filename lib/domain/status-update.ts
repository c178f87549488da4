import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { MAX_ERROR_DETAILS } from './assembly-error.ts';
import { ERROR_CATEGORIES } from './error-category.ts';
import { wellFormed } from './well-formed.ts';

const sentence = wellFormed.min(1).max(1_000);

/** DynamoDB refuses a number between 0 and 1e-130, and nobody needs one. */
const toMillionths = (progress: number): number => Math.round(progress * 1e6) / 1e6;

const errorCode = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/);
const time = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => Date.parse(text) >= 0, 'is before 1970');

/** More would not be written within the half minute that the API waits. */
export const MAX_SUBMISSION_RESULTS = 1_000;

/** What an external worker says of one recipient. */
export const submissionResult = z.preprocess(
  inSnakeCase(() => SUBMISSION_CAMEL_CASE),
  z
    .strictObject({
      submission_id: z
        .string()
        .min(1)
        .max(128)
        .describe('The `id` of the recipient, or its `bioguideId`; `messageId` of seed 000.'),
      status: z.enum(['queued', 'processing', 'submitted', 'failed', 'rate_limited']),
      confirmation: wellFormed
        .min(1)
        .max(200)
        .optional()
        .describe('What the receiver called it; `cwcConfirmation` of seed 000. With `submitted` only.'),
      submitted_at: time.optional().describe('By your clock; by ours where absent. With `submitted` only.'),
      error: sentence.optional().describe('For the reader. With `failed` and `rate_limited` only.'),
      error_code: errorCode.optional(),
      error_details: wellFormed.max(MAX_ERROR_DETAILS).optional(),
      next_retry_at: time.optional().describe('When it is tried again. With `rate_limited` only.'),
    })
    .superRefine((result, context) => {
      const only = (status: string, names: readonly (keyof typeof result)[]): void => {
        for (const name of names)
          if (result[name] !== undefined && !status.split(' or ').includes(result.status))
            context.addIssue({
              code: 'custom',
              message: `goes with the status ${status} only`,
              path: [name],
            });
      };
      only('submitted', ['confirmation', 'submitted_at']);
      only('failed or rate_limited', ['error', 'error_code', 'error_details']);
      only('rate_limited', ['next_retry_at']);
    }),
);
export type SubmissionResult = z.infer<typeof submissionResult>;

/**
 * The body of `POST /assemblies/{id}/status`, by the worker of an external template. Field names in snake_case, or in
 * camelCase as seed 000 (CWC) writes them.
 */
export const statusUpdate = z.preprocess(
  inSnakeCase(() => CAMEL_CASE),
  z
    .strictObject({
      status: z.enum(['processing', 'completed', 'partial', 'failed']),
      progress: z
        .number()
        .min(0)
        .max(100)
        .overwrite(toMillionths)
        .optional()
        .describe('To millionths. A lower one than before is not written.'),
      progress_message: sentence.optional(),
      result: anyJson.optional().describe('At most 32 KB. With the status `completed` or `partial` only.'),
      error: sentence
        .optional()
        .describe(
          'A sentence for the reader of the status. With the status `failed` only, as all of the error.',
        ),
      error_code: errorCode.optional(),
      error_category: z.enum(ERROR_CATEGORIES).optional(),
      error_details: wellFormed.max(MAX_ERROR_DETAILS).optional(),
      retryable: z
        .boolean()
        .optional()
        .describe(
          'False where the same input would fail in the same way: `can_retry` is false then. With the status `failed` only.',
        ),
      completed_at: time.optional().describe("When it ended by the worker's clock; by ours where absent."),
      submission_results: z
        .array(submissionResult)
        .max(MAX_SUBMISSION_RESULTS)
        .optional()
        .describe(
          'Of an assembly with recipients: what is known of them, in any order, each once, and as many as you like of them. They ' +
            'decide about the assembly, which ends when each of them has.',
        ),
      attempt: z
        .number()
        .int()
        .positive()
        .optional()
        .describe('That the worker was given: an older one is refused.'),
      claim: z
        .number()
        .int()
        .nonnegative()
        .optional()
        .describe('That the last answer had: an older one is refused.'),
    })
    .superRefine((update, context) => {
      const ids = update.submission_results?.map(({ submission_id }) => submission_id) ?? [];
      for (const [index, id] of ids.entries())
        if (ids.indexOf(id) < index)
          context.addIssue({
            code: 'custom',
            message: 'names the same recipient as another one',
            path: ['submission_results', index],
          });
      if (update.status === 'failed') return;
      for (const name of ['error', 'error_code', 'error_category', 'error_details', 'retryable'] as const)
        if (update[name] !== undefined)
          context.addIssue({ code: 'custom', message: 'goes with the status failed only', path: [name] });
    })
    .refine(({ status, result }) => status === 'completed' || status === 'partial' || result === undefined, {
      message: 'goes with the status completed or partial only',
      path: ['result'],
    }),
);

export type StatusUpdate = z.infer<typeof statusUpdate>;

/** The names of seed 000, and what they are here. */
export const CAMEL_CASE: Readonly<Record<string, string>> = {
  progressMessage: 'progress_message',
  errorCode: 'error_code',
  errorCategory: 'error_category',
  errorDetails: 'error_details',
  completedAt: 'completed_at',
  submissionResults: 'submission_results',
};

/** The same of what is said of one recipient. */
export const SUBMISSION_CAMEL_CASE: Readonly<Record<string, string>> = {
  messageId: 'submission_id',
  message_id: 'submission_id',
  submissionId: 'submission_id',
  cwcConfirmation: 'confirmation',
  cwc_confirmation: 'confirmation',
  submittedAt: 'submitted_at',
  errorCode: 'error_code',
  errorDetails: 'error_details',
  nextRetryAt: 'next_retry_at',
};

/** @param namesOf asked for when it is needed: the names stand below what uses them */
function inSnakeCase(namesOf: () => Readonly<Record<string, string>>) {
  return (body: unknown): unknown => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
    const names = namesOf();
    const snakeCase = (key: string): string => {
      const name = Object.hasOwn(names, key) ? names[key] : undefined;
      // Sent in both spellings, the second is left to be refused: which of them was meant is not ours to say.
      return name === undefined || Object.hasOwn(body, name) ? key : name;
    };
    const renamed: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(body)) {
      const name = snakeCase(key);
      renamed[Object.hasOwn(renamed, name) ? key : name] = value;
    }
    return renamed;
  };
}
