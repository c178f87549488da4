import * as z from 'zod';
import { JOB_STATES } from './job-state.ts';

const count = z.number().int().nonnegative().nullable();
const isoTime = z.iso.datetime().nullable();

/** Where an assembly stands in the queue, beside its status. */
export const shownQueue = z.strictObject({
  state: z
    .enum(JOB_STATES)
    .nullable()
    .describe(
      'What the queue has of it: `waiting` for a worker, `delayed` until `next_retry_at`, `active`, `completed` or `failed`; null ' +
        'where it is not in the queue: it waits for its uploads, was canceled, or is worked by somebody else.',
    ),
  position: count.describe(
    '1 for the next one. Null unless it is `waiting`, and where it was not looked up.',
  ),
  ahead: count.describe('How many are before it.'),
  depth: count.describe('How many wait in all.'),
  estimated_start_at: isoTime.describe(
    'By the rate at which jobs were taken lately; null where there is none yet. Of one that is `delayed`, the earliest time.',
  ),
  as_of: isoTime.describe(
    'When something was last put into the queue, or taken out: the numbers are of then.',
  ),
  approximate: z
    .boolean()
    .describe('True wherever there are numbers: others come and go, and not always in order.'),
  degraded: z
    .boolean()
    .describe('True where the numbers could not be read; the rest of the status is whole.'),
});
export type ShownQueue = z.infer<typeof shownQueue>;
