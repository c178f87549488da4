import {
  type DispatchDependencies,
  dispatchDelivery,
} from '../../../lambdas/webhook-dispatcher/dispatch-delivery.ts';
import type { WebhookAnswer, WebhookRequest } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import type { Delivery, DeliveryMessage } from '../../../lib/domain/delivery.ts';
import { WEBHOOK_SCHEDULE } from '../../../lib/domain/retry-schedule.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const KEY = { endpoint_id: 'assembly:1', event_id: 'evt_1' };
const inSeconds = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

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
      hold: async ({ attempt_count }) => {
        order.push('hold');
        return delivery.state === 'pending' && delivery.attempt_count === attempt_count
          ? delivery
          : undefined;
      },
      recordAttempt: async (_, attempt, outcome) => {
        order.push('record');
        const { next_attempt_at, due_at, ...rest } = delivery;
        delivery = {
          ...rest,
          state: outcome.state,
          ...(outcome.state === 'pending' && {
            next_attempt_at: outcome.nextAttemptAt.toISOString(),
            due_at: outcome.dueAt.toISOString(),
          }),
          attempt_count: delivery.attempt_count + 1,
          attempts: [...delivery.attempts, attempt],
        };
        return true;
      },
      moveDue: async (_, dueAt) => {
        order.push('move');
        delivery = { ...delivery, due_at: dueAt.toISOString() };
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
    schedule: WEBHOOK_SCHEDULE,
    now: () => NOW,
    random: () => 0.5,
  };
  return { dependencies, requests, sent, order, delivery: () => delivery };
}

test.each<[string, number, WebhookAnswer, string, number | undefined]>([
  ['2xx delivers it', 0, { statusCode: 204 }, 'delivered', undefined],
  ['410 ends it', 0, { statusCode: 410 }, 'gone', undefined],
  ['500 is tried again after 5 s', 0, { statusCode: 500 }, 'pending', 5],
  ['a redirect is tried again after 5 s', 0, { statusCode: 302 }, 'pending', 5],
  ['no answer is tried again after 5 s', 0, { error: 'ECONNRESET' }, 'pending', 5],
  ['Retry-After stretches a step', 0, { statusCode: 429, retryAfter: '8' }, 'pending', 8],
  ['Retry-After at most doubles a step', 0, { statusCode: 429, retryAfter: '9999' }, 'pending', 10],
  [
    'Retry-After may be a date',
    0,
    { statusCode: 503, retryAfter: 'Sat, 21 Nov 2026 12:00:07 GMT' },
    'pending',
    7,
  ],
  ['Retry-After of nonsense is none', 0, { statusCode: 503, retryAfter: 'soon' }, 'pending', 5],
  ['the second retry comes after 5 min', 1, { statusCode: 500 }, 'pending', 300],
  ['the third is too far away for a message', 2, { statusCode: 500 }, 'pending', undefined],
  ['the last failure exhausts it', 9, { statusCode: 500 }, 'exhausted', undefined],
  ['410 at the last attempt ends it all the same', 9, { statusCode: 410 }, 'gone', undefined],
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

test('a retry is recorded before it is sent: it could be there at once, and find no row', async () => {
  const { dependencies, order } = world({}, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, schedule: [0] });
  expect(order).toEqual(['hold', 'post', 'record', 'send']);
});

test('the row is looked at again five minutes after the retry should have come', async () => {
  const { dependencies, delivery } = world({}, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies);
  expect(delivery()).toMatchObject({ next_attempt_at: inSeconds(5), due_at: inSeconds(305) });
});

test('a wait that is too long for a message is left to sweep', async () => {
  const { dependencies, delivery } = world({ attempt_count: 2 }, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 2 }, dependencies);
  expect(delivery()).toMatchObject({ next_attempt_at: inSeconds(1_800), due_at: inSeconds(1_800) });
});

test.each<[number, number, number | undefined]>([
  [900, 1_200, 900],
  [901, 901, undefined],
])('a wait of %i s is due after %i s', async (step, due, delaySeconds) => {
  const { dependencies, delivery, sent } = world({}, { statusCode: 500 });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, schedule: [step] });
  expect(delivery().due_at).toBe(inSeconds(due));
  expect(sent.map((one) => one.delaySeconds)).toEqual(delaySeconds === undefined ? [] : [delaySeconds]);
});

test('an ended delivery waits for nothing', async () => {
  const { dependencies, delivery } = world({ next_attempt_at: NOW.toISOString(), due_at: NOW.toISOString() });
  await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies);
  expect(delivery()).not.toHaveProperty('due_at');
  expect(delivery()).not.toHaveProperty('next_attempt_at');
});

test.each<[string, Partial<Delivery>]>([
  ['that is delivered', { state: 'delivered' }],
  ['that is further than the message', { attempt_count: 1 }],
])('a delivery %s is left alone', async (_, row) => {
  const { dependencies, order } = world(row);
  expect(await dispatchDelivery({ ...KEY, attempt_count: 0 }, dependencies)).toBe('skipped');
  expect(order).toEqual(['hold']);
});

test('an attempt that somebody else has recorded meanwhile is followed by no message of ours', async () => {
  const { dependencies, order } = world({}, { statusCode: 500 });
  const deliveries = { ...dependencies.deliveries, recordAttempt: async () => false };
  expect(await dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, deliveries })).toBe(
    'skipped',
  );
  expect(order).toEqual(['hold', 'post']);
});

describe('a fault of ours', () => {
  const fail = async (): Promise<never> => {
    throw new Error('not available');
  };

  test('before the post costs the receiver nothing: not even the row is touched', async () => {
    const { dependencies, order } = world();
    const dispatched = dispatchDelivery(
      { ...KEY, attempt_count: 0 },
      { ...dependencies, masterSecret: fail },
    );
    await expect(dispatched).rejects.toThrow('not available');
    expect(order).toEqual([]);
  });

  test('at reading the row neither', async () => {
    const { dependencies, order } = world();
    const deliveries = { ...dependencies.deliveries, hold: fail };
    const dispatched = dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, deliveries });
    await expect(dispatched).rejects.toThrow('not available');
    expect(order).toEqual([]);
  });

  test('at recording makes the message come again', async () => {
    const { dependencies, sent } = world({}, { statusCode: 500 });
    const deliveries = { ...dependencies.deliveries, recordAttempt: fail };
    const dispatched = dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, deliveries });
    await expect(dispatched).rejects.toThrow('not available');
    expect(sent).toEqual([]);
  });

  test('at sending the retry leaves it to sweep, at its time', async () => {
    const { dependencies, delivery, order } = world({}, { statusCode: 500 });
    const webhooks = { send: fail };
    expect(await dispatchDelivery({ ...KEY, attempt_count: 0 }, { ...dependencies, webhooks })).toBe(
      'pending',
    );
    expect(order).toEqual(['hold', 'post', 'record', 'move']);
    expect(delivery()).toMatchObject({
      attempt_count: 1,
      next_attempt_at: inSeconds(5),
      due_at: inSeconds(5),
    });
  });
});
