import { createHash } from 'node:crypto';
import {
  DELIVERY_TTL_SECONDS,
  type Delivery,
  DUE_SHARDS,
  dueShard,
  overdueAt,
  submissionEndpointId,
} from '../../../lib/domain/delivery.ts';
import { eventId } from '../../../lib/domain/events.ts';
import { showDelivery, shownDelivery } from '../../../lib/domain/shown-delivery.ts';

test('the endpoint of a webhook_url is named after its assembly', () => {
  expect(submissionEndpointId('a0'.repeat(32))).toBe(`assembly:${'a0'.repeat(32)}`);
});

test('deliveries can be looked up for 90 days', () => {
  const from = Date.parse('2026-03-01T00:00:00Z');
  expect(new Date(from + DELIVERY_TTL_SECONDS * 1000).toISOString()).toBe('2026-05-30T00:00:00.000Z');
});

test('a message is given up five minutes after its time', () => {
  expect(overdueAt(new Date('2026-03-01T00:00:00.500Z')).toISOString()).toBe('2026-03-01T00:05:00.500Z');
});

test('the shard is a digit of the event id, and the ids fill all shards alike', () => {
  const shards = Array.from({ length: 1_600 }, (_, index) => {
    const assembly_id = createHash('sha256').update(String(index)).digest('hex');
    return dueShard(eventId({ assembly_id, created_at: '2026-03-01T00:00:00.000Z', version: 1 }, 'e'));
  });
  const counts = DUE_SHARDS.map((shard) => shards.filter((other) => other === shard).length);
  expect(counts.reduce((sum, count) => sum + count)).toBe(shards.length);
  // 100 each, give or take five standard deviations of a fair die.
  for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(50);
});

test('what is shown has no payload, no owner and nothing of the bookkeeping', () => {
  const delivery: Delivery = {
    endpoint_id: 'assembly:1',
    event_id: `evt_${'0'.repeat(32)}`,
    assembly_id: '1',
    owner: 'user-1',
    url: 'https://example.com/hook?token=1',
    payload: '{"secret":1}',
    state: 'pending',
    attempt_count: 1,
    attempts: [{ at: '2026-03-01T00:00:00.000Z', duration_ms: 3, error: 'connect ECONNREFUSED' }],
    created_at: '2026-03-01T00:00:00.000Z',
    next_attempt_at: '2026-03-01T00:00:05.000Z',
    due_at: '2026-03-01T00:05:05.000Z',
    expires_at: 1_900_000_000,
  };
  const shown = showDelivery(delivery);
  expect(shownDelivery.parse(shown)).toEqual(shown);
  expect(shown).toMatchObject({ url: delivery.url, next_attempt_at: delivery.next_attempt_at });
  expect(JSON.stringify(shown)).not.toMatch(/secret|user-1|due_at|expires/);
  const { next_attempt_at, ...ended } = delivery;
  expect(showDelivery({ ...ended, state: 'delivered' })).not.toHaveProperty('next_attempt_at');
});
