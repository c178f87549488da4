import * as z from 'zod';
import type { Assembly } from './assembly.ts';
import { assemblyStatus } from './assembly-status.ts';
import { JOB_STATES, jobStateOf } from './job-state.ts';
import type { Language } from './language.ts';
import { statusOf } from './status-of.ts';

/** What a list shows of an assembly: no links, no files, no result, which are in its status. */
const SHOWN = {
  assembly_id: true,
  template_id: true,
  user: true,
  status: true,
  ok: true,
  error: true,
  message: true,
  progress: true,
  progress_message: true,
  reference: true,
  version: true,
  attempt: true,
  created_at: true,
  updated_at: true,
  queued_at: true,
  execution_start: true,
  completed_at: true,
  duration_ms: true,
  error_code: true,
  error_category: true,
  can_retry: true,
  retry_count: true,
  max_retries: true,
  next_retry_at: true,
  submission_count: true,
  submission_counts: true,
} as const;

export const listedAssembly = assemblyStatus.pick(SHOWN).extend({
  state: z
    .enum(JOB_STATES)
    .describe(
      'The status in fewer words: `waiting` for its files or for a worker, `active`, `delayed` until its next run, `completed`, ' +
        'also in part, or `failed`, also canceled.',
    ),
});
export type ListedAssembly = z.infer<typeof listedAssembly>;

/** As far as pages can be counted: who goes on takes the cursor, which reads no further than the page. */
export const MAX_PAGED_ROWS = 10_000;

const count = z.number().int().nonnegative();

/** The answer to `GET /assemblies`. */
export const assembliesPage = z.strictObject({
  assemblies: z.array(listedAssembly).describe('The newest first.'),
  cursor: z.string().optional().describe('Gives the next page; absent on the last one.'),
  pagination: z
    .strictObject({
      total: count.describe(
        `How many there are; those beyond ${MAX_PAGED_ROWS} are not counted, and one past its retention is until it is deleted.`,
      ),
      total_exact: z.boolean().describe('False where there are more than were counted.'),
      page: z.number().int().positive(),
      limit: z.number().int().positive(),
      pages: count.describe('Of that size, for `total`.'),
    })
    .optional()
    .describe('With `page`.'),
});
export type AssembliesPage = z.infer<typeof assembliesPage>;

/** The part of its status that a list shows. */
export function listAssembly(assembly: Assembly, telling: { now: Date; language: Language }): ListedAssembly {
  const status = statusOf(assembly, { ...telling, linkTo: () => '' });
  const shown = Object.entries(status).filter(([name]) => name in SHOWN);
  return {
    ...(Object.fromEntries(shown) as Omit<ListedAssembly, 'state'>),
    state: jobStateOf(assembly, telling.now),
  };
}
