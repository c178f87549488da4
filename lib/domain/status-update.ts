import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { ERROR_CATEGORIES, MAX_ERROR_DETAILS } from './assembly-error.ts';
import { wellFormed } from './well-formed.ts';

const sentence = wellFormed.min(1).max(1_000);

/** DynamoDB refuses a number between 0 and 1e-130, and nobody needs one. */
const toMillionths = (progress: number): number => Math.round(progress * 1e6) / 1e6;

/**
 * The body of `POST /assemblies/{id}/status`, by the worker of an external template. Field names in snake_case, or in
 * camelCase as seed 000 (CWC) writes them.
 */
export const statusUpdate = z.preprocess(
  toSnakeCase,
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
      error_code: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/)
        .optional(),
      error_category: z.enum(ERROR_CATEGORIES).optional(),
      error_details: wellFormed.max(MAX_ERROR_DETAILS).optional(),
      completed_at: z.iso
        .datetime({ offset: true, abort: true })
        .refine((time) => Date.parse(time) >= 0, 'is before 1970')
        .optional()
        .describe("When it ended by the worker's clock; by ours where absent."),
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
      if (update.status === 'failed') return;
      for (const name of ['error', 'error_code', 'error_category', 'error_details'] as const)
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
};

function toSnakeCase(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const snakeCase = (key: string): string => {
    const name = Object.hasOwn(CAMEL_CASE, key) ? CAMEL_CASE[key] : undefined;
    // Sent in both spellings, the second is left to be refused: which of them was meant is not ours to say.
    return name === undefined || Object.hasOwn(body, name) ? key : name;
  };
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [snakeCase(key), value]));
}
