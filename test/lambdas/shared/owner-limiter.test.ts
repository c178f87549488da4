import type { OwnerTurn } from '../../../lambdas/shared/owner-limit-store.ts';
import { ownerLimiter } from '../../../lambdas/shared/owner-limiter.ts';
import type { OwnerRow } from '../../../lib/domain/owner-limit.ts';
import { loggedBy } from './logged.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const TIME = NOW.getTime();
const LIMITS = { perMinute: 0, open: 8 };
const ADA = { user_id: 'ada' };

/** A store that keeps one row, without the rate. */
function limited(row: OwnerRow, counted: number | Error | 'hangs', limits = LIMITS) {
  const calls: string[] = [];
  let stored = { ...row };
  const store = {
    async take(): Promise<OwnerTurn> {
      calls.push('take');
      if ((stored.open ?? 0) >= limits.open) return { row: { ...stored }, refusal: 'too_many_open' };
      stored = { mark_open: 0, mark_at: TIME, ...stored, open: (stored.open ?? 0) + 1 };
      return { row: { ...stored } };
    },
    async mark(_: unknown, seen: OwnerRow, now: Date) {
      calls.push('mark');
      const written = seen.mark_at === stored.mark_at;
      if (written) stored = { ...stored, mark_open: stored.open ?? 0, mark_at: now.getTime() };
      return { written, row: { ...stored } };
    },
    async correct(_: unknown, seen: OwnerRow, by: number) {
      calls.push('correct');
      const written = seen.mark_at === stored.mark_at;
      if (written)
        stored = { ...stored, open: (stored.open ?? 0) + by, mark_open: (stored.mark_open ?? 0) + by };
      return { written, row: { ...stored } };
    },
  };
  const countOpen = async (): Promise<number> => {
    calls.push('count');
    if (counted instanceof Error) throw counted;
    if (counted === 'hangs') return new Promise(() => {});
    return counted;
  };
  const limiter = ownerLimiter({ limits, store, countOpen });
  return { take: () => limiter.take(ADA, true, NOW), calls, row: () => stored, store };
}

const settled = { mark_at: TIME - 5_000 };

test('below a quarter of the limit nothing is counted', async () => {
  const { take, calls } = limited({ open: 0, mark_open: 0, ...settled }, 0);
  expect(await take()).toEqual({
    'ratelimit-policy': '"open";q=8;qu="concurrent-requests"',
    ratelimit: '"open";r=7',
  });
  expect(calls).toEqual(['take']);
});

test('above it, what is open is counted before the limit is near, and nobody waits for it', async () => {
  const { take, calls, row } = limited({ open: 5, mark_open: 5, ...settled }, 1);
  expect(await take()).toMatchObject({ ratelimit: '"open";r=6' });
  expect(calls).toEqual(['take', 'mark', 'count', 'correct']);
  // One of five is left, and the one that came now.
  expect(row().open).toBe(2);
});

test('a count is made once in a while, and by one alone', async () => {
  const { take, calls } = limited({ open: 5, mark_open: 5, mark_at: TIME - 1_999 }, 1);
  await take();
  expect(calls).toEqual(['take']);
  const raced = limited({ open: 5, mark_open: 5, ...settled }, 1);
  const { store } = raced;
  const mark = store.mark.bind(store);
  store.mark = async (owner, seen, now) => {
    // Somebody else was first.
    await mark(owner, seen, new Date(TIME - 1));
    return mark(owner, seen, now);
  };
  await raced.take();
  expect(raced.calls).toEqual(['take', 'mark', 'mark']);
});

test('at the limit, a count that finds room lets this one in', async () => {
  const { take, calls } = limited({ open: 8, mark_open: 8, ...settled }, 7);
  expect(await take()).toMatchObject({ ratelimit: '"open";r=0' });
  expect(calls).toEqual(['take', 'mark', 'count', 'correct', 'take']);
});

test('at the limit, a count that finds none is a refusal', async () => {
  const { take, calls } = limited({ open: 8, mark_open: 8, ...settled }, 8);
  await expect(take()).rejects.toMatchObject({
    code: 'too_many_open',
    kind: 'too_many',
    headers: { 'retry-after': '2', ratelimit: '"open";r=0' },
  });
  expect(calls).toEqual(['take', 'mark', 'count']);
});

test('at the limit by a burst, the burst is marked, so that the count after Retry-After is exact', async () => {
  const { take, calls, row } = limited({ open: 8, mark_open: 1, mark_at: TIME - 500 }, 3);
  await expect(take()).rejects.toMatchObject({ code: 'too_many_open' });
  expect(calls).toEqual(['take', 'mark']);
  expect(row()).toEqual({ open: 8, mark_open: 8, mark_at: TIME });
  await expect(take()).rejects.toMatchObject({ code: 'too_many_open' });
  expect(calls).toEqual(['take', 'mark', 'take']);
});

describe('where the limits cannot be asked, work is accepted, and the log says so', () => {
  test.each([
    ['the table', 'take'],
    ['the count', 'count'],
  ])('%s', async (_, broken) => {
    const failure = new Error('AccessDenied');
    const { take, store } = limited({ open: 8, mark_open: 8, ...settled }, failure);
    if (broken === 'take')
      store.take = async () => {
        throw failure;
      };
    const { lines } = await loggedBy(async () => expect(await take()).toEqual({}));
    expect(lines).toEqual([
      expect.objectContaining({ level: 'ERROR', message: expect.stringContaining('do not hold') }),
      expect.objectContaining({ LimitsNotAsked: 1 }),
    ]);
  });
});

test('where the count does not answer, work is accepted after three seconds', async () => {
  const { take } = limited({ open: 8, mark_open: 8, ...settled }, 'hangs');
  const begun = performance.now();
  const { lines } = await loggedBy(async () => expect(await take()).toEqual({}));
  expect(performance.now() - begun).toBeGreaterThan(2_900);
  expect(lines).toContainEqual(expect.objectContaining({ LimitsNotAsked: 1 }));
});

test('without limits nothing is asked', async () => {
  const { take, calls } = limited({}, 0, { perMinute: 0, open: 0 });
  expect(await take()).toEqual({});
  expect(calls).toEqual([]);
});
