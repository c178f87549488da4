// The small build of zod, of which no poll has to wait for more than this schema.
import * as z from 'zod/mini';
import { LANGUAGES } from '../../lib/domain/language.ts';

const text = 'must be a string';
const flag = 'must be true or false';

/**
 * What the status function takes when it is invoked directly. IAM decides who may do that at all; on behalf of which
 * user they ask, the caller says, or that it answers for everybody: `trusted: true`.
 */
export const directCall = z.strictObject(
  {
    assemblyId: z.string(text),
    userId: z.optional(z.string(text).check(z.minLength(1, 'must not be empty'))),
    tenantId: z.optional(z.string(text).check(z.minLength(1, 'must not be empty'))),
    triggerWebhook: z.optional(z.boolean(flag)),
    trusted: z.optional(z.literal(true, 'can only be true')),
    language: z._default(z.enum(LANGUAGES, `must be one of ${LANGUAGES.join(', ')}`), 'en'),
  },
  'must be an object',
);
export type DirectCall = z.infer<typeof directCall>;
