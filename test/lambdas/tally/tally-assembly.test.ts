import { type TallyOutcome, tallyAssembly } from '../../../lambdas/tally/tally-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { NO_SUBMISSIONS, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

const NOW = new Date('2026-11-21T12:10:00.000Z');
const ago = (ms: number): string => new Date(NOW.getTime() - ms).toISOString();

async function tally(rows: readonly SubmissionStatus[], assembly: Partial<Assembly> = {}) {
  const store = new InMemoryAssemblyStore({
    status: 'processing',
    submission_count: 2,
    submission_counts: { ...NO_SUBMISSIONS, queued: 2 },
    ...assembly,
  });
  const submissions = new InMemorySubmissionStore();
  for (const [position, status] of rows.entries())
    await submissions.create(newSubmissionRow({ submission_id: `r${position}`, position, status }), NOW);
  const sent: unknown[] = [];
  const tallyQueue = {
    send: async (message: object, options?: object) => void sent.push({ ...message, ...options }),
  };
  const outcome: TallyOutcome = await tallyAssembly(
    { assembly_id: store.assembly.assembly_id },
    { store, submissions, tallyQueue, retentionDays: 30, now: () => NOW },
  );
  return { outcome, store, sent };
}

test.each([
  ['counted', ['submitted', 'queued'], {}],
  ['ended', ['submitted', 'submitted'], {}],
  ['unchanged', ['submitted', 'queued'], { submissions_version: 2 }],
  ['skipped', ['submitted', 'submitted'], { submission_count: undefined }],
  ['skipped', ['submitted', 'submitted'], { expires_at: NOW.getTime() / 1000 }],
] as const)('is %s with %j and %j', async (expected, rows, assembly) => {
  const { outcome, sent } = await tally(rows, assembly);
  expect([outcome, sent]).toEqual([expected, []]);
});

test('of an assembly that is gone is skipped', async () => {
  const nothing = {
    store: { get: async () => undefined, change: () => Promise.reject(new Error('There is nothing')) },
    submissions: new InMemorySubmissionStore(),
    tallyQueue: { send: async () => {} },
    retentionDays: 30,
    now: () => NOW,
  };
  expect(await tallyAssembly({ assembly_id: 'gone' }, nothing)).toBe('skipped');
});

test.each([
  [2, 0, 1],
  [2, 999, 1],
  [10_000, 1, 20],
  [10_000, 18_500, 2],
])('of %d submissions is postponed %d ms after the last, by %d s', async (submission_count, ms, delay) => {
  const { outcome, store, sent } = await tally(['submitted', 'submitted'], {
    submission_count,
    counted_at: ago(ms),
  });
  expect(outcome).toBe('postponed');
  expect(sent).toEqual([{ assembly_id: store.assembly.assembly_id, delaySeconds: delay }]);
  expect(store.history).toEqual([]);
});

test('is not postponed once the interval is over', async () => {
  expect((await tally(['submitted', 'submitted'], { counted_at: ago(1_000) })).outcome).toBe('ended');
});
