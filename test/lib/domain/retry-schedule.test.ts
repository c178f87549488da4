import fc from 'fast-check';
import {
  retryAfterSeconds,
  WEBHOOK_SCHEDULE,
  webhookRetryDelay,
  workRetryDelay,
} from '../../../lib/domain/retry-schedule.ts';

const MIDDLE = 0.5;
const ALMOST_ONE = 1 - Number.EPSILON;
const HOUR = 3_600;

const delay = (
  attempt: number,
  random: number,
  { retryAfter, schedule = WEBHOOK_SCHEDULE }: { retryAfter?: number; schedule?: readonly number[] } = {},
): number | undefined => webhookRetryDelay(attempt, { schedule, random, retryAfter });

test.each([
  [1, 5],
  [2, 5 * 60],
  [3, 30 * 60],
  [4, 2 * HOUR],
  [5, 5 * HOUR],
  [6, 10 * HOUR],
  [7, 14 * HOUR],
  [8, 20 * HOUR],
  [9, 24 * HOUR],
  [10, undefined],
])('after attempt %i: %p s', (attempt, seconds) => {
  expect(delay(attempt, MIDDLE)).toBe(seconds);
});

test('the whole takes 75 h 35 min 5 s', () => {
  const seconds = WEBHOOK_SCHEDULE.reduce((sum, step) => sum + step, 0);
  expect(seconds).toBe(75 * HOUR + 35 * 60 + 5);
});

test('the schedule ends: no attempt follows the last', () => {
  for (const retryAfter of [undefined, 1, 10_000]) {
    expect(delay(10, MIDDLE, { retryAfter })).toBeUndefined();
    expect(delay(17, MIDDLE, { retryAfter })).toBeUndefined();
    expect(delay(1, MIDDLE, { retryAfter, schedule: [] })).toBeUndefined();
  }
});

test('a deployment has its own schedule', () => {
  const schedule = [0, 1, 2, 600];
  expect([1, 2, 3, 4, 5].map((attempt) => delay(attempt, MIDDLE, { schedule }))).toEqual([
    0,
    1,
    2,
    600,
    undefined,
  ]);
});

describe('jitter', () => {
  test.each([
    [1, 0, 4],
    [1, 0.2, 4], // 4.4
    [1, 0.45, 5], // 4.9
    [1, ALMOST_ONE, 6],
    [2, 0, 240],
    [2, 0.25, 270],
    [2, 0.75, 330],
    [2, ALMOST_ONE, 360],
    [9, 0, 19.2 * HOUR],
    [9, ALMOST_ONE, 28.8 * HOUR],
  ])('attempt %i, random %d: %i s', (attempt, random, seconds) => {
    expect(delay(attempt, random)).toBe(seconds);
  });

  test('spreads receivers over the whole ±20 %', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, random, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((x) => delay(2, x)) as [number, number];
        expect(low).toBeGreaterThanOrEqual(240);
        expect(high).toBeLessThanOrEqual(360);
        expect(Math.abs(high - low - 120 * Math.abs(a - b))).toBeLessThan(1.001); // each is rounded by up to half a second
      }),
    );
  });
});

describe('Retry-After', () => {
  test.each([
    ['shorter than the step does not shorten it', 1, 5],
    ['zero neither', 0, 5],
    ['nor a time that has passed', -10, 5],
    ['the step itself', 5, 5],
    ['longer than the step is obeyed', 7, 7],
    ['up to twice the step', 10, 10],
    ['and no further', 11, 10],
    ['not even for a year', 31_536_000, 10],
    ['nor for ever', Number.POSITIVE_INFINITY, 10],
    ['in whole seconds', 6.6, 7],
  ])('%s', (_, retryAfter, seconds) => {
    for (const random of [0, MIDDLE, ALMOST_ONE]) expect(delay(1, random, { retryAfter })).toBe(seconds);
  });

  test.each([
    [2, 299, 300],
    [2, 450, 450],
    [2, 600, 600],
    [2, 601, 600],
    [9, 24 * HOUR - 1, 24 * HOUR],
    [9, 48 * HOUR + 1, 48 * HOUR],
  ])('after attempt %i of %i s: %i s', (attempt, retryAfter, seconds) => {
    expect(delay(attempt, MIDDLE, { retryAfter })).toBe(seconds);
  });

  test.each<[string, number | undefined]>([
    ['0', 0],
    ['120', 120],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
    ['Sat, 21 Nov 2026 12:02:00 GMT', 120],
    ['Sat, 21 Nov 2026 11:58:00 GMT', -120],
    ['Saturday, 21-Nov-26 12:02:00 GMT', 120],
    ['Sat Nov 21 12:02:00 2026', 120],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['soon', undefined],
    ['Sat, 99 Nov 2026 12:02:00 GMT', undefined],
    ['Sat, soon GMT', undefined],
    ['2026-11-21T12:02:00Z', undefined],
    ['120, 240', undefined],
  ])('is read as seconds or as a date: "%s"', (header, seconds) => {
    expect(retryAfterSeconds(header, new Date('2026-11-21T12:00:00.000Z'))).toBe(seconds);
  });

  test('may be absent', () => {
    expect(retryAfterSeconds(undefined, new Date())).toBeUndefined();
  });
});

test('whatever comes, the wait is whole seconds, within a fifth of the step or twice as long', () => {
  const wishes = fc.tuple(
    fc.integer({ min: 1, max: WEBHOOK_SCHEDULE.length }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.option(fc.double({ noNaN: true }), { nil: undefined }),
  );
  fc.assert(
    fc.property(wishes, ([attempt, random, retryAfter]) => {
      const seconds = delay(attempt, random, { retryAfter }) as number;
      const step = WEBHOOK_SCHEDULE[attempt - 1] as number;
      expect(Number.isInteger(seconds)).toBe(true);
      expect(seconds).toBeGreaterThanOrEqual(0.8 * step);
      expect(seconds).toBeLessThanOrEqual(2 * step);
    }),
  );
});

describe('a run that failed by a transient error waits', () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [7, 640],
    [8, 750], // with the jitter, up to 900
    [10, 750],
  ])('before retry %i with a base of 10 s: %i s', (retry, seconds) => {
    expect(workRetryDelay(retry, 10, MIDDLE)).toBe(seconds);
  });

  test.each([
    [1, 0, 8],
    [1, 0.25, 9],
    [1, ALMOST_ONE, 12],
    [3, 0, 32],
    [3, ALMOST_ONE, 48],
    [8, 0, 600], // also the longest wait has its jitter, so that not all come back together
    [8, ALMOST_ONE, 900],
  ])('retry %i, random %d: %i s', (retry, random, seconds) => {
    expect(workRetryDelay(retry, 10, random)).toBe(seconds);
  });

  test('a base of 0 never waits', () => {
    for (const retry of [1, 2, 10]) expect(workRetryDelay(retry, 0, ALMOST_ONE)).toBe(0);
  });

  test('whatever comes, SQS can delay a message for that long: whole seconds, 900 at most', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 0, max: 900 }), random, (...given) => {
        const delay = workRetryDelay(...given);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(900);
      }),
    );
  });
});
