import { createHmac } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { Webhook } from 'standardwebhooks';
import type { Delivery } from '../lib/domain/delivery.ts';
import {
  api,
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';
import { answering, type Receiver, webhookReceiver } from './webhook-receiver.ts';

const receivers: Receiver[] = [];
async function receiverThat(answer: Parameters<typeof webhookReceiver>[0]): Promise<Receiver> {
  const receiver = await webhookReceiver(answer);
  receivers.push(receiver);
  return receiver;
}
afterAll(() => {
  for (const { stop } of receivers) stop();
});

/** The rows of the deployed deliveries table for one assembly. */
async function deliveriesOf(assemblyId: string): Promise<Delivery[]> {
  const { dynamodb_endpoint, tables } = localWaybill();
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...LOCAL_AWS, endpoint: dynamodb_endpoint }),
  );
  const { Items } = await client.send(
    new QueryCommand({
      TableName: tables.deliveries,
      KeyConditionExpression: 'endpoint_id = :id',
      ExpressionAttributeValues: { ':id': `assembly:${assemblyId}` },
    }),
  );
  return Items as Delivery[];
}

const deliveryIn = (
  assemblyId: string,
  isSo: (delivery: Delivery) => boolean,
  timeoutMs?: number,
): Promise<Delivery> =>
  eventually(async () => (await deliveriesOf(assemblyId)).find(isSo), 'the delivery', timeoutMs);

const webhookSecretOf = async (user: string): Promise<string> =>
  (await api('/webhook-secret', { headers: await bearer(user) })).json.secret;

describe('the webhook of a webhook_url', () => {
  test('carries the status, signed in both ways, and is recorded as delivered', async () => {
    const user = newUser();
    const receiver = await receiverThat(answering(204));
    const { json } = await submit(user, {
      template_id: 'text-statistics',
      fields: { text: 'A “quoted” text, with 1.50 and é.' },
      webhook_url: receiver.url,
    });
    const delivery = await deliveryIn(json.assembly_id, ({ state }) => state === 'delivered');
    expect(receiver.received).toHaveLength(1);
    const [webhook] = receiver.received;
    if (!webhook) throw new Error('unreachable');

    const secret = await webhookSecretOf(user);
    const headers = webhook.headers as Record<string, string>;
    expect(() => new Webhook(secret).verify(webhook.body, headers)).not.toThrow();
    expect(() =>
      new Webhook(secret).verify(webhook.body.replace('completed', 'Completed'), headers),
    ).toThrow();
    const asTheSeedDoes = createHmac('sha256', secret).update(JSON.stringify(JSON.parse(webhook.body)));
    expect(headers['x-transflow-signature']).toBe(`sha256=${asTheSeedDoes.digest('hex')}`);

    const status = (await statusOf(user, json.assembly_id)).json;
    expect(JSON.parse(webhook.body)).toEqual(status);
    expect(webhook).toMatchObject({ method: 'POST', path: '/hook' });
    expect(headers['content-type']).toBe('application/json');
    expect(delivery).toMatchObject({ event_id: headers['webhook-id'], attempt_count: 1 });
    expect(delivery.attempts).toEqual([
      { at: expect.any(String), duration_ms: expect.any(Number), status_code: 204 },
    ]);
  });

  test('of another user is signed with another secret', async () => {
    const [one, other] = await Promise.all([webhookSecretOf(newUser()), webhookSecretOf(newUser())]);
    expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(one).not.toBe(other);
  });

  test('comes again after a failure, with the same id, the same bytes and a fresh timestamp', async () => {
    const user = newUser();
    const receiver = await receiverThat((response, count) => answering(count === 1 ? 503 : 200)(response));
    const { json } = await submit(user, {
      template_id: 'text-statistics',
      fields: { text: 'Once more.' },
      webhook_url: receiver.url,
    });
    const delivery = await deliveryIn(json.assembly_id, ({ state }) => state === 'delivered');
    expect(delivery.attempts.map(({ status_code }) => status_code)).toEqual([503, 200]);
    const [first, second] = receiver.received;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    const sentAt = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThanOrEqual(4);
    const secret = await webhookSecretOf(user);
    for (const { headers, body } of receiver.received)
      expect(() => new Webhook(secret).verify(body, headers as Record<string, string>)).not.toThrow();
  });

  test.each([
    ['410 ends it', 410, 'gone'],
    ['a redirect is a failure and is not followed', 302, 'pending'],
    ['400 is a failure', 400, 'pending'],
  ])('%s', async (_, status, state) => {
    const target = await receiverThat(answering(200));
    const receiver = await receiverThat(answering(status, { location: target.url }));
    const { json } = await submit(newUser(), {
      template_id: 'text-statistics',
      fields: { text: 'Gone or not.' },
      webhook_url: receiver.url,
    });
    const delivery = await deliveryIn(json.assembly_id, ({ attempt_count }) => attempt_count === 1);
    expect(delivery).toMatchObject({ state, attempts: [{ status_code: status }] });
    expect(target.received).toEqual([]);
  });

  test('to nobody is recorded with what went wrong', async () => {
    const receiver = await receiverThat(answering(200));
    receiver.stop();
    const { json } = await submit(newUser(), {
      template_id: 'text-statistics',
      fields: { text: 'Anybody there?' },
      webhook_url: receiver.url,
    });
    const delivery = await deliveryIn(json.assembly_id, ({ attempt_count }) => attempt_count === 1);
    expect(delivery).toMatchObject({
      state: 'pending',
      attempts: [{ error: expect.stringContaining('ECONNREFUSED') }],
    });
  });

  test('is sent for a failed assembly, and again under another id for its next attempt', async () => {
    const user = newUser();
    const receiver = await receiverThat(answering(200));
    const request = { template_id: 'text-statistics', fields: { text: '…' }, webhook_url: receiver.url };
    const { json } = await submit(user, request);
    await ended(user, json.assembly_id);
    await eventually(() => receiver.received[0], 'the first webhook');
    await submit(user, request);
    await eventually(() => receiver.received[1], 'the second webhook');
    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body));
    expect(first).toMatchObject({ status: 'failed', attempt: 1, error: 'The text contains no words.' });
    expect(second).toMatchObject({ status: 'failed', attempt: 2 });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });
});
