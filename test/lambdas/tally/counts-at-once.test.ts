import { tallyAssembly } from '../../../lambdas/tally/tally-assembly.ts';
import { NO_SUBMISSIONS, type Submission, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const NOW = new Date('2026-11-21T12:10:00.000Z');
const LATER = new Date('2026-11-21T12:10:00.300Z');

/**
 * An assembly with two recipients, and what a test plays with it.
 * @param after what `change` makes of them
 */
async function twoRecipients(after: readonly SubmissionStatus[]) {
  const store = new InMemoryAssemblyStore({
    ...{ status: 'processing', submission_count: 2, submission_counts: { ...NO_SUBMISSIONS, queued: 2 } },
  });
  const submissions = new InMemorySubmissionStore();
  const { assembly_id, created_at: assembly_created_at } = store.assembly;
  for (const position of [0, 1])
    await submissions.create(
      {
        ...{ assembly_id, submission_id: `r${position}`, assembly_created_at, submission_count: 2, position },
        ...{ recipient: {}, status: 'queued', attempt: 1, retry_count: 0 },
        ...{ external: false, expires_at: NOW.getTime() },
      },
      NOW,
    );
  const change = async (): Promise<void> => {
    for (const [position, status] of after.entries())
      await submissions.change(
        { assembly_id, submission_id: `r${position}` },
        { from: ['queued'], set: { status } },
        NOW,
      );
  };
  const sent: unknown[] = [];
  const dependencies = {
    ...{ store, submissions, retentionDays: 30, now: () => NOW },
    tallyQueue: {
      send: async (message: object, options?: object) => void sent.push({ ...message, ...options }),
    },
  };
  const tally = (overrides: object = {}) => tallyAssembly({ assembly_id }, { ...dependencies, ...overrides });
  const rows = async (): Promise<Submission[]> => {
    const all: Submission[] = [];
    for await (const row of submissions.all(assembly_id)) all.push(row);
    return all;
  };
  return { store, rows, change, tally, sent, assembly_id };
}

/** What a tally reads: these rows, and before it goes on with them `meanwhile` happens. */
const reading = (rows: readonly Submission[], meanwhile: () => Promise<unknown> = async () => {}) => ({
  async *counted() {
    await meanwhile();
    yield* rows;
  },
});

test('of two that know the same, one writes and the other comes again', async () => {
  const { store, rows, tally, sent, assembly_id } = await twoRecipients([]);
  const read = await rows();
  const overtaking = () => tally({ submissions: reading(read) });
  expect(await tally({ submissions: reading(read, overtaking), now: () => LATER })).toBe('postponed');
  expect(store.history).toHaveLength(1);
  expect(sent).toEqual([{ assembly_id, delaySeconds: 1 }]);
});

test('what the second one knows more is for a later one, as the assembly was written a moment ago', async () => {
  const { store, rows, change, tally, sent, assembly_id } = await twoRecipients(['submitted']);
  const read = await rows();
  await change();
  const overtaking = () => tally({ submissions: reading(read) });
  expect(await tally({ submissions: reading(await rows(), overtaking), now: () => LATER })).toBe('postponed');
  expect(store.history.map(({ submission_counts }) => submission_counts?.queued)).toEqual([2]);
  expect(sent).toEqual([{ assembly_id, delaySeconds: 1 }]);
});

test('the end is written all the same', async () => {
  const { store, rows, change, tally, sent } = await twoRecipients(['submitted', 'submitted']);
  const read = await rows();
  await change();
  const overtaking = () => tally({ submissions: reading(read) });
  expect(await tally({ submissions: reading(await rows(), overtaking), now: () => LATER })).toBe('ended');
  expect(store.history.map(({ status }) => status)).toEqual(['processing', 'completed']);
  expect(sent).toEqual([]);
});

test('one that comes after the completion reads no submission', async () => {
  const { change, tally } = await twoRecipients(['submitted', 'submitted']);
  await change();
  expect(await tally()).toBe('ended');
  const counted = () => {
    throw new Error('Nobody needs this count');
  };
  expect(await tally({ submissions: { counted } })).toBe('skipped');
});
