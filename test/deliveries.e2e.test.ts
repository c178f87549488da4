import * as z from 'zod';
import { shownDelivery } from '../lib/domain/shown-delivery.ts';
import { api, bearer, ended, eventually, localWaybill, newUser, submit } from './local-cloud.ts';
import { answering, type Receiver, webhookReceiver } from './webhook-receiver.ts';

const page = z.strictObject({ deliveries: z.array(shownDelivery), cursor: z.string().optional() });
type Page = z.infer<typeof page>;

const receivers: Receiver[] = [];
async function receiverThat(answer: Parameters<typeof webhookReceiver>[0]): Promise<Receiver> {
  const receiver = await webhookReceiver(answer);
  receivers.push(receiver);
  return receiver;
}
afterAll(() => {
  for (const { stop } of receivers) stop();
});

async function deliveriesOf(user: string, id: string, query = ''): Promise<Page> {
  const { status, json } = await api(`/assemblies/${id}/deliveries${query}`, { headers: await bearer(user) });
  expect(status).toBe(200);
  return page.parse(json);
}

const deliveredIn = (user: string, id: string, count: number): Promise<Page> =>
  eventually(async () => {
    const found = await deliveriesOf(user, id);
    const delivered = found.deliveries.filter(({ state }) => state === 'delivered');
    return delivered.length === count ? found : undefined;
  }, `${count} deliveries of ${id}`);

/** Fails each time that it is submitted, and so has an event for each. */
const failing = (webhook_url: string) => ({
  template_id: 'text-statistics',
  fields: { text: '…' },
  webhook_url,
});

test('the owner sees each attempt of a delivery, and the address as it was submitted', async () => {
  const user = newUser();
  const receiver = await receiverThat(answering(204));
  const webhook_url = `${receiver.url}?token=mine`;
  const { json } = await submit(user, failing(webhook_url));
  const { deliveries, cursor } = await deliveredIn(user, json.assembly_id, 1);
  expect(deliveries).toEqual([
    {
      event_id: receiver.received[0]?.headers['webhook-id'],
      endpoint_id: `assembly:${json.assembly_id}`,
      url: webhook_url,
      state: 'delivered',
      attempt_count: 1,
      attempts: [{ at: expect.any(String), duration_ms: expect.any(Number), status_code: 204 }],
      created_at: expect.any(String),
    },
  ]);
  expect(cursor).toBeUndefined();
});

test('a delivery that failed says why, and when it is tried again', async () => {
  const user = newUser();
  const receiver = await receiverThat((response) => answering(429, { 'retry-after': '9' })(response));
  const { json } = await submit(user, failing(receiver.url));
  const delivery = await eventually(
    async () =>
      (await deliveriesOf(user, json.assembly_id)).deliveries.find((one) => one.attempt_count === 1),
    'the first attempt',
  );
  expect(delivery).toMatchObject({ state: 'pending', attempts: [{ status_code: 429 }] });
  const { at = '', duration_ms = 0 } = delivery.attempts[0] ?? {};
  const wait = Date.parse(delivery.next_attempt_at ?? '') - Date.parse(at) - duration_ms;
  expect(wait).toBeGreaterThanOrEqual(9_000);
  expect(wait).toBeLessThan(9_100);
});

test('the newest comes first, page by page', async () => {
  const user = newUser();
  const receiver = await receiverThat(answering(200));
  const { json } = await submit(user, failing(receiver.url));
  const id = json.assembly_id;
  await ended(user, id);
  for (const count of [2, 3]) {
    await deliveredIn(user, id, count - 1);
    await submit(user, failing(receiver.url));
    await ended(user, id);
  }
  const { deliveries: all } = await deliveredIn(user, id, 3);
  const times = all.map(({ created_at }) => created_at);
  expect(times).toEqual([...times].sort().reverse());

  const first = await deliveriesOf(user, id, '?limit=2');
  expect(first.deliveries).toEqual(all.slice(0, 2));
  const second = await deliveriesOf(user, id, `?limit=2&cursor=${first.cursor}`);
  expect(second).toEqual({ deliveries: all.slice(2) });
});

test('an assembly without a webhook has none', async () => {
  const user = newUser();
  const { json } = await submit(user, { template_id: 'human-review', fields: { title: newUser() } });
  expect(await deliveriesOf(user, json.assembly_id)).toEqual({ deliveries: [] });
});

test('a webhook to this API itself is refused', async () => {
  const { url } = localWaybill();
  for (const webhook_url of [url, `${url}/assemblies`, url.toUpperCase()]) {
    const { status, json } = await submit(newUser(), failing(webhook_url));
    expect([status, json.errors?.[0]?.detail]).toEqual([400, 'names this API itself']);
  }
});
