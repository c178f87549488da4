import fc from 'fast-check';
import { WEBHOOK_SCHEDULE } from '../../../lib/domain/retry-schedule.ts';
import { type VirtualSettings, virtualWebhook } from './virtual-webhooks.ts';

const HOUR = 3_600;
const HOUR_MS = HOUR * 1_000;
const failing: VirtualSettings['answer'] = () => ({ statusCode: 500 });
const TEN = Array.from({ length: 10 }, (_, index) => index);

/** The webhook of an assembly that has ended, played to its end. */
async function played(settings: Partial<VirtualSettings> = {}) {
  const webhook = await virtualWebhook({ answer: failing, ...settings });
  await webhook.notify();
  await webhook.play();
  return { ...webhook.seen(), row: await webhook.row(), intervals: await webhook.intervals() };
}

describe('to a receiver that always fails', () => {
  test('ten attempts are made within 76 hours, each at its second, and then it is exhausted', async () => {
    const { row, intervals, posts, seconds, sends } = await played();
    expect(intervals).toEqual(WEBHOOK_SCHEDULE);
    expect(row).toMatchObject({ state: 'exhausted', attempt_count: 10 });
    for (const name of ['due_shard', 'due_at', 'next_attempt_at']) expect(row).not.toHaveProperty(name);
    expect(posts).toEqual(TEN);
    expect(seconds).toBe(75 * HOUR + 35 * 60 + 5);
    // One message for each attempt, and none in vain.
    expect(sends).toBe(10);
  });

  test('a sweep between two whole seconds is late by less than one, and never early', async () => {
    const { intervals } = await played({ firstSweepMs: 17_300 });
    for (const [index, interval] of intervals.entries()) {
      const late = interval - (WEBHOOK_SCHEDULE[index] ?? 0);
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(1);
    }
    expect(intervals.slice(0, 2)).toEqual([5, 300]);
  });

  test('the wait begins when the exchange is over', async () => {
    const { intervals } = await played({ exchangeMs: 15_000 });
    expect(intervals).toEqual(WEBHOOK_SCHEDULE.map((step) => step + 15));
  });

  test('the wait is within a fifth of its step, whatever the dice say', async () => {
    const dice = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 9,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(dice, async (rolls) => {
        let roll = 0;
        const { intervals, row, posts } = await played({ random: () => rolls[roll++] ?? 0 });
        expect(row.state).toBe('exhausted');
        expect(posts).toEqual(TEN);
        for (const [index, interval] of intervals.entries()) {
          const step = WEBHOOK_SCHEDULE[index] ?? 0;
          expect(interval).toBeGreaterThanOrEqual(0.8 * step);
          expect(interval).toBeLessThanOrEqual(1.2 * step);
        }
      }),
      { numRuns: 15 },
    );
  });

  test('the sweeps that the clock leaves out would have done nothing', async () => {
    const webhook = await virtualWebhook({ answer: failing, everySweep: true });
    await webhook.notify();
    await webhook.play(3 * HOUR_MS);
    expect(webhook.seen()).toMatchObject({ sends: 5, sweeps: 181, posts: [0, 1, 2, 3, 4] });
    expect(await webhook.intervals()).toEqual(WEBHOOK_SCHEDULE.slice(0, 4));
  });

  test('between two attempts, the time of the next is known', async () => {
    const webhook = await virtualWebhook({ answer: failing });
    await webhook.notify();
    await webhook.play(HOUR_MS);
    const { attempts, next_attempt_at } = await webhook.row();
    expect(Date.parse(next_attempt_at ?? '') - Date.parse(attempts[3]?.at ?? '')).toBe(2 * HOUR_MS);
  });
});

describe('Retry-After', () => {
  const inTime = (seconds: number): VirtualSettings['answer'] => {
    const asDate = (now: Date) => new Date(now.getTime() + seconds * 1_000).toUTCString();
    return (post, now) => ({ statusCode: 503, retryAfter: post % 2 ? String(seconds) : asDate(now) });
  };

  test.each<[string, number, readonly number[]]>([
    ['shorter than every step', 1, WEBHOOK_SCHEDULE],
    ['in the past', 0, WEBHOOK_SCHEDULE],
    ['longer than the first two', 400, [10, 400, ...WEBHOOK_SCHEDULE.slice(2)]],
    ['of 50 minutes', 3_000, [10, 600, 3_000, ...WEBHOOK_SCHEDULE.slice(3)]],
    ['far longer than every step', 1e9, WEBHOOK_SCHEDULE.map((step) => 2 * step)],
  ])('%s, as seconds and as a date by turns', async (_, seconds, expected) => {
    const { intervals, row } = await played({ answer: inTime(seconds) });
    expect(intervals).toEqual(expected);
    expect(row.state).toBe('exhausted');
  });
});

test.each([1, 4, 10])('410 at attempt %i ends it there', async (last) => {
  const { row, posts } = await played({ answer: (post) => ({ statusCode: post === last ? 410 : 500 }) });
  expect(row).toMatchObject({ state: 'gone', attempt_count: last });
  expect(posts).toHaveLength(last);
});

test.each([1, 4, 10])('2xx at attempt %i ends it there', async (last) => {
  const { row, posts } = await played({ answer: (post) => ({ statusCode: post === last ? 204 : 500 }) });
  expect(row).toMatchObject({ state: 'delivered', attempt_count: last });
  expect(posts).toHaveLength(last);
});

describe('what is lost comes back', () => {
  test.each(TEN.map((index) => index + 1))('the message of attempt %i', async (lost) => {
    const { intervals, row, posts, oldestDueSeconds } = await played({
      onSend: (sent) => (sent === lost ? 'lost' : 'sent'),
      firstSweepMs: 17_300,
    });
    expect([row.state, posts]).toEqual(['exhausted', TEN]);
    for (const [index, interval] of intervals.entries()) {
      const late = interval - (WEBHOOK_SCHEDULE[index] ?? 0);
      // Given up after five minutes, and found by the next sweep.
      expect(late).toBeGreaterThanOrEqual(index === lost - 2 ? 300 : 0);
      expect(late).toBeLessThan(index === lost - 2 ? 361 : 1);
    }
    expect(oldestDueSeconds).toBeGreaterThanOrEqual(300);
    expect(oldestDueSeconds).toBeLessThan(361);
  });

  test('a first message that the queue did not take: it holds notify up no more than it must', async () => {
    const webhook = await virtualWebhook({
      answer: failing,
      onSend: (sent) => (sent === 1 ? 'refused' : 'sent'),
    });
    await webhook.notify();
    await webhook.play();
    expect(webhook.seen()).toMatchObject({ posts: TEN, sends: 11 });
    expect(await webhook.intervals()).toEqual(WEBHOOK_SCHEDULE);
  });

  test('after a day without a queue, with the attempts that are left', async () => {
    const start = Date.parse('2026-11-20T17:00:00.000Z');
    const isOut = (now: Date): boolean => {
      const hours = (now.getTime() - start) / HOUR_MS;
      return hours > 2 && hours < 26;
    };
    const { intervals, row, posts } = await played({
      onSend: (_, now) => (isOut(now) ? 'refused' : 'sent'),
      sweepMinutes: 10, // It tries in vain often enough.
    });
    expect([row.state, posts]).toEqual(['exhausted', TEN]);
    // The fifth attempt was to come after 2 h 35 min, in the middle of it, and comes with the first sweep after it.
    const [, , , fifth, ...rest] = intervals;
    expect(fifth).toBe(26 * HOUR - (5 + 300 + 1_800));
    expect(rest).toEqual(WEBHOOK_SCHEDULE.slice(4));
  });

  test('after hours without Secrets Manager, from the dead-letter queue, at no cost to the receiver', async () => {
    const start = Date.parse('2026-11-20T17:00:00.000Z');
    const { row, posts, deadLetters, intervals } = await played({
      hasSecret: (now) => now.getTime() >= start + 4 * HOUR_MS || now.getTime() < start + 60_000,
    });
    expect([row.state, posts]).toEqual(['exhausted', TEN]);
    expect(deadLetters.length).toBeGreaterThan(10);
    // The third attempt waits for the end of the outage, and at most for the next sending of its message.
    const late = (intervals[1] ?? 0) - (4 * HOUR - 5);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(180);
    expect(intervals.slice(2)).toEqual(WEBHOOK_SCHEDULE.slice(2));
  });

  test('an attempt whose function died before it was recorded, which the receiver then sees twice', async () => {
    const { posts, row, intervals } = await played({ diesAfter: (post) => post === 1 || post === 5 });
    expect(posts).toEqual([0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9]);
    expect(row).toMatchObject({ state: 'exhausted', attempt_count: 10 });
    // SQS shows the message again after three minutes.
    const [first, , third] = WEBHOOK_SCHEDULE;
    expect(intervals).toEqual([first, 300, (third ?? 0) + 180, ...WEBHOOK_SCHEDULE.slice(3)]);
  });

  test('a row that was deleted is sought no further', async () => {
    const webhook = await virtualWebhook({ answer: failing });
    await webhook.notify();
    await webhook.forget();
    await webhook.play();
    expect(webhook.seen().posts).toEqual([]);
  });
});

describe('what comes more than once', () => {
  test('is posted once for each count, though every message arrives in ten copies at a time', async () => {
    const { posts, row, intervals } = await played({ copies: 10 });
    expect(posts).toEqual(TEN);
    expect(row.attempt_count).toBe(10);
    expect(intervals).toEqual(WEBHOOK_SCHEDULE);
  });

  test('as a stream record does not bring a retry before its time', async () => {
    const webhook = await virtualWebhook({ answer: failing });
    await webhook.notify();
    await webhook.notify();
    for (const hours of [1, 2, 20, 60]) {
      await webhook.play(hours * HOUR_MS);
      await webhook.notify();
    }
    await webhook.play();
    await webhook.notify();
    await webhook.play();
    expect(webhook.seen().posts).toEqual(TEN);
    expect(await webhook.intervals()).toEqual(WEBHOOK_SCHEDULE);
  });
});
