import type { DeliveryKey, DeliveryStore } from '../../../lambdas/shared/delivery-store.ts';
import { type Delivery, type DueDelivery, dueShard } from '../../../lib/domain/delivery.ts';

type Store = Pick<
  DeliveryStore,
  'addOnce' | 'hold' | 'recordAttempt' | 'reopen' | 'moveDue' | 'due' | 'byAssembly'
>;

/** An empty table. */
export interface DeliveriesTableUnderTest {
  store(): Store;
  /** The row as it lies there. */
  row(key: DeliveryKey): Promise<object | undefined>;
  /** From now on: the first write is committed, its answer lost, and the write made again. */
  loseFirstAnswer(): void;
}

const NOW = new Date('2026-11-21T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const DUE = later(300);
const HOLD = { now: NOW, until: later(60) };
const ATTEMPT = { at: '2026-11-21T12:00:00.000Z', duration_ms: 5, status_code: 204 };
const PENDING = { state: 'pending', nextAttemptAt: later(5), dueAt: later(305) } as const;

let serial = 0;
const newDelivery = (changes: Partial<Delivery> = {}): Delivery => ({
  endpoint_id: 'assembly:1',
  event_id: `evt_${(serial++).toString(16).padStart(32, '0')}`,
  assembly_id: '1',
  owner: 'user-1',
  url: 'https://example.com/',
  payload: '{}',
  state: 'pending',
  attempt_count: 0,
  attempts: [],
  created_at: NOW.toISOString(),
  next_attempt_at: NOW.toISOString(),
  due_at: DUE.toISOString(),
  expires_at: 1_900_000_000,
  ...changes,
});

/** Declares the tests that every store of deliveries passes. */
export function deliveryStoreContract(openTable: () => Promise<DeliveriesTableUnderTest>): void {
  let table: DeliveriesTableUnderTest;
  let store: Store;

  beforeAll(async () => {
    table = await openTable();
    store = table.store();
  });

  const added = async (changes: Partial<Delivery> = {}): Promise<Delivery> =>
    store.addOnce(newDelivery(changes));

  test('adds a delivery once and then shows the one that is there', async () => {
    const delivery = newDelivery();
    expect(await store.addOnce(delivery)).toEqual(delivery);
    expect(await store.addOnce({ ...delivery, url: 'https://example.org/' })).toEqual(delivery);
  });

  test.each([
    ['small', 100],
    ['large', 100_000],
    ['larger than an item', 1_000_000],
  ])('keeps a payload to the byte: %s', async (_, length) => {
    const payload = JSON.stringify({
      text: 'é\u0000😀'.repeat(length / 10),
      half: '\ud800',
      more: 'x'.repeat(length),
    });
    const delivery = newDelivery({ payload });
    const first = await store.addOnce(delivery);
    const again = await store.addOnce({ ...delivery, payload: '{}' });
    const held = await store.hold(delivery, HOLD);
    // Not toEqual: a megabyte of difference is nothing to read.
    for (const kept of [first, again, held]) expect(kept?.payload === payload).toBe(true);
    expect({ ...held, payload: '' }).toEqual({ ...delivery, payload: '' });
  });

  describe('an attempt', () => {
    test('that ends it is recorded, and the row leaves the index of what is due', async () => {
      const delivery = await added();
      expect(await store.recordAttempt(delivery, ATTEMPT, { state: 'delivered' })).toBe(true);
      const row = await table.row(delivery);
      expect(row).toMatchObject({ state: 'delivered', attempt_count: 1, attempts: [ATTEMPT] });
      for (const name of ['due_shard', 'due_at', 'next_attempt_at', 'held_until'])
        expect(row).not.toHaveProperty(name);
    });

    test('that failed is recorded with the time of the next', async () => {
      const delivery = await added();
      await store.recordAttempt(delivery, ATTEMPT, PENDING);
      expect(await table.row(delivery)).toMatchObject({
        state: 'pending',
        attempt_count: 1,
        next_attempt_at: later(5).toISOString(),
        due_at: later(305).toISOString(),
        due_shard: dueShard(delivery.event_id),
      });
    });

    test('is recorded once, of two that were made from the same row', async () => {
      const delivery = await added();
      const record = (seconds: number) =>
        store.recordAttempt(delivery, { ...ATTEMPT, at: later(seconds).toISOString() }, PENDING);
      expect((await Promise.all([record(1), record(2)])).sort()).toEqual([false, true]);
      expect(await table.row(delivery)).toMatchObject({ attempt_count: 1, attempts: [expect.anything()] });
    });

    test('whose write was made and whose answer was lost counts as recorded', async () => {
      const lossy = await openTable();
      const itsStore = lossy.store();
      const delivery = await itsStore.addOnce(newDelivery());
      lossy.loseFirstAnswer();
      expect(await itsStore.recordAttempt(delivery, ATTEMPT, { state: 'delivered' })).toBe(true);
    });
  });

  describe('hold', () => {
    test('gives a delivery to one of many', async () => {
      const delivery = await added();
      const held = await Promise.all(Array.from({ length: 10 }, () => store.hold(delivery, HOLD)));
      expect(held.filter((row) => row !== undefined)).toEqual([delivery]);
    });

    test('gives it again when its time is over, and when the attempt was recorded', async () => {
      const delivery = await added();
      await store.hold(delivery, HOLD);
      expect(await store.hold(delivery, { now: later(59), until: later(119) })).toBeUndefined();
      expect(await store.hold(delivery, { now: later(60), until: later(120) })).toEqual(delivery);
      await store.recordAttempt(delivery, ATTEMPT, PENDING);
      expect(
        await store.hold({ ...delivery, attempt_count: 1 }, { now: later(61), until: later(121) }),
      ).toMatchObject({
        attempt_count: 1,
      });
    });

    test.each<[string, Partial<Delivery>, number]>([
      ['that has ended', { state: 'delivered' }, 0],
      ['that is further', { attempt_count: 1 }, 0],
      ['that is not so far', {}, 1],
    ])('does not give one %s', async (_, changes, attempt_count) => {
      const delivery = await added(changes);
      expect(await store.hold({ ...delivery, attempt_count }, HOLD)).toBeUndefined();
    });

    test('makes no row of a message that has none', async () => {
      const never = newDelivery();
      expect(await store.hold(never, HOLD)).toBeUndefined();
      expect(await table.row(never)).toBeUndefined();
    });

    test('knows its own write by which it is refused', async () => {
      const lossy = await openTable();
      const itsStore = lossy.store();
      const delivery = await itsStore.addOnce(newDelivery());
      lossy.loseFirstAnswer();
      expect(await itsStore.hold(delivery, HOLD)).toEqual(delivery);
    });
  });

  describe('reopen', () => {
    const AGAIN = { nextAttemptAt: later(100), dueAt: later(400) };

    test('makes an ended delivery due again and keeps its attempts', async () => {
      const delivery = await added();
      await store.recordAttempt(delivery, ATTEMPT, { state: 'exhausted' });
      await store.reopen({ ...delivery, attempt_count: 1 }, AGAIN);
      expect(await table.row(delivery)).toMatchObject({
        state: 'pending',
        attempts: [ATTEMPT],
        due_at: later(400).toISOString(),
        due_shard: dueShard(delivery.event_id),
      });
    });

    test('leaves one alone that is gone, further, or pending', async () => {
      const gone = newDelivery();
      await store.reopen(gone, AGAIN);
      expect(await table.row(gone)).toBeUndefined();
      const delivery = await added();
      await store.reopen(delivery, AGAIN);
      expect(await table.row(delivery)).toMatchObject({ due_at: DUE.toISOString() });
      await store.recordAttempt(delivery, ATTEMPT, { state: 'delivered' });
      await store.reopen(delivery, AGAIN);
      expect(await table.row(delivery)).toMatchObject({ state: 'delivered' });
    });
  });

  describe('due', () => {
    const dueIn = async (shard: string, before: Date, limit = 100): Promise<DueDelivery[]> => {
      const found: DueDelivery[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await store.due(shard, before, { limit, from });
        expect(page.due.length).toBeLessThanOrEqual(limit);
        found.push(...page.due);
        from = page.next;
      } while (from);
      return found;
    };
    const inShard = (shard: string, number: number): string =>
      `evt_${shard}${String(number).padStart(31, '0')}`;

    test('finds by shard what is due by then, the longest due first, page by page', async () => {
      for (const seconds of [30, 10, 20, 40])
        await added({ event_id: inShard('a', seconds), due_at: later(seconds).toISOString() });
      await added({ event_id: inShard('b', 10), due_at: later(10).toISOString() });
      const ids = (await dueIn('a', later(30), 2)).map(({ event_id }) => event_id);
      expect(ids).toEqual([10, 20, 30].map((seconds) => inShard('a', seconds)));
    });

    test('finds what a message needs and when the attempt was expected', async () => {
      const delivery = await added({ event_id: inShard('c', 1) });
      const [found] = await dueIn('c', later(900));
      const { endpoint_id, event_id, attempt_count, due_at, next_attempt_at } = delivery;
      expect(found).toMatchObject({ endpoint_id, event_id, attempt_count, due_at, next_attempt_at });
    });

    test('finds nothing that has ended, and again what was reopened', async () => {
      const delivery = await added({ event_id: inShard('d', 1) });
      await store.recordAttempt(delivery, ATTEMPT, { state: 'exhausted' });
      expect(await dueIn('d', later(900))).toEqual([]);
      await store.reopen({ ...delivery, attempt_count: 1 }, { nextAttemptAt: NOW, dueAt: DUE });
      expect(await dueIn('d', later(900))).toHaveLength(1);
    });

    test('is moved only where nothing has happened since', async () => {
      const delivery = await added({ event_id: inShard('e', 1) });
      expect(await store.moveDue(delivery, later(900))).toBe(true);
      expect(await dueIn('e', later(899))).toEqual([]);
      expect(await store.moveDue({ ...delivery, attempt_count: 1 }, later(1))).toBe(false);
      await store.recordAttempt(delivery, ATTEMPT, { state: 'gone' });
      expect(await store.moveDue({ ...delivery, attempt_count: 1 }, later(1))).toBe(false);
      expect(await table.row(delivery)).not.toHaveProperty('due_at');
    });
  });

  describe('byAssembly', () => {
    const addedTo = (assembly_id: string, seconds: number): Promise<Delivery> =>
      added({ assembly_id, created_at: later(seconds).toISOString(), payload: `"${seconds}"` });

    test('lists those of one assembly, the newest first, page by page and without payloads', async () => {
      await addedTo('other', 1);
      for (const seconds of [3, 1, 2]) await addedTo('mine', seconds);
      const first = await store.byAssembly('mine', { limit: 2 });
      const second = await store.byAssembly('mine', { limit: 2, from: first.next });
      const listed = [...first.deliveries, ...second.deliveries];
      expect(listed.map(({ created_at }) => created_at)).toEqual(
        [3, 2, 1].map((s) => later(s).toISOString()),
      );
      for (const delivery of listed) expect(Object.keys(delivery)).not.toContain('payload');
      expect([first.deliveries.length, second.next]).toEqual([2, undefined]);
    });

    test('shows how they stand now', async () => {
      const delivery = await addedTo('fresh', 1);
      await store.recordAttempt(delivery, ATTEMPT, { state: 'delivered' });
      const { deliveries } = await store.byAssembly('fresh', { limit: 1 });
      expect(deliveries).toEqual([
        expect.objectContaining({ state: 'delivered', attempts: [ATTEMPT], expires_at: delivery.expires_at }),
      ]);
      expect(deliveries[0]).not.toHaveProperty('next_attempt_at');
    });

    test('reads a hundred at once', async () => {
      await Promise.all(Array.from({ length: 101 }, (_, seconds) => addedTo('many', seconds)));
      expect((await store.byAssembly('many', { limit: 100 })).deliveries).toHaveLength(100);
      expect((await store.byAssembly('none', { limit: 100 })).deliveries).toEqual([]);
    });
  });
}
