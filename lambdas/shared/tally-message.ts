import * as z from 'zod';

/** The message on the `tally` queue: the submissions of this assembly are to be counted. */
export interface TallyMessage {
  readonly assembly_id: string;
  /** All that changed until then is to be counted: a count that began later has done it. ISO 8601. */
  readonly until?: string;
}

export const tallyMessage: z.ZodType<TallyMessage> = z.object({
  assembly_id: z.string(),
  until: z.iso.datetime().optional(),
});
