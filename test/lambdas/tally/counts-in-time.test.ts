import type { TallyMessage } from '../../../lambdas/shared/tally-message.ts';
import { tallyAssembly } from '../../../lambdas/tally/tally-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { NO_SUBMISSIONS, requeued, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const ID = 'a'.repeat(64);
const CREATED_AT = '2026-11-21T12:00:00.000Z';
const NOW = new Date('2026-11-21T12:00:10.000Z');
const secondsFromNow = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

/** An assembly with these recipients, and a `tally` that is told of it. */
async function counting(statuses: readonly SubmissionStatus[], known: Partial<Assembly> = {}) {
  const submission_count = statuses.length;
  const submissions = new InMemorySubmissionStore();
  for (const [position, status] of statuses.entries()) {
    const submission_id = `r${position}`;
    const key = { assembly_id: ID, submission_id };
    const row = { ...key, assembly_created_at: CREATED_AT, submission_count, position, recipient: {} };
    const waits = { attempt: 1, retry_count: 0, external: true, expires_at: 2e9 };
    await submissions.create({ ...row, ...waits, status }, NOW);
  }
  const store = new InMemoryAssemblyStore({
    status: 'processing',
    submission_count,
    submission_counts: requeued(NO_SUBMISSIONS, submission_count),
    ...known,
  });
  const sent: { message: TallyMessage; delaySeconds: number | undefined }[] = [];
  const tallyQueue = {
    send: async (message: TallyMessage, { delaySeconds }: { delaySeconds?: number } = {}) => {
      sent.push({ message, delaySeconds });
    },
  };
  const tally = (message: Partial<TallyMessage> = {}) =>
    tallyAssembly(
      { assembly_id: ID, ...message },
      { store, submissions, tallyQueue, retentionDays: 30, now: () => NOW },
    );
  return { store, sent, tally };
}

test('a count says when it was made and from when on its rows were read', async () => {
  const { store, tally } = await counting(['submitted', 'queued']);
  expect(await tally()).toBe('counted');
  expect(store.assembly).toMatchObject({
    submission_counts: { ...NO_SUBMISSIONS, submitted: 1, queued: 1 },
    counted_at: NOW.toISOString(),
    counted_from: NOW.toISOString(),
  });
});

test('recipients without a row are counted as those that wait', async () => {
  const { store, tally } = await counting(['submitted'], { submission_count: 3 });
  await tally();
  expect(store.assembly.submission_counts).toEqual({ ...NO_SUBMISSIONS, submitted: 1, queued: 2 });
});

test('a message is dropped where a later count has seen all that it was sent for', async () => {
  const known = { counted_at: secondsFromNow(-0.2), counted_from: secondsFromNow(-0.4) };
  const { store, sent, tally } = await counting(['queued'], known);
  expect(await tally({ until: secondsFromNow(-1.5) })).toBe('skipped');
  expect([store.history, sent]).toEqual([[], []]);
});

test.each([
  ['that began before it', secondsFromNow(0)],
  ['that began so shortly after it that the clocks may differ', secondsFromNow(-1)],
  ['where it does not say what it was sent for', undefined],
])('a message waits as it is, and is not dropped, for a count %s', async (_which, until) => {
  const known = { counted_at: secondsFromNow(-0.2), counted_from: secondsFromNow(-0.4) };
  const { store, sent, tally } = await counting(['queued'], known);
  const message = { ...(until !== undefined && { until }) };
  expect(await tally(message)).toBe('postponed');
  expect(store.history).toEqual([]);
  expect(sent).toEqual([{ message: { assembly_id: ID, ...message }, delaySeconds: 1 }]);
});

test('of two counts at once the second waits, unless it ends the assembly', async () => {
  const meanwhile = { counted_at: NOW.toISOString(), submissions_version: 1 };
  for (const [status, outcome] of [
    ['queued', 'postponed'],
    ['submitted', 'ended'],
  ] as const) {
    const { store, sent, tally } = await counting(['submitted', status]);
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      store.assembly = { ...store.assembly, ...meanwhile, version: store.assembly.version + 1 };
    };
    expect(await tally()).toBe(outcome);
    expect(sent).toHaveLength(outcome === 'postponed' ? 1 : 0);
  }
});

test('a count that was read partly before the last one takes nothing back', async () => {
  const submission_counts = { ...NO_SUBMISSIONS, submitted: 1, queued: 1 };
  const { store, tally } = await counting(['queued', 'queued'], {
    ...{ submission_counts, submissions_version: 1, progress: 50 },
  });
  expect(await tally()).toBe('unchanged');
  expect(store.assembly).toMatchObject({ submission_counts, progress: 50 });
});
