import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { StatusLambdaClient } from '../../../lib/client/status-lambda-client.ts';
import {
  api,
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localWaybill,
  newUser,
  submit,
} from '../../local-cloud.ts';
import { answering, webhookReceiver } from '../../webhook-receiver.ts';

const { lambda_endpoint: endpoint, functions } = localWaybill();
const client = new StatusLambdaClient({ ...LOCAL_AWS, endpoint, functionName: functions.status });
const user = newUser();

/** As another program would invoke the function, without the client. */
async function invoke(payload: object): Promise<{ statusCode: number; body: string }> {
  const lambda = new LambdaClient({ ...LOCAL_AWS, endpoint });
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: functions.status, Payload: JSON.stringify(payload) }),
  );
  return JSON.parse(Payload?.transformToString() ?? '');
}

async function completed(request: object = {}): Promise<string> {
  const { json } = await submit(user, {
    template_id: 'text-statistics',
    fields: { text: 'Ask me directly.', nonce: String(Math.random()) },
    ...request,
  });
  await ended(user, json.assembly_id);
  return json.assembly_id;
}

test('gets the status that GET gets', async () => {
  const id = await completed();
  const result = await client.getStatus(id, user);
  expect(result).toMatchObject({ success: true, status: { assembly_id: id, ok: 'ASSEMBLY_COMPLETED' } });
});

test('speaks French where it is asked to', async () => {
  const result = await client.getStatus(await completed(), user, { language: 'fr' });
  expect(result).toMatchObject({ success: true, status: { message: 'Terminé' } });
});

test('tells a stranger the same as for one that never was', async () => {
  const id = await completed();
  const strange = await client.getStatus(id, newUser());
  const unknown = await client.getStatus('0'.repeat(64), user);
  expect(strange).toEqual(unknown);
  expect(strange).toMatchObject({
    success: false,
    statusCode: 404,
    error: expect.stringContaining('no such'),
  });
});

test('says what is wrong with a malformed id', async () => {
  expect(await client.getStatus('assembly_123', user)).toMatchObject({ success: false, statusCode: 400 });
});

test('is refused without a user, unless the caller says that it is trusted', async () => {
  const assemblyId = await completed();
  expect((await invoke({ assemblyId })).statusCode).toBe(401);
  expect((await invoke({ assemblyId, userId: '' })).statusCode).toBe(400);
  expect((await invoke({ assemblyId, trusted: false })).statusCode).toBe(400);
  expect((await invoke({ assemblyId, trusted: true })).statusCode).toBe(200);
  expect((await invoke({ assemblyId, userId: newUser(), trusted: true })).statusCode).toBe(404);
  expect((await invoke({ assemblyId, userId: user, nonsense: 1 })).statusCode).toBe(400);
});

test('puts a webhook on its way on demand, under the id that the event has anyway', async () => {
  const receiver = await webhookReceiver(answering(200));
  try {
    const id = await completed({ webhook_url: receiver.url });
    // While that one is in somebody's hands, another would be the same.
    await eventually(async () => {
      const { json } = await api(`/assemblies/${id}/deliveries`, { headers: await bearer(user) });
      return json.deliveries[0]?.state === 'delivered' || undefined;
    }, 'the webhook of the end');
    const result = await client.getStatusWithWebhook(id, user);
    expect(result).toMatchObject({ success: true, webhookQueued: true });
    await eventually(() => receiver.received[1], 'the webhook on demand');
    const [first, second] = receiver.received;
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
  } finally {
    receiver.stop();
  }
});

test('says that there is no webhook to send', async () => {
  const result = await client.getStatusWithWebhook(await completed(), user);
  expect(result).toMatchObject({ success: true, webhookQueued: false });
});

test('throws what the SDK throws where there is no such function', async () => {
  const lost = new StatusLambdaClient({ ...LOCAL_AWS, endpoint, functionName: 'no-such-function' });
  await expect(lost.getStatus('0'.repeat(64), user)).rejects.toThrow();
});
