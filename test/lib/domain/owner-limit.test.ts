import * as fc from 'fast-check';
import {
  correctionOf,
  isSettled,
  isWorthCounting,
  lastPlace,
  type OwnerLimits,
  type OwnerRow,
  rateLimitHeaders,
  refusalOf,
  retryAfterOf,
  SETTLED_MS,
  submissionInterval,
} from '../../../lib/domain/owner-limit.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);

/** One owner, as the store keeps them: what a turn leaves behind. */
function turn(row: OwnerRow, limits: OwnerLimits, now: Date): OwnerRow | undefined {
  if (refusalOf(row, limits, { opens: true, now })) return undefined;
  const next = Math.max(row.next_free_at ?? 0, now.getTime() * 1_000) + submissionInterval(limits);
  return { next_free_at: next, open: (row.open ?? 0) + 1 };
}

const perMinute = fc.integer({ min: 1, max: 60_000 });
const waits = fc.array(fc.integer({ min: 0, max: 90_000 }), { maxLength: 8 });

test('no minute and its burst give more turns than the limit says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), waits, (rate, pauses) => {
      const limits = { perMinute: rate, open: 0 };
      let row: OwnerRow = {};
      let time = NOW.getTime();
      const given: number[] = [];
      for (const pause of pauses) {
        time += pause;
        // As often as it goes.
        for (let next = turn(row, limits, new Date(time)); next; next = turn(row, limits, new Date(time))) {
          row = next;
          given.push(time);
        }
      }
      for (const [index, from] of given.entries()) {
        const until = given.slice(index);
        const most = (at: number): number => rate + Math.floor(((at - from) / 60_000) * rate);
        expect(until.findIndex((at, count) => count + 1 > most(at))).toBe(-1);
      }
    }),
  );
});

test('who waits as long as Retry-After says has a turn, and who asks a whole second earlier has none', () => {
  fc.assert(
    fc.property(perMinute, fc.integer({ min: 0, max: 600_000_000 }), (rate, ahead) => {
      const limits = { perMinute: rate, open: 0 };
      const row = { next_free_at: lastPlace(limits, NOW) + 1 + ahead };
      expect(refusalOf(row, limits, { opens: true, now: NOW })).toBe('too_many_submissions');
      const wait = retryAfterOf('too_many_submissions', row, limits, NOW);
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(refusalOf(row, limits, { opens: true, now: later(wait) })).toBeUndefined();
      if (wait > 1) expect(refusalOf(row, limits, { opens: true, now: later(wait - 1) })).toBeDefined();
    }),
  );
});

test('what RateLimit says is left can be used, and no more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 70 }), (rate, used) => {
      const limits = { perMinute: rate, open: 0 };
      let row: OwnerRow = {};
      for (let count = 0; count < used; count += 1) row = turn(row, limits, NOW) ?? row;
      const header = rateLimitHeaders(row, limits, NOW).ratelimit ?? '';
      const [, remaining = '', seconds = ''] = /^"submissions";r=(\d+);t=(\d+)$/.exec(header) ?? [];
      expect(Number(remaining)).toBe(Math.max(0, rate - used));
      for (let count = 0; count < Number(remaining); count += 1) row = turn(row, limits, NOW) as OwnerRow;
      expect(turn(row, limits, NOW)).toBeUndefined();
      expect(turn(row, limits, later(Number(seconds)))).toBeDefined();
    }),
  );
});

test('the headers name the limits that there are', () => {
  const row = { next_free_at: NOW.getTime() * 1_000 + 100_000, open: 3 };
  expect(rateLimitHeaders(row, { perMinute: 600, open: 1_000 }, NOW)).toEqual({
    'ratelimit-policy': '"submissions";q=600;w=60, "open";q=1000;qu="concurrent-requests"',
    ratelimit: '"submissions";r=599;t=1, "open";r=997',
  });
  expect(rateLimitHeaders(row, { perMinute: 0, open: 2 }, NOW)).toEqual({
    'ratelimit-policy': '"open";q=2;qu="concurrent-requests"',
    ratelimit: '"open";r=0',
  });
});

describe('refusalOf', () => {
  const full = { next_free_at: lastPlace({ perMinute: 5, open: 2 }, NOW) + 1, open: 2 };
  test.each<[OwnerRow, OwnerLimits, boolean, string | undefined]>([
    [{}, { perMinute: 5, open: 2 }, true, undefined],
    [full, { perMinute: 5, open: 2 }, true, 'too_many_submissions'],
    [full, { perMinute: 0, open: 2 }, true, 'too_many_open'],
    [full, { perMinute: 0, open: 2 }, false, undefined],
    [full, { perMinute: 5, open: 2 }, false, 'too_many_submissions'],
    [full, { perMinute: 0, open: 3 }, true, undefined],
    [full, { perMinute: 0, open: 0 }, true, undefined],
    // A deployment that lowers its limit.
    [{ open: 900 }, { perMinute: 0, open: 100 }, true, 'too_many_open'],
  ])('%j of %j, opening %p: %s', (row, limits, opens, expected) => {
    expect(refusalOf(row, limits, { opens, now: NOW })).toBe(expected);
  });
});

test.each([
  [249, false],
  [250, true],
])('of a limit of 1,000, %i are worth counting: %p', (open, expected) => {
  expect(isWorthCounting({ open }, { perMinute: 0, open: 1_000 })).toBe(expected);
});

test('a mark settles', () => {
  const row = { mark_at: NOW.getTime() };
  expect(isSettled(row, new Date(NOW.getTime() + SETTLED_MS - 1))).toBe(false);
  expect(isSettled(row, new Date(NOW.getTime() + SETTLED_MS))).toBe(true);
});

test('a count never makes fewer of them than are open, and is exact where nothing came after the mark', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000),
      fc.nat(1_000),
      fc.nat(1_000),
      fc.nat(1_000),
      fc.nat(1_000),
      (stillOpen, ended, after, endedAfter, unseen) => {
        const marked = stillOpen + ended;
        const openOfAfter = Math.max(0, after - endedAfter);
        // The index may have those after the mark, or not yet.
        const counted = stillOpen + Math.max(0, openOfAfter - unseen);
        const corrected = marked + after + correctionOf(marked, marked + after, counted);
        expect(corrected).toBeGreaterThanOrEqual(stillOpen + openOfAfter);
        if (after === 0) expect(corrected).toBe(stillOpen);
      },
    ),
  );
});

test('a row that knows too little learns by the count', () => {
  expect(correctionOf(0, 3, 40)).toBe(37);
});
