import * as z from 'zod';
import { assemblyStatus } from './assembly-status.ts';
import { ERROR_CODES, type ErrorCode } from './waybill-error.ts';

/** An error as it is answered: RFC 9457, with the stable `code`. */
export const problemDetails = z.strictObject({
  type: z
    .string()
    .regex(/^urn:waybill:problem:[a-z_]+$/)
    .describe('The `code` as a URN.'),
  title: z.string().describe('What all problems of this code have in common, for people.'),
  status: z.number().int().min(400).max(599).describe('The status of the answer, once more.'),
  detail: z.string().describe('What is wrong with this request, for people.'),
  code: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]).describe('Stable, for programs.'),
  timestamp: z.iso.datetime(),
  errors: z
    .array(
      z.strictObject({
        pointer: z.string().describe('RFC 6901. Empty for the body as a whole.'),
        detail: z.string(),
      }),
    )
    .max(20)
    .optional()
    .describe('The places in the body that are refused, the first 20 of them.'),
});

export type ProblemDetails = z.infer<typeof problemDetails>;

/** A conflict with how the assembly stands. */
export const conflictDetails = problemDetails.extend({
  current: assemblyStatus.describe('How the assembly stands.'),
});

/** A conflict with what somebody else has done since. */
export const staleUpdateDetails = conflictDetails.extend({
  claim: z.number().int().nonnegative().describe('The claim that the assembly is at.'),
});
