import fc from 'fast-check';
import { STATUSES, type Status } from '../../../lib/domain/state-machine.ts';
import {
  endedCounts,
  isSettled,
  requeued,
  SUBMISSION_STATUSES,
  type SubmissionCounts,
  type SubmissionStatus,
  statusIn,
} from '../../../lib/domain/submission.ts';
import { SubmissionTally, settledOf } from '../../../lib/domain/submission-tally.ts';

const CREATED_AT = '2026-11-21T12:00:00.000Z';

/** A row never says `canceled`. */
const STORED = SUBMISSION_STATUSES.filter((status) => status !== 'canceled');
const OPEN = ['queued', 'processing'] as const satisfies readonly Status[];
const ENDS = ['completed', 'partial', 'failed', 'canceled'] as const satisfies readonly Status[];

interface Row {
  readonly status: SubmissionStatus;
  readonly attempt: number;
  readonly version: number;
}

/** Rows of the present attempt and of those before it; not every recipient has one. */
const lists = fc
  .record({
    attempt: fc.integer({ min: 1, max: 4 }),
    missing: fc.integer({ min: 0, max: 5 }),
    drawn: fc.array(
      fc.record({
        status: fc.constantFrom(...STORED),
        age: fc.nat({ max: 3 }),
        version: fc.integer({ min: 1, max: 9 }),
      }),
      { maxLength: 30 },
    ),
  })
  .map(({ attempt, missing, drawn }) => ({
    attempt,
    submission_count: drawn.length + missing,
    rows: drawn.map(({ age, ...row }): Row => ({ ...row, attempt: Math.max(1, attempt - age) })),
  }));

function tallyOf(rows: readonly Row[]): SubmissionTally {
  const tally = new SubmissionTally({ created_at: CREATED_AT });
  for (const row of rows) tally.add({ ...row, assembly_created_at: CREATED_AT });
  return tally;
}

const sumOf = (counts: SubmissionCounts): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

test('counts add up to the recipients, whatever the rows and the assembly are', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...STATUSES), ({ rows, ...of }, status) => {
      const counts = tallyOf(rows).countsIn({ ...of, status });
      expect(sumOf(counts)).toBe(of.submission_count);
    }),
  );
});

test('each row is counted as what it is, seen from its assembly', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...STATUSES), ({ rows, attempt }, status) => {
      const whole = { attempt, status, submission_count: rows.length };
      const expected = Object.fromEntries(SUBMISSION_STATUSES.map((each) => [each, 0]));
      for (const row of rows) expected[statusIn(whole, row)] = (expected[statusIn(whole, row)] ?? 0) + 1;
      expect(tallyOf(rows).countsIn(whole)).toEqual(expected);
    }),
  );
});

test('what ends an assembly says what a count of its rows says afterwards', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...OPEN), fc.constantFrom(...ENDS), ({ rows, ...of }, open, end) => {
      const tally = tallyOf(rows);
      expect(endedCounts(tally.countsIn({ ...of, status: open }), end)).toEqual(
        tally.countsIn({ ...of, status: end }),
      );
    }),
  );
});

test('what begins a new attempt says what a count of its rows says then', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...ENDS), ({ rows, attempt, submission_count }, end) => {
      const tally = tallyOf(rows);
      const before = tally.countsIn({ attempt, submission_count, status: end });
      const after = tally.countsIn({ attempt: attempt + 1, submission_count, status: 'queued' });
      expect(requeued(before, submission_count)).toEqual(after);
    }),
  );
});

test('after an end all have settled, and in a new attempt only those that were submitted', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...ENDS), ({ rows, attempt, submission_count }, end) => {
      const tally = tallyOf(rows);
      expect(settledOf(tally.countsIn({ attempt, submission_count, status: end }))).toBe(submission_count);
      const anew = { attempt: attempt + 1, submission_count, status: 'processing' as const };
      for (const row of rows) expect(isSettled(statusIn(anew, row))).toBe(row.status === 'submitted');
    }),
  );
});

test('the order of the rows does not matter, their versions add up, and rows of an earlier life do not count', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom(...STATUSES), ({ rows, ...of }, status) => {
      const tally = tallyOf(rows);
      const other = tallyOf(rows.toReversed());
      for (const row of rows) other.add({ ...row, assembly_created_at: '2026-10-01T00:00:00.000Z' });
      expect(other.countsIn({ ...of, status })).toEqual(tally.countsIn({ ...of, status }));
      expect(other.version).toBe(rows.reduce((sum, { version }) => sum + version, 0));
    }),
  );
});
