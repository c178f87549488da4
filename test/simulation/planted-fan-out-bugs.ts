import type { SQSBatchResponse } from 'aws-lambda';
import { enqueueSubmission } from '../../lambdas/enqueue-submissions/enqueue-submission.ts';
import { asSeen } from '../../lambdas/shared/assembly-change.ts';
import { changeAsSeen } from '../../lambdas/shared/change-as-seen.ts';
import { streamConsumer } from '../../lambdas/shared/stream-consumer.ts';
import type { SubmissionChange } from '../../lambdas/shared/submission-change.ts';
import { submissionOf } from '../../lambdas/shared/submission-store.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import {
  NO_SUBMISSIONS,
  SUBMISSION_STATUSES,
  type Submission,
  UNSETTLED,
} from '../../lib/domain/submission.ts';
import type { Template } from '../../lib/domain/template.ts';
import type { Plant } from './lambda.ts';
import type { PlantedBug } from './planted-bugs.ts';
import type { Ports } from './ports.ts';

const NOTHING_FAILED: SQSBatchResponse = { batchItemFailures: [] };

/** Instead of counting the rows, adds what each record of the stream says; one that comes twice counts twice. */
const countUp: Plant = {
  functions: (_usual, ports) => ({
    'plan-tally': streamConsumer({
      name: 'plan-tally',
      failures: ports.failures,
      fromItem: submissionOf,
      consume: (written) => addTo(written, ports),
    }),
    tally: async () => NOTHING_FAILED,
  }),
};

async function addTo(
  { before, after }: { readonly before: Submission | undefined; readonly after: Submission },
  { store, invocation }: Ports,
): Promise<void> {
  const assembly = await store.get(after.assembly_id, { consistent: true });
  if (!assembly) return;
  await changeAsSeen(
    assembly,
    (seen) => {
      if (isTerminal(seen.status)) return undefined;
      const counts = { ...NO_SUBMISSIONS, ...seen.submission_counts };
      counts[before?.status ?? 'queued'] -= 1;
      counts[after.status] += 1;
      return { ...asSeen(seen), set: { submission_counts: counts } };
    },
    { store, now: invocation.clock.now },
  );
}

/** Changes every change of a row before it is made. */
const withChanges = (changed: (change: SubmissionChange) => SubmissionChange): Plant => ({
  ports(ports) {
    const { submissions } = ports;
    const change: typeof submissions.change = (key, wanted, now) =>
      submissions.change(key, changed(wanted), now);
    return { ...ports, submissions: Object.assign(Object.create(submissions), { change }) };
  },
});

/** Whoever has worked on a submission writes what came of it, whoever has it by then. */
const unfencedOutcome = withChanges(({ version, from, ...change }) =>
  version === undefined ? { from, ...change } : { from: SUBMISSION_STATUSES, ...change },
);

const takenFromAnyHand = withChanges(({ from, ...change }) =>
  change.set.status === 'processing' ? { from: UNSETTLED, ...change } : { from, ...change },
);

/** A new attempt queues those again that have it. */
const sentAgain: Plant = {
  ports(ports) {
    const { submissions } = ports;
    const change: typeof submissions.change = (key, wanted, now) => {
      const { from, set } = wanted;
      const begins = from.includes('failed') && set.attempt !== undefined;
      return submissions.change(key, begins ? { ...wanted, from: [...from, 'submitted'] } : wanted, now);
    };
    async function* all(assemblyId: string): AsyncGenerator<Submission> {
      for await (const row of submissions.all(assemblyId))
        yield row.status === 'submitted' ? { ...row, status: 'failed' } : row;
    }
    return { ...ports, submissions: Object.assign(Object.create(submissions), { change, all }) };
  },
};

/** Only what is new is sent to the queue, and nobody looks after the rest. */
const retriesNotSent: Plant = {
  withoutSweep: true,
  functions: (_usual, { failures, submissionsQueue, invocation }) => ({
    'enqueue-submissions': streamConsumer({
      name: 'enqueue-submissions',
      failures,
      fromItem: submissionOf,
      async consume(written) {
        if (written.after.retry_count > 0) return;
        await enqueueSubmission(written, { submissionsQueue, now: invocation.clock.now });
      },
    }),
  }),
};

/** A count that stops after the first page, and takes what it has not read for what it has. */
const firstPageOnly: Plant = {
  ports(ports) {
    const { submissions } = ports;
    async function* counted(assemblyId: string): AsyncGenerator<Submission> {
      let last: Submission | undefined;
      for await (const row of submissions.counted(assemblyId)) {
        const isRead = row.position < 5 || last === undefined;
        yield isRead ? row : { ...row, status: last?.status ?? row.status };
        if (isRead) last = row;
      }
    }
    return { ...ports, submissions: Object.assign(Object.create(submissions), { counted }) };
  },
};

const anotherKeyPerAttempt: Plant = {
  ports: (ports) => ({
    ...ports,
    templates: () =>
      new Map(
        [...ports.templates()].map(([id, template]): [string, Template] => {
          if (!template.fanOut || template.external) return [id, template];
          const { send } = template.fanOut;
          const keyed: typeof send = (context) =>
            send({ ...context, idempotencyKey: `${context.idempotencyKey} ${context.attempt}` });
          return [id, { ...template, fanOut: { ...template.fanOut, send: keyed } }];
        }),
      ),
  }),
};

const limitIgnored: Plant = {
  ports: (ports) => ({
    ...ports,
    rateLimits: Object.assign(Object.create(ports.rateLimits), {
      reserve: async ({ count }: { readonly count: number }, now: Date) =>
        Array.from({ length: count }, () => now),
    }),
  }),
};

/** Counts as if nobody had counted before. */
const withoutMemory = (...names: readonly (keyof Assembly)[]): Plant => ({
  ports(ports) {
    const { store, invocation } = ports;
    if (!invocation.id.startsWith('tally-')) return ports;
    const forgetful = (assembly: Assembly): Assembly =>
      Object.fromEntries(
        Object.entries(assembly).filter(([name]) => !(names as readonly string[]).includes(name)),
      ) as unknown as Assembly;
    const get: typeof store.get = async (...of) => {
      const stored = await store.get(...of);
      return stored && forgetful(stored);
    };
    const change: typeof store.change = async (...of) => {
      const outcome = await store.change(...of);
      if (outcome.written || !outcome.assembly) return outcome;
      return { written: false, assembly: forgetful(outcome.assembly) };
    };
    return { ...ports, store: { ...store, get, change } };
  },
});

/** The dead letters of submissions are read and thrown away, and nobody looks after what they were for. */
const notBuried: Plant = {
  withoutSweep: true,
  functions: () => ({ 'bury-submission': async () => NOTHING_FAILED }),
};

const BUGS: readonly PlantedBug[] = [
  { name: 'counts that count up', breaks: 'F1', plant: countUp },
  {
    name: 'an older count over a newer one',
    breaks: 'F1',
    plant: withoutMemory('submissions_version', 'submission_counts', 'counted_at', 'counted_from'),
  },
  { name: 'an end after the first page', breaks: 'F2', plant: firstPageOnly },
  { name: 'retries that are not sent', breaks: 'F2', plant: retriesNotSent },
  { name: 'dead letters that nobody answers for', breaks: 'F2', plant: notBuried },
  { name: 'a key that changes with the attempt', breaks: 'F3', plant: anotherKeyPerAttempt },
  { name: 'a new attempt at everybody', breaks: 'F4', plant: sentAgain },
  { name: 'counts without a pause', breaks: 'F5', plant: withoutMemory('counted_at', 'counted_from') },
  { name: 'a rate limit that nobody keeps', breaks: 'F6', plant: limitIgnored },
  { name: 'outcomes without a fence', breaks: 'F8', plant: unfencedOutcome },
  { name: 'a submission taken from any hand', breaks: 'F8', plant: takenFromAnyHand },
];

export const PLANTED_FAN_OUT_BUGS: readonly PlantedBug[] = BUGS.map((bug) => ({
  ...bug,
  options: { listsOnly: true },
}));
