import { stripVTControlCharacters } from 'node:util';
import { NO_SUBMISSIONS } from '../../../lib/domain/submission.ts';
import { deliveryLines, type Frame } from '../../../scripts/demo/delivery/delivery-lines.ts';
import type { DeliveryView, ShownSubmission } from '../../../scripts/demo/delivery/delivery-view.ts';
import { inventedRecipients } from '../../../scripts/demo/delivery/invented-recipients.ts';

const NOW = new Date('2026-11-21T22:52:27.000Z');

function viewOf(count: number, change: Partial<ShownSubmission> = {}): DeliveryView {
  const submissions = inventedRecipients(count).map((recipient) => ({
    submission_id: recipient.bioguideId ?? '',
    recipient,
    status: 'queued' as const,
    attempt: 1,
    retry_count: 0,
    updated_at: NOW.toISOString(),
    ...change,
  })) satisfies ShownSubmission[];
  const submission_counts = { ...NO_SUBMISSIONS, queued: count };
  return {
    ...{ assembly_id: 'ab'.repeat(32), status: 'processing' as const, statusCode: 202, attempt: 1 },
    ...{ submission_count: count, submission_counts, submissions },
  };
}

const FRAME: Frame = { columns: 80, rows: 24, colours: false, now: NOW, asked: new Map([['X000000', 2]]) };
/** The first recipient's. */
const rowOf = (change: Partial<ShownSubmission>, frame: Partial<Frame> = {}): string | undefined =>
  deliveryLines(viewOf(1, change), { ...FRAME, ...frame })[5];

test('a row says who, where, how it stands, how often the receiver was asked, and the proof', () => {
  expect(rowOf({ status: 'submitted', confirmation: 'CWC-1' })).toBe(
    '  Ada Ashgrove      senate   submitted         2  CWC-1',
  );
});

test('a row that waits says when it goes on and why it waits', () => {
  const next_retry_at = '2026-11-21T22:52:28.500Z';
  const wide = { columns: 120 };
  expect(rowOf({ next_retry_at, error: 'The receiver is not available.' }, wide)).toMatch(
    / {2}again in 1\.5 s: The receiver is not available\.$/,
  );
  expect(
    rowOf({ status: 'rate_limited', next_retry_at, error: 'The receiver asked to wait.' }, wide),
  ).toMatch(/ {2}again in 1\.5 s$/);
  expect(rowOf({ status: 'queued', next_retry_at: '2026-11-21T22:52:26.000Z' })).toMatch(/ 2 {2}$/);
});

test.each([60, 80, 200])('no line is wider than a terminal of %i columns, whatever the error', (columns) => {
  const view = viewOf(9, { status: 'failed', error: 'x'.repeat(500) });
  const many = { queued: 10_000, processing: 10_000, submitted: 10_000, failed: 10_000 };
  const submission_counts = { ...NO_SUBMISSIONS, ...many, rate_limited: 10_000 };
  const lines = deliveryLines(
    { ...view, submission_count: 50_000, submission_counts },
    { ...FRAME, columns },
  );
  expect(Math.max(...lines.map(({ length }) => length))).toBe(columns);
});

test('there are as many rows as there is room for, and the number of the others', () => {
  const lines = deliveryLines(viewOf(1_000), { ...FRAME, rows: 12 });
  expect(lines).toHaveLength(12);
  expect(lines.at(-1)).toBe('  … and 994 more');
  expect(deliveryLines(viewOf(7), { ...FRAME, rows: 12 }).at(-1)).toMatch(/^ {2}\w+ \w+ .*queued/);
});

test('before there is a row, none is missed', () => {
  expect(deliveryLines({ ...viewOf(3), submissions: [] }, FRAME)).toHaveLength(5);
});

test('the bar is full where everybody is done with', () => {
  const submission_counts = { ...NO_SUBMISSIONS, submitted: 21, failed: 3 };
  const [, bar, counts] = deliveryLines({ ...viewOf(24), submission_counts }, FRAME);
  expect([bar, counts]).toEqual([`  ${'█'.repeat(30)}`, '  21 submitted, 3 failed']);
});

test('colours change nothing else', () => {
  const view = viewOf(3, { status: 'failed', error: 'No.' });
  const coloured = deliveryLines(view, { ...FRAME, colours: true });
  expect(coloured.join('')).toContain('\x1b[31mfailed');
  expect(coloured.map(stripVTControlCharacters)).toEqual(deliveryLines(view, FRAME));
});
