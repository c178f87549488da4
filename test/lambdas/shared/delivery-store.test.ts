import { DeliveryStore } from '../../../lambdas/shared/delivery-store.ts';
import type { Delivery } from '../../../lib/domain/delivery.ts';
import { scratchTable } from '../../scratch-table.ts';

const DUE = new Date('2026-11-21T12:05:00.000Z');
let serial = 0;
const newDelivery = (): Delivery => ({
  endpoint_id: 'assembly:1',
  event_id: `evt_${serial++}`,
  assembly_id: '1',
  owner: 'user-1',
  url: 'https://example.com/',
  payload: '{}',
  state: 'pending',
  attempt_count: 0,
  attempts: [],
  created_at: '2026-11-21T12:00:00.000Z',
  due_at: DUE.toISOString(),
  expires_at: 1_900_000_000,
});
const ATTEMPT = { at: '2026-11-21T12:00:00.000Z', duration_ms: 5, status_code: 204 };

let store: DeliveryStore;
beforeAll(async () => {
  const { documents, name } = await scratchTable('endpoint_id', 'event_id');
  store = new DeliveryStore(documents, name);
});

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
  const delivery = { ...newDelivery(), payload };
  const added = await store.addOnce(delivery);
  const again = await store.addOnce({ ...delivery, payload: '{}' });
  const read = await store.get(delivery);
  // Not toEqual: a megabyte of difference is nothing to read.
  for (const kept of [added, again, read]) expect(kept?.payload === payload).toBe(true);
  expect({ ...read, payload: '' }).toEqual({ ...delivery, payload: '' });
  await store.recordAttempt(delivery, { attempt: ATTEMPT, state: 'delivered', dueAt: DUE });
  expect((await store.get(delivery))?.payload === payload).toBe(true);
});

test('records an attempt with what follows from it', async () => {
  const delivery = newDelivery();
  await store.addOnce(delivery);
  expect(await store.recordAttempt(delivery, { attempt: ATTEMPT, state: 'delivered', dueAt: DUE })).toBe(
    true,
  );
  expect(await store.get(delivery)).toMatchObject({
    state: 'delivered',
    attempt_count: 1,
    attempts: [ATTEMPT],
  });
});

test('records one of two attempts that were made from the same row', async () => {
  const delivery = newDelivery();
  await store.addOnce(delivery);
  const record = () => store.recordAttempt(delivery, { attempt: ATTEMPT, state: 'pending', dueAt: DUE });
  expect((await Promise.all([record(), record()])).sort()).toEqual([false, true]);
  expect(await store.get(delivery)).toMatchObject({ attempt_count: 1, attempts: [ATTEMPT] });
});

test('opens an ended delivery again and keeps its attempts', async () => {
  const delivery = newDelivery();
  await store.addOnce(delivery);
  await store.recordAttempt(delivery, { attempt: ATTEMPT, state: 'exhausted', dueAt: DUE });
  await store.reopen({ ...delivery, attempt_count: 1 }, DUE);
  expect(await store.get(delivery)).toMatchObject({ state: 'pending', attempts: [ATTEMPT] });
});

test('keeps a payload that is larger than an item', async () => {
  const payload = JSON.stringify(
    Array.from({ length: 20_000 }, (_, index) => ({ name: `result ${index}`, é: '“”' })),
  );
  expect(Buffer.byteLength(payload)).toBeGreaterThan(400 * 1024);
  const delivery = { ...newDelivery(), payload };
  expect(await store.addOnce(delivery)).toEqual(delivery);
  expect(await store.get(delivery)).toEqual(delivery);
  expect(await store.addOnce(delivery)).toEqual(delivery);
});

test('opens no delivery that is gone or further', async () => {
  const gone = newDelivery();
  await store.reopen(gone, DUE);
  expect(await store.get(gone)).toBeUndefined();
  const delivery = newDelivery();
  await store.addOnce(delivery);
  await store.recordAttempt(delivery, { attempt: ATTEMPT, state: 'delivered', dueAt: DUE });
  await store.reopen(delivery, DUE);
  expect(await store.get(delivery)).toMatchObject({ state: 'delivered' });
});
