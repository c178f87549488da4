import {
  type DispatchDependencies,
  dispatchDelivery,
} from '../../../lambdas/webhook-dispatcher/dispatch-delivery.ts';
import type { WebhookAnswer, WebhookRequest } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import type { Delivery, DeliveryMessage } from '../../../lib/domain/delivery.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const KEY = { endpoint_id: 'assembly:1', event_id: 'evt_1' };

/** A row, a queue and a receiver in memory, and the order in which they were used. */
function world(row: Partial<Delivery> = {}, answer: WebhookAnswer = { statusCode: 200 }) {
  const order: string[] = [];
  const requests: WebhookRequest[] = [];
  const sent: { message: DeliveryMessage; delaySeconds?: number }[] = [];
  let delivery = {
    ...KEY,
    url: 'https://example.com/hook',
    owner: 'user-1',
    payload: '{"a":1}',
    state: 'pending',
    attempt_count: 0,
    attempts: [],
    ...row,
  } as unknown as Delivery;
  const dependencies: DispatchDependencies = {
    deliveries: {
      get: async () => delivery,
      recordAttempt: async (_, { attempt, state, dueAt }) => {
        order.push('record');
        delivery = {
          ...delivery,
          state,
          due_at: dueAt.toISOString(),
          attempt_count: delivery.attempt_count + 1,
          attempts: [...delivery.attempts, attempt],
        };
        return true;
      },
    },
    webhooks: {
      send: async (message, options) => {
        order.push('send');
        sent.push({ message, ...options });
      },
    },
    post: async (request) => {
      order.push('post');
      requests.push(request);
      return answer;
    },
    masterSecret: async () => 'master',
    now: () => NOW,
    random: () => 0.5,
  };
  return { dependencies, requests, sent, order, delivery: () => delivery };
}

test.each<[string, number, WebhookAnswer, string, number | undefined]>([
  ['2xx delivers it', 0, { statusCode: 204 }, 'delivered', undefined],
  ['410 ends it', 0, { statusCode: 410 }, 'gone', undefined],
  ['500 is tried again after 5 s', 0, { statusCode: 500 }, 'pending', 5],
  ['no answer is tried again after 5 s', 0, { error: 'ECONNRESET' }, 'pending', 5],
  ['Retry-After stretches a step', 0, { statusCode: 429, retryAfter: 8 }, 'pending', 8],
  ['Retry-After at most doubles a step', 0, { statusCode: 429, retryAfter: 9_999 }, 'pending', 10],
  ['the second retry comes after 5 min', 1, { statusCode: 500 }, 'pending', 300],
  ['the last failure exhausts it', 2, { statusCode: 500 }, 'exhausted', undefined],
])('%s', async (_, attempt_count, answer, state, delaySeconds) => {
  const { dependencies, sent, delivery } = world({ attempt_count }, answer);
  expect(await dispatchDelivery({ ...KEY, attempt_count }, dependencies)).toBe(state);
  expect(delivery()).toMatchObject({
    state,
    attempt_count: attempt_count + 1,
    attempts: [{ at: NOW.toISOString() }],
  });
  expect(sent).toEqual(
    delaySeconds === undefined
      ? []
      : [{ message: { ...KEY, attempt_count: attempt_count + 1 }, delaySeconds }],
  );
});

test('a retry is sent before it is recorded, so that a crash in between loses nothing', async () => {
  const { dependencies, order } = world({}, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies);
  expect(order).toEqual(['post', 'send', 'record']);
});

test('the row is looked at again five minutes after the retry should have come', async () => {
  const { dependencies, delivery } = world({}, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies);
  expect(delivery().due_at).toBe(new Date(NOW.getTime() + 305_000).toISOString());
});

test.each<[string, Partial<Delivery> | undefined]>([
  ['that is delivered', { state: 'delivered' }],
  ['that is further than the message', { attempt_count: 1 }],
])('a delivery %s is left alone', async (_, row) => {
  const { dependencies, order } = world(row);
  expect(await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies)).toBe('skipped');
  expect(order).toEqual([]);
});

test('a message without a row is done with', async () => {
  const { dependencies } = world();
  const gone = { ...dependencies, deliveries: { ...dependencies.deliveries, get: async () => undefined } };
  expect(await dispatchDelivery({ ...KEY, attempt_count: 0 }, gone)).toBe('skipped');
});
