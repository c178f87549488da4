import { faultsAgainst, type JsonObject, openApiFile } from './contract/openapi-file.ts';
import { api, bearer, eventually, newUser, submit } from './local-cloud.ts';
import { picture, uploadPictures } from './pictures.ts';
import { answering, type Received, type Receiver, webhookReceiver } from './webhook-receiver.ts';

/** What the dispatcher sends is what the block "webhooks" of the document says. */

let receiver: Receiver;
beforeAll(async () => {
  receiver = await webhookReceiver(answering(204));
});
afterAll(() => receiver.stop());

const PLACE = ['webhooks', 'assemblyEnded', 'post'];
const { parameters, requestBody, responses } = openApiFile.webhooks.assemblyEnded.post as JsonObject;
const BODY = [...PLACE, 'requestBody', 'content', 'application/json', 'schema'];

/** Of HTTP itself. */
const TRANSPORT = ['host', 'connection', 'content-length', 'content-type'];

function faultsOf({ method, headers, body }: Received): string[] {
  const names = parameters.map(({ name }: JsonObject) => name);
  return [
    ...(method === 'POST' ? [] : [`the method is ${method}`]),
    ...(headers['content-type'] === Object.keys(requestBody.content)[0] ? [] : ['the type is another']),
    ...parameters.flatMap((_: JsonObject, index: number) =>
      faultsAgainst([...PLACE, 'parameters', String(index), 'schema'], headers[names[index]]),
    ),
    ...Object.keys(headers).filter((name) => !names.includes(name) && !TRANSPORT.includes(name)),
    ...faultsAgainst(BODY, JSON.parse(body)),
  ];
}

const arrived = (id: string): Promise<Received> =>
  eventually(
    () => receiver.received.find(({ body }) => JSON.parse(body).assembly_id === id),
    `the webhook of ${id}`,
  );

const text = (content: string): object => ({
  template_id: 'text-statistics',
  fields: { text: content },
  webhook_url: receiver.url,
});

test.each([
  ['completed', async (user: string) => (await submit(user, text('A text.'))).json.assembly_id],
  ['failed', async (user: string) => (await submit(user, text('…'))).json.assembly_id],
  [
    'completed',
    async (user: string) => uploadPictures(user, [await picture('a.jpg')], { webhook_url: receiver.url }),
  ],
  [
    'canceled',
    async (user: string) => {
      const body = {
        template_id: 'human-review',
        fields: { title: 'Never mind' },
        webhook_url: receiver.url,
      };
      const { json } = await submit(user, body);
      await api(`/assemblies/${json.assembly_id}`, { method: 'DELETE', headers: await bearer(user) });
      return json.assembly_id;
    },
  ],
])('the webhook of an assembly that is %s is as documented', async (status, play) => {
  const webhook = await arrived(await play(newUser()));
  expect(JSON.parse(webhook.body).status).toBe(status);
  expect(faultsOf(webhook)).toEqual([]);
});

test('a webhook that is not as documented would be seen', async () => {
  const [webhook] = receiver.received;
  if (!webhook) throw new Error('unreachable');
  const body = JSON.stringify({ ...JSON.parse(webhook.body), fields: { secret: true } });
  expect(faultsOf({ ...webhook, body })).toHaveLength(1);
  expect(faultsOf({ ...webhook, headers: { ...webhook.headers, 'webhook-id': 'evt_1' } })).toHaveLength(1);
  expect(faultsOf({ ...webhook, headers: { ...webhook.headers, 'x-more': '1' } })).toEqual(['x-more']);
});

// test/webhooks.e2e.test.ts has what each answer leads to.
test('success, the end and another attempt are the documented answers of a receiver', () => {
  expect(Object.keys(responses).sort()).toEqual(['2XX', '410', 'default']);
});
