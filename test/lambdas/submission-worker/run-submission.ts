import * as z from 'zod';
import type { SendOptions } from '../../../lambdas/shared/message-queue.ts';
import type { NewSubmission } from '../../../lambdas/shared/submission-change.ts';
import { ParsedFields } from '../../../lambdas/submission-worker/parsed-fields.ts';
import { RecentAssemblies } from '../../../lambdas/submission-worker/recent-assemblies.ts';
import {
  type SendDependencies,
  type SendOutcome,
  sendSubmission,
} from '../../../lambdas/submission-worker/send-submission.ts';
import { TurnTaker } from '../../../lambdas/submission-worker/turn-taker.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { Submission, SubmissionMessage } from '../../../lib/domain/submission.ts';
import type { FanOut, RateLimit, Template } from '../../../lib/domain/template.ts';
import { buildRegistry } from '../../../lib/domain/template-registry.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles } from '../in-memory-files.ts';
import { InMemoryRateLimitStore } from '../in-memory-rate-limit-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { ManualClock } from '../manual-clock.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

export const NOW = new Date('2026-11-21T12:00:10.000Z');
export const SEND_SECONDS = 30;
export const LEASE_SECONDS = 65;

export const inSeconds = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();
export const epochIn = (seconds: number): number => NOW.getTime() / 1000 + seconds;

const FIELDS = { subject: 'Hello', recipients: [{ id: 'ada' }, { id: 'bob' }] };

export interface RunOptions {
  readonly send?: FanOut['send'];
  readonly rateLimit?: RateLimit;
  readonly assembly?: Partial<Assembly>;
  readonly row?: Partial<NewSubmission>;
  readonly templates?: readonly Template[];
  readonly config?: z.ZodType;
  readonly configs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Partial<SendDependencies>;
}

/** One waiting submission, and a worker for it whose clock the test moves. */
export async function submissionWorker(options: RunOptions = {}) {
  const { send = async () => ({ confirmation: 'c-1' }), rateLimit, config, configs = {} } = options;
  const clock = new ManualClock(NOW);
  const assemblies = new InMemoryAssemblyStore({
    status: 'processing',
    claim: 1,
    max_retries: 2,
    submission_count: 2,
    fields: FIELDS,
    fields_md5: '0'.repeat(32),
    ...options.assembly,
  });
  const submissions = new InMemorySubmissionStore();
  const { item } = await submissions.create(newSubmissionRow(options.row), NOW);
  if (!item) throw new Error('unreachable: it is new');
  const sent: (SubmissionMessage & SendOptions)[] = [];
  const limits = new InMemoryRateLimitStore();
  const template: Template = {
    id: 'test-template',
    fields: z.looseObject({ recipients: z.array(z.looseObject({ id: z.string() })) }),
    ...(config && { config }),
    fanOut: { send, ...(rateLimit && { rateLimit }) },
  };
  const files = new InMemoryFiles();
  const dependencies: SendDependencies = {
    assemblies: new RecentAssemblies({ store: assemblies, now: clock.now }),
    parsedFields: new ParsedFields(files, configs),
    submissions,
    submissionsQueue: { send: async (message, how = {}) => void sent.push({ ...message, ...how }) },
    turns: new TurnTaker(limits, clock.now),
    templates: buildRegistry(options.templates ?? [template]),
    retry: { baseSeconds: 10, random: () => 0.5 },
    sendSeconds: SEND_SECONDS,
    leaseSeconds: LEASE_SECONDS,
    now: clock.now,
    after: (ms, callback) => clock.after(ms, callback),
    log: { info: () => {}, warn: () => {} },
    ...options.dependencies,
  };
  const row = (): Submission => submissions.table.of(item.assembly_id)[0] as Submission;
  const message: SubmissionMessage = {
    assembly_id: item.assembly_id,
    submission_id: item.submission_id,
    attempt: item.attempt,
    position: item.position,
  };
  return {
    clock,
    assemblies,
    submissions,
    limits,
    sent,
    message,
    row,
    /** Handles the message, with these changes. */
    run: (changes: Partial<SubmissionMessage> = {}): Promise<SendOutcome> =>
      sendSubmission({ ...message, ...changes }, dependencies),
  };
}
