import * as z from 'zod';
import type { SubmissionChange } from '../../../lambdas/shared/submission-change.ts';
import type { TallyMessage } from '../../../lambdas/shared/tally-message.ts';
import { type RunOutcome, runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { JobMessage } from '../../../lib/domain/events.ts';
import { NO_SUBMISSIONS, type Submission, type SubmissionMessage } from '../../../lib/domain/submission.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { ManualClock } from '../manual-clock.ts';
import { direct, type Transport } from '../transport.ts';
import { dependenciesWith, messageFor, NOW, step } from './run-worker.ts';

const LETTERS = buildRegistry([
  { id: 'test-template', fields: z.any(), fanOut: { send: async () => undefined } },
]);

export const RUN_SECONDS = 20;

/** A queued assembly with so many recipients, and a worker whose clock the test moves. */
export function expander(recipients: number, assembly: Partial<Assembly> = {}) {
  const clock = new ManualClock(NOW);
  const store = new InMemoryAssemblyStore({
    submission_count: recipients,
    submission_counts: { ...NO_SUBMISSIONS, queued: recipients },
    max_retries: 2,
    fields: { recipients: Array.from({ length: recipients }, (_, n) => ({ id: `r${n}`, n })) },
    ...assembly,
  });
  const { assembly_id } = store.assembly;
  const given = {
    /** What happens to calls of the store of submissions. */
    transport: direct as Transport,
  };
  const submissions = new InMemorySubmissionStore({
    transport: (call, operation) => given.transport(call, operation),
  });
  const sent: SubmissionMessage[] = [];
  const tallied: (TallyMessage & { readonly delaySeconds?: number })[] = [];
  const dependencies = {
    ...dependenciesWith(store, [step('unused', () => undefined)], { runSeconds: RUN_SECONDS }),
    templates: LETTERS,
    fanOut: {
      submissions,
      submissionsQueue: { send: async (message: SubmissionMessage) => void sent.push(message) },
      tallyQueue: {
        send: async (message: TallyMessage, options = {}) => void tallied.push({ ...message, ...options }),
      },
    },
    now: clock.now,
    after: (ms: number, callback: () => void) => clock.after(ms, callback),
  };
  return {
    clock,
    store,
    submissions,
    sent,
    tallied,
    given,
    rows: (): Submission[] => submissions.table.of(assembly_id).toSorted((a, b) => a.position - b.position),
    /** As if a worker of submissions had written it. */
    write: async (submission_id: string, set: SubmissionChange['set']): Promise<void> => {
      const key = { assembly_id, submission_id };
      const from = ['queued', 'processing', 'rate_limited', 'submitted', 'failed'] as const;
      await submissions.change(key, { from, set }, clock.now());
    },
    /** As if somebody else had written it. */
    become: (changes: Partial<Assembly>): void => {
      store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
    },
    run: (message: JobMessage = messageFor(store.assembly)): Promise<RunOutcome> =>
      runAssembly(message, dependencies),
  };
}
