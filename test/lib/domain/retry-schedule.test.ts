import fc from 'fast-check';
import { WEBHOOK_RETRY_DELAYS, webhookRetryDelay } from '../../../lib/domain/retry-schedule.ts';

const MIDDLE = 0.5;
const ALMOST_ONE = 1 - Number.EPSILON;

test.each([
  [1, 5],
  [2, 5 * 60],
])('after attempt %i: %i s', (attempt, seconds) => {
  expect(webhookRetryDelay(attempt, MIDDLE)).toBe(seconds);
});

test('the schedule ends: no attempt follows the last', () => {
  const last = WEBHOOK_RETRY_DELAYS.length + 1;
  expect(webhookRetryDelay(last - 1, MIDDLE)).toBeDefined();
  for (const retryAfter of [undefined, 1, 10_000]) {
    expect(webhookRetryDelay(last, MIDDLE, retryAfter)).toBeUndefined();
    expect(webhookRetryDelay(last + 7, MIDDLE, retryAfter)).toBeUndefined();
  }
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
  ])('attempt %i, random %d: %i s', (attempt, random, seconds) => {
    expect(webhookRetryDelay(attempt, random)).toBe(seconds);
  });

  test('spreads receivers over the whole ±20 %', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, random, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((x) => webhookRetryDelay(2, x)) as [
          number,
          number,
        ];
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
    for (const random of [0, MIDDLE, ALMOST_ONE])
      expect(webhookRetryDelay(1, random, retryAfter)).toBe(seconds);
  });

  test.each([
    [299, 300],
    [450, 450],
    [600, 600],
    [601, 600],
  ])('of %i s after the second attempt: %i s', (retryAfter, seconds) => {
    expect(webhookRetryDelay(2, MIDDLE, retryAfter)).toBe(seconds);
  });
});

test('whatever comes, SQS can delay a message for that long: whole seconds, 900 at most', () => {
  const arguments_ = fc.tuple(
    fc.integer({ min: 1, max: WEBHOOK_RETRY_DELAYS.length }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.option(fc.double({ noNaN: true }), { nil: undefined }),
  );
  fc.assert(
    fc.property(arguments_, ([attempt, random, retryAfter]) => {
      const delay = webhookRetryDelay(attempt, random, retryAfter);
      expect(Number.isInteger(delay)).toBe(true);
      expect(delay).toBeGreaterThanOrEqual(4);
      expect(delay).toBeLessThanOrEqual(900);
    }),
  );
});
