import * as z from 'zod';
import { LANGUAGES } from '../../lib/domain/language.ts';

/**
 * What the status function takes when it is invoked directly. IAM decides who may do that at all; on behalf of which
 * user they ask, the caller says, or that it answers for everybody: `trusted: true`.
 */
export const directCall = z.strictObject({
  assemblyId: z.string(),
  userId: z.string().min(1).optional(),
  triggerWebhook: z.boolean().optional(),
  trusted: z.literal(true).optional(),
  language: z.enum(LANGUAGES).default('en'),
});

/** An event of API Gateway has a request context; a direct call never has. */
export const isDirectCall = (event: unknown): boolean =>
  typeof event !== 'object' || event === null || !('requestContext' in event);
