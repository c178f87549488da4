import { NO_SUBMISSIONS, type SubmissionStatus } from '../../../lib/domain/submission.ts';
import { SubmissionTally, settledOf, tallyIntervalSeconds } from '../../../lib/domain/submission-tally.ts';

const LIFE = '2026-11-21T12:00:00.000Z';
const FOR_GOOD = { code: 'x', category: 'WORKER_ERROR', retryable: false } as const;
const TRANSIENT = { code: 'x', category: 'WORKER_ERROR' } as const;

type Row = Partial<Parameters<SubmissionTally['add']>[0]> & { readonly status: SubmissionStatus };

const tallyOf = (...rows: readonly Row[]): SubmissionTally => {
  const tally = new SubmissionTally({ created_at: LIFE });
  for (const row of rows) tally.add({ assembly_created_at: LIFE, attempt: 1, version: 1, ...row });
  return tally;
};

const PROCESSING = { status: 'processing', attempt: 1, submission_count: 3 } as const;

test('counts by status, and adds up the versions', () => {
  const tally = tallyOf({ status: 'submitted', version: 3 }, { status: 'submitted' }, { status: 'queued' });
  expect(tally.countsIn(PROCESSING)).toEqual({ ...NO_SUBMISSIONS, submitted: 2, queued: 1 });
  expect(tally.version).toBe(5);
});

test('leaves out the rows of an earlier assembly under the same id', () => {
  const tally = tallyOf(
    { status: 'submitted', assembly_created_at: '2026-01-01T00:00:00.000Z', version: 9 },
    { status: 'queued' },
  );
  expect(tally.countsIn({ ...PROCESSING, submission_count: 1 })).toEqual({ ...NO_SUBMISSIONS, queued: 1 });
  expect(tally.version).toBe(1);
  expect([tally.isOf(LIFE), tally.isOf('2026-01-01T00:00:00.000Z')]).toEqual([true, false]);
});

test('says the same rows anew of the assembly as it is by now', () => {
  const tally = tallyOf({ status: 'submitted' }, { status: 'failed' }, { status: 'processing' });
  const seenFrom = (status: 'processing' | 'canceled' | 'failed', attempt = 1) =>
    tally.countsIn({ status, attempt, submission_count: 3 });
  expect(seenFrom('processing')).toEqual({ ...NO_SUBMISSIONS, submitted: 1, failed: 1, processing: 1 });
  expect(seenFrom('canceled')).toEqual({ ...NO_SUBMISSIONS, submitted: 1, failed: 1, canceled: 1 });
  expect(seenFrom('failed')).toEqual({ ...NO_SUBMISSIONS, submitted: 1, failed: 2 });
  expect(seenFrom('processing', 2)).toEqual({ ...NO_SUBMISSIONS, submitted: 1, queued: 2 });
});

test.each([
  ['queued', 'queued'],
  ['processing', 'queued'],
  ['canceled', 'canceled'],
  ['failed', 'failed'],
] as const)('of an assembly that is %s, recipients without a row count as %s', (status, counted) => {
  const tally = tallyOf({ status: 'submitted' });
  expect(tally.countsIn({ status, attempt: 1, submission_count: 3 })).toEqual({
    ...NO_SUBMISSIONS,
    submitted: 1,
    [counted]: 2,
  });
});

describe('what another attempt may help', () => {
  test('are those that failed by an error that does not say otherwise', () => {
    const tally = tallyOf(
      { status: 'failed', error: FOR_GOOD },
      { status: 'failed', error: TRANSIENT },
      { status: 'failed' },
    );
    expect(tally.retryableIn(PROCESSING)).toBe(2);
    expect(tally.countsIn(PROCESSING).failed).toBe(3);
  });

  test('are also those that were left when the assembly failed, and not those of one that goes on', () => {
    const tally = tallyOf({ status: 'submitted' }, { status: 'rate_limited', error: FOR_GOOD });
    expect(tally.retryableIn({ ...PROCESSING, status: 'partial' })).toBe(2);
    expect(tally.retryableIn(PROCESSING)).toBe(0);
  });
});

test('settled are those that an attempt leaves as they are', () => {
  expect(
    settledOf({ queued: 1, processing: 2, submitted: 4, failed: 8, rate_limited: 16, canceled: 32 }),
  ).toBe(44);
});

test.each([
  [1, 1],
  [500, 1],
  [1_000, 2],
  [10_000, 20],
])('%d submissions are counted every %d s', (count, seconds) => {
  expect(tallyIntervalSeconds(count)).toBe(seconds);
});
