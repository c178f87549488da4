import { countSubmissions } from '../../../lambdas/shared/count-submissions.ts';
import type { NewSubmission } from '../../../lambdas/shared/submission-change.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { NO_SUBMISSIONS, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { listOf } from '../list-of.ts';
import { newAssembly } from '../new-assembly.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

const NOW = new Date('2026-11-21T12:10:00.000Z');
const FOR_GOOD = { code: 'unknown_address', category: 'WORKER_ERROR', retryable: false } as const;

/** An expanded assembly with these rows. */
async function withRows(
  rows: readonly (SubmissionStatus | Partial<NewSubmission>)[],
  assembly: Partial<Assembly> = {},
) {
  const store = new InMemoryAssemblyStore({
    status: 'processing',
    claim: 1,
    submission_count: rows.length,
    submission_counts: { ...NO_SUBMISSIONS, queued: rows.length },
    started_at: '2026-11-21T12:00:01.000Z',
    expanded_at: '2026-11-21T12:00:02.000Z',
    ...assembly,
  });
  const submissions = new InMemorySubmissionStore();
  for (const [position, row] of rows.entries()) {
    const given = typeof row === 'string' ? { status: row } : row;
    await submissions.create(newSubmissionRow({ submission_id: `r${position}`, position, ...given }), NOW);
  }
  const dependencies = { store, submissions, retentionDays: 30, now: () => NOW };
  const count = (seen = store.assembly) => countSubmissions(seen, dependencies);
  return { store, submissions, count, dependencies };
}

test('writes the counts, and how far the whole is', async () => {
  const { count } = await withRows(['submitted', 'failed', 'rate_limited']);
  expect(await count()).toMatchObject({
    written: true,
    assembly: {
      status: 'processing',
      submission_counts: { ...NO_SUBMISSIONS, submitted: 1, failed: 1, rate_limited: 1 },
      submissions_version: 3,
      retryable_submissions: 1,
      counted_at: NOW.toISOString(),
      progress: 66,
    },
  });
});

test('writes nothing where nothing changed since the last count', async () => {
  const { store, count } = await withRows(['submitted', 'queued']);
  await count();
  expect(await count()).toMatchObject({ written: false });
  expect(store.history).toHaveLength(1);
});

test('an older count does not take a newer one back', async () => {
  const { store, count } = await withRows(['submitted', 'queued'], { submissions_version: 3 });
  expect(await count()).toMatchObject({ written: false });
  expect(store.history).toEqual([]);
});

test.each([
  ['completed', ['submitted', 'submitted'], undefined],
  ['partial', ['submitted', 'failed'], undefined],
  ['failed', ['failed', 'failed'], { code: 'submissions_failed', params: { failed: 2 } }],
] as const)('ends as %s what has %j', async (status, rows, error) => {
  const { count, store } = await withRows(rows);
  expect(await count()).toMatchObject({ written: true, assembly: { status, progress: 100 } });
  const { assembly } = store;
  if (error) expect(assembly.error).toMatchObject(error);
  else expect(assembly).not.toHaveProperty('error');
  expect(assembly).not.toHaveProperty('deadline_at');
  expect(assembly.attempts).toHaveLength(1);
  expect(assembly.expires_at).toBe(NOW.getTime() / 1000 + 30 * 86_400);
  const submitted = rows.filter((row) => row === 'submitted').length;
  expect(assembly.submission_counts).toEqual({ ...NO_SUBMISSIONS, submitted, failed: 2 - submitted });
});

test('a failure of all for good is one that no attempt can help', async () => {
  const { count, store } = await withRows([{ status: 'failed', error: FOR_GOOD }]);
  await count();
  expect(store.assembly).toMatchObject({ error: { retryable: false }, retryable_submissions: 0 });
});

test('one of many that may pass is enough to try again', async () => {
  const { count, store } = await withRows([{ status: 'failed', error: FOR_GOOD }, 'failed']);
  await count();
  expect(store.assembly.retryable_submissions).toBe(1);
  expect(store.assembly.error).not.toHaveProperty('retryable');
});

test('never ends while a recipient has no row', async () => {
  const { count } = await withRows(['submitted', 'submitted'], { submission_count: 3 });
  expect(await count()).toMatchObject({
    written: true,
    assembly: {
      status: 'processing',
      progress: 66,
      submission_counts: { ...NO_SUBMISSIONS, submitted: 2, queued: 1 },
    },
  });
});

test('rows of an assembly that expired under the same id count for nothing', async () => {
  const { count } = await withRows([
    { status: 'submitted', assembly_created_at: '2026-01-01T00:00:00.000Z' },
    'submitted',
  ]);
  expect(await count()).toMatchObject({ assembly: { status: 'processing', submissions_version: 1 } });
});

test('a count of one that expired is not written to the one that came after it', async () => {
  const { store, count } = await withRows(['submitted', 'submitted']);
  const seen = store.assembly;
  store.assembly = { ...seen, created_at: '2026-11-21T12:09:00.000Z', version: 1, last_writer: 'new' };
  const { written } = await count({ ...seen, version: 7 });
  expect([written, store.history]).toEqual([false, []]);
});

test('a canceled one gets corrected counts, and no second end', async () => {
  const { store, count } = await withRows(['submitted', 'processing'], {
    status: 'canceled',
    ended_at: '2026-11-21T12:05:00.000Z',
    submission_counts: { ...NO_SUBMISSIONS, canceled: 3 },
    submission_count: 3,
    expires_at: 2_000_000_000,
  });
  const { ended_at, attempts, expires_at } = store.assembly;
  expect(await count()).toMatchObject({
    written: true,
    assembly: {
      status: 'canceled',
      // Its expansion had not come to the third.
      submission_counts: { ...NO_SUBMISSIONS, submitted: 1, canceled: 2 },
      ended_at,
      expires_at,
    },
  });
  expect(store.assembly.attempts).toEqual(attempts);
  expect(await count()).toMatchObject({ written: false });
});

test('a cancel between the reading and the write is counted as one', async () => {
  const { store, count } = await withRows(['submitted', 'submitted', 'queued']);
  const seen = store.assembly;
  await store.change(seen.assembly_id, { owner: { user_id: 'user-1' }, set: { status: 'canceled' } }, NOW);
  expect(await count(seen)).toMatchObject({
    written: true,
    assembly: {
      status: 'canceled',
      submission_counts: { ...NO_SUBMISSIONS, submitted: 2, canceled: 1 },
    },
  });
});

test('a new attempt between the reading and the write is not ended by the failures of the last', async () => {
  const { store, count } = await withRows(['submitted', 'failed']);
  const seen = store.assembly;
  store.assembly = { ...seen, attempt: 2, status: 'processing', version: 9, last_writer: 'retry' };
  expect(await count(seen)).toMatchObject({
    written: true,
    assembly: { status: 'processing', submission_counts: { ...NO_SUBMISSIONS, submitted: 1, queued: 1 } },
  });
});

test('an attempt that finds everything done ends without a change of any row', async () => {
  const { count } = await withRows(['submitted', 'submitted'], { attempt: 2, submissions_version: 2 });
  expect(await count()).toMatchObject({ written: true, assembly: { status: 'completed' } });
});

describe('of an external one', () => {
  const EXTERNAL = {
    external: true,
    timeout_seconds: 60,
    expanded_at: '2026-11-21T12:09:00.999Z',
  } as const;

  test('the time is over with its deadline, to the second at which sweep asks', async () => {
    const { count, store } = await withRows(['submitted', 'queued'], EXTERNAL);
    expect(await count()).toMatchObject({
      written: true,
      assembly: {
        status: 'partial',
        submission_counts: { ...NO_SUBMISSIONS, submitted: 1, failed: 1 },
        // What was never reported may be another time.
        retryable_submissions: 1,
      },
    });
    expect(store.assembly).not.toHaveProperty('error');
  });

  test('a second earlier it is not', async () => {
    const { count } = await withRows(['submitted', 'queued'], {
      ...EXTERNAL,
      expanded_at: '2026-11-21T12:09:01.000Z',
    });
    expect(await count()).toMatchObject({ assembly: { status: 'processing' } });
  });

  test('of which nothing arrived, says so', async () => {
    const { count } = await withRows([{ status: 'failed', error: FOR_GOOD }, 'processing'], EXTERNAL);
    expect(await count()).toMatchObject({
      assembly: { status: 'failed', error: { code: 'external_timeout', params: { seconds: 60 } } },
    });
  });

  test('what comes after the end takes nothing from what may be tried again', async () => {
    const { count, store, submissions } = await withRows(['submitted', 'queued', 'queued'], EXTERNAL);
    await count();
    const late = { assembly_id: store.assembly.assembly_id, submission_id: 'r1' };
    await submissions.change(late, { from: ['queued'], set: { status: 'submitted' } }, NOW);
    expect(await count()).toMatchObject({
      written: true,
      assembly: {
        status: 'partial',
        submission_counts: { ...NO_SUBMISSIONS, submitted: 2, failed: 1 },
        retryable_submissions: 1,
      },
    });
  });
});

test('a row that changes while the others are read is in a later count, and nothing is counted twice', async () => {
  const { count, store, submissions, dependencies } = await withRows(['queued', 'queued']);
  const { assembly_id } = newAssembly();
  const submit = (submission_id: string) =>
    submissions.change(
      { assembly_id, submission_id },
      { from: ['queued'], set: { status: 'submitted' } },
      NOW,
    );
  async function* torn() {
    for (const row of await listOf(submissions.all(assembly_id))) {
      yield row;
      // Behind the reader.
      await submit(row.submission_id);
    }
  }
  const { assembly } = await countSubmissions(store.assembly, {
    ...dependencies,
    submissions: { counted: torn },
  });
  expect(assembly).toMatchObject({ status: 'processing' });
  expect(await count()).toMatchObject({ assembly: { status: 'completed' } });
});
