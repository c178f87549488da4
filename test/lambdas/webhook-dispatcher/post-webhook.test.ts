import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { postWebhook } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import { answering, type Receiver, webhookReceiver } from '../../webhook-receiver.ts';

const LOOPBACK = { allowHttp: true, allowedCidrs: ['127.0.0.0/8'] };
const PUBLIC_ONLY = { allowHttp: true, allowedCidrs: [] };
const request = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"é":1}' });

let receiver: Receiver | undefined;
const start = async (answer: Parameters<typeof webhookReceiver>[0]) => {
  receiver = await webhookReceiver(answer);
  return receiver;
};
afterEach(() => receiver?.stop());

test('sends the bytes and tells how it was answered', async () => {
  const { url, received } = await start(answering(429, { 'retry-after': '7' }));
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ statusCode: 429, retryAfter: 7 });
  expect(received).toMatchObject([{ body: '{"é":1}', headers: { 'content-length': '8' } }]);
});

test('connects to an address only where it is allowed', async () => {
  const { url, received } = await start(answering(200));
  expect(await postWebhook(request(url), PUBLIC_ONLY)).toEqual({
    error: 'The URL names an address that is not public.',
  });
  expect(received).toEqual([]);
});

test('judges a name by the addresses that it has', async () => {
  const { url, received } = await start(answering(200));
  const named = url.replace('127.0.0.1', 'localhost');
  const elsewhere = { allowHttp: true, allowedCidrs: ['10.0.0.0/8'] };
  expect(await postWebhook(request(named), elsewhere)).toEqual({
    error: 'The host has an address that is not public',
  });
  expect(received).toEqual([]);
});

test('reads no more of an answer than it has to', async () => {
  const { url } = await start((response) => {
    response.writeHead(200);
    const pour = (): boolean => response.write('x'.repeat(65_536)) && pour();
    response.on('drain', pour);
    pour();
  });
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ statusCode: 200 });
});

test('takes an offer to speak another protocol for what it is: no success', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await postWebhook(request(`http://127.0.0.1:${port}/`), LOOPBACK)).toEqual({ statusCode: 101 });
  server.close();
});

test('says why there was no answer', async () => {
  const { url } = await start((response) => void response.destroy());
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ error: expect.stringContaining('hang up') });
});
