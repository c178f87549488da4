import type { RateLimitStore } from '../../../lambdas/shared/rate-limit-store.ts';
import { isTransientError } from '../../../lambdas/shared/transient-error.ts';
import type { RateLimitRow } from '../in-memory-rate-limit-store.ts';

type Store = Pick<RateLimitStore, 'reserve'>;

/** An empty table. */
export interface RateLimitsTableUnderTest {
  store(): Store;
  row(limitKey: string): Promise<RateLimitRow | undefined>;
  /** From now on: the first write is committed, its answer lost, and the write made again. */
  loseFirstAnswer(): void;
}

const NOW = new Date('2026-11-21T12:00:00.000Z');
const DAY = 86_400;

let serial = 0;
const newKey = (): string => `letters:receiver-${serial++}`;

/** Declares the tests that every store of rate limits passes. */
export function rateLimitStoreContract(openTable: () => Promise<RateLimitsTableUnderTest>): void {
  let table: RateLimitsTableUnderTest;
  let limitKey: string;

  beforeAll(async () => {
    table = await openTable();
  });

  beforeEach(() => {
    limitKey = newKey();
  });

  /** Milliseconds after `NOW` of the turns that are had so many seconds after it. */
  const turns = async (
    count: number,
    { perSecond = 5, after = 0, key = limitKey }: { perSecond?: number; after?: number; key?: string } = {},
  ): Promise<number[]> => {
    const now = new Date(NOW.getTime() + after * 1000);
    const given = await table.store().reserve({ limitKey: key, perSecond, count }, now);
    return given.map((time) => time.getTime() - NOW.getTime());
  };

  test('as many as a second has go at once, and the others one after the other', async () => {
    expect(await turns(7)).toEqual([0, 0, 0, 0, 0, 200, 400]);
  });

  test('whoever comes later stands behind those that came before', async () => {
    await turns(7);
    expect(await turns(2, { after: 0.1 })).toEqual([600, 800]);
    expect(await turns(1, { after: 0.3 })).toEqual([1000]);
  });

  test('a pause gives back what the time was for, and never more than a second has', async () => {
    await turns(5);
    expect(await turns(3, { after: 0.4 })).toEqual([400, 400, 600]);
    expect(await turns(7, { after: 3_600 })).toEqual([...Array(5).fill(3_600_000), 3_600_200, 3_600_400]);
  });

  test('less than one a second has no more than one at once, however long it was quiet', async () => {
    expect(await turns(3, { perSecond: 0.5 })).toEqual([0, 2_000, 4_000]);
    expect(await turns(2, { perSecond: 0.5, after: DAY })).toEqual([DAY * 1000, DAY * 1000 + 2_000]);
  });

  test('one a day is one a day, for a year', async () => {
    const days = await turns(366, { perSecond: 1 / DAY });
    expect(days).toEqual(Array.from({ length: 366 }, (_, day) => day * DAY * 1000));
  });

  test('a thousand a second are a thousand at once and then ten in ten milliseconds', async () => {
    const given: number[] = [];
    for (let batch = 0; batch < 101; batch++) given.push(...(await turns(10, { perSecond: 1_000 })));
    expect(given.slice(0, 1_000)).toEqual(Array(1_000).fill(0));
    expect(given.slice(1_000)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('limits do not know of each other', async () => {
    await turns(100);
    expect(await turns(1, { key: newKey() })).toEqual([0]);
  });

  test('a line stays as long as it is where a deployment changes the rate', async () => {
    await turns(10, { perSecond: 0.5 });
    expect(await turns(3, { perSecond: 0.25 })).toEqual([20_000, 24_000, 28_000]);
  });

  test('a clock that is behind gets no turn of others', async () => {
    await turns(5, { perSecond: 1 });
    expect(await turns(2, { perSecond: 1, after: -60 })).toEqual([5_000, 6_000]);
  });

  test('nothing is taken where nothing is asked for', async () => {
    expect(await turns(0)).toEqual([]);
    expect(await table.row(limitKey)).toBeUndefined();
  });

  test('twenty at once get two hundred turns, none of them twice', async () => {
    const given = await Promise.all(Array.from({ length: 20 }, () => turns(10, { perSecond: 20 })));
    for (const batch of given) expect(batch).toEqual(batch.toSorted((a, b) => a - b));
    expect(given.flat().sort((a, b) => a - b)).toEqual([
      ...Array(20).fill(0),
      ...Array.from({ length: 180 }, (_, index) => (index + 1) * 50),
    ]);
  });

  test('stands in line also where the line is longer than a day, and up to a year', async () => {
    await turns(3, { perSecond: 1 / DAY });
    expect(await turns(1, { perSecond: 1 / DAY })).toEqual([3 * DAY * 1000]);
    await turns(363, { perSecond: 1 / DAY });
    const line = await table.row(limitKey);
    const refused = await turns(1, { perSecond: 1 / DAY, after: -1 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'unavailable' });
    expect(isTransientError(refused)).toBe(true);
    expect(await table.row(limitKey)).toEqual(line);
  });

  test.each([
    [1, 1],
    [1_000, 10],
    [1 / DAY, 10],
    [1 / 3, 7],
  ])('at %d a second, the row outlives the last turn, in whole numbers', async (perSecond, count) => {
    for (const _ of 'abc') {
      const last = (await turns(count, { perSecond })).at(-1) ?? 0;
      const row = await table.row(limitKey);
      expect(row?.expires_at).toBeGreaterThan((NOW.getTime() + last) / 1000);
      for (const number of [row?.expires_at, row?.next_free_at])
        expect(Number.isSafeInteger(number)).toBe(true);
    }
  });

  // Last: from here on the client is another one.
  test('a write whose answer was lost wastes turns and gives none twice', async () => {
    table.loseFirstAnswer();
    const first = await turns(2, { perSecond: 1 });
    const second = await turns(2, { perSecond: 1 });
    expect([first, second]).toEqual([
      [2_000, 3_000],
      [4_000, 5_000],
    ]);
  });
}
