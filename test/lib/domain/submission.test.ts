import type { Status } from '../../../lib/domain/state-machine.ts';
import {
  endedCounts,
  isSettled,
  NO_SUBMISSIONS,
  requeued,
  SETTLED,
  SUBMISSION_STATUSES,
  type SubmissionStatus,
  statusIn,
  UNSETTLED,
} from '../../../lib/domain/submission.ts';
import { SubmissionTally } from '../../../lib/domain/submission-tally.ts';

const COUNTS = { queued: 1, processing: 2, submitted: 4, failed: 8, rate_limited: 16, canceled: 0 };

test('every status is settled or not', () => {
  expect([...SETTLED, ...UNSETTLED].sort()).toEqual([...SUBMISSION_STATUSES].sort());
  expect(SUBMISSION_STATUSES.filter(isSettled)).toEqual(['submitted', 'failed', 'canceled']);
});

describe('seen from its assembly', () => {
  type Row = Exclude<SubmissionStatus, 'canceled'>;
  const seen = (whole: Status, row: Row, { attempt = 1, of = 1 } = {}): SubmissionStatus =>
    statusIn({ status: whole, attempt }, { status: row, attempt: of });

  test.each<[Status, Record<Row, SubmissionStatus>]>([
    ['queued', same()],
    ['processing', same()],
    ['canceled', { ...all('canceled'), submitted: 'submitted', failed: 'failed' }],
    ['failed', { ...all('failed'), submitted: 'submitted' }],
    ['partial', { ...all('failed'), submitted: 'submitted' }],
    ['completed', { ...all('failed'), submitted: 'submitted' }],
  ])('that is %s', (whole, expected) => {
    for (const [row, status] of Object.entries(expected))
      expect([row, seen(whole, row as Row)]).toEqual([row, status]);
  });

  test('in a new attempt it waits for that, unless it has been submitted', () => {
    const expected: Record<Row, SubmissionStatus> = { ...all('queued'), submitted: 'submitted' };
    for (const whole of ['queued', 'processing'] as const)
      for (const [row, status] of Object.entries(expected))
        expect([row, seen(whole, row as Row, { attempt: 2 })]).toEqual([row, status]);
  });

  test('of an attempt that was canceled before it came to it, it is canceled', () => {
    expect(seen('canceled', 'queued', { attempt: 2 })).toBe('canceled');
  });

  function all<T extends SubmissionStatus>(status: T): Record<Row, T> {
    return { queued: status, processing: status, submitted: status, failed: status, rate_limited: status };
  }
  function same(): Record<Row, SubmissionStatus> {
    return {
      queued: 'queued',
      processing: 'processing',
      submitted: 'submitted',
      failed: 'failed',
      rate_limited: 'rate_limited',
    };
  }
});

test.each(['canceled', 'failed', 'partial', 'completed'] as const)(
  'the counts of an end as %s are those of the rows seen from it',
  (status) => {
    const tally = new SubmissionTally({ created_at: 'now' });
    for (const [row, count] of Object.entries(COUNTS))
      for (let n = 0; n < count; n++)
        tally.add({
          assembly_created_at: 'now',
          status: row as SubmissionStatus,
          attempt: 1,
          version: 1,
        });
    expect(endedCounts(COUNTS, status)).toEqual(tally.countsIn({ status, attempt: 1, submission_count: 31 }));
  },
);

test('a new attempt begins with everything queued that was not submitted', () => {
  expect(requeued(COUNTS, 31)).toEqual({ ...NO_SUBMISSIONS, submitted: 4, queued: 27 });
});
