import * as z from 'zod';
import type { JobMessage } from '../../lib/domain/events.ts';

/** The message on the `jobs` queue, as its consumers take it. */
export const jobMessage: z.ZodType<JobMessage> = z.object({
  assembly_id: z.string(),
  attempt: z.number().int().positive(),
  claim: z.number().int().nonnegative(),
  template_id: z.string().optional(),
  owner: z.object({ tenant_id: z.string().optional(), user_id: z.string() }).optional(),
});
