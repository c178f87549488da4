import { DELIVERY_TTL_SECONDS, submissionEndpointId } from '../../../lib/domain/delivery.ts';

test('the endpoint of a webhook_url is named after its assembly', () => {
  expect(submissionEndpointId('a0'.repeat(32))).toBe(`assembly:${'a0'.repeat(32)}`);
});

test('deliveries can be looked up for 90 days', () => {
  const from = Date.parse('2026-03-01T00:00:00Z');
  expect(new Date(from + DELIVERY_TTL_SECONDS * 1000).toISOString()).toBe('2026-05-30T00:00:00.000Z');
});
