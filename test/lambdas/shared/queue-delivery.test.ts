import { queueDelivery } from '../../../lambdas/shared/queue-delivery.ts';
import type { DeliveryMessage } from '../../../lib/domain/delivery.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { InMemoryDeliveriesTable } from '../in-memory-deliveries-table.ts';
import { InMemoryDeliveryStore } from '../in-memory-delivery-store.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const NOW = new Date('2026-03-01T12:00:30.000Z');
const ENDED = sampleAssembly({ status: 'completed', webhook_url: 'https://example.com/hook' });

function queueing({ send = async () => {} }: { send?: () => Promise<void> } = {}) {
  const deliveries = new InMemoryDeliveryStore(new InMemoryDeliveriesTable());
  const sent: DeliveryMessage[] = [];
  const webhooks = {
    async send(message: DeliveryMessage) {
      await send();
      sent.push(message);
    },
  };
  const masterSecret = async (): Promise<string> => 'master';
  const dependencies = {
    deliveries,
    webhooks,
    masterSecret,
    apiUrl: 'https://api.example.com',
    submissions: new InMemorySubmissionStore(),
    now: () => NOW,
  };
  return { deliveries, sent, queue: (options = {}) => queueDelivery(ENDED, dependencies, options) };
}

test('an assembly without a webhook_url has nothing to send', async () => {
  const { deliveries } = queueing();
  const dependencies = {
    deliveries,
    webhooks: { send: async () => {} },
    masterSecret: async () => '',
    apiUrl: '',
    submissions: new InMemorySubmissionStore(),
    now: () => NOW,
  };
  expect(await queueDelivery(sampleAssembly(), dependencies)).toBe('no webhook_url');
});

test('sends the message of a row that is there', async () => {
  const { queue, sent } = queueing();
  expect(await queue()).toBe('queued');
  expect(await queue()).toBe('queued');
  expect(new Set(sent.map((message) => JSON.stringify(message))).size).toBe(1);
});

test('what the queue does not take is due at once, and no failure', async () => {
  const { queue, deliveries } = queueing({ send: () => Promise.reject(new Error('the queue is out')) });
  expect(await queue()).toBe('queued');
  const shards = [...'0123456789abcdef'];
  const pages = await Promise.all(shards.map((shard) => deliveries.due(shard, NOW, { limit: 10 })));
  expect(pages.flatMap(({ due }) => due)).toMatchObject([{ due_at: NOW.toISOString(), attempt_count: 0 }]);
});

test('is sent on demand a hundred times and no more', async () => {
  const { queue, sent, deliveries } = queueing();
  await queue();
  const attempt = { at: NOW.toISOString(), duration_ms: 1, status_code: 200 };
  for (let count = 0; count < 100; count += 1) {
    expect(await queue({ again: true })).toBe('queued');
    const message = sent.at(-1);
    expect(message?.attempt_count).toBe(count);
    if (message) await deliveries.recordAttempt(message, attempt, { state: 'delivered' });
  }
  const before = sent.length;
  expect(await queue({ again: true })).toBe('too many attempts');
  expect(sent).toHaveLength(before);
});
