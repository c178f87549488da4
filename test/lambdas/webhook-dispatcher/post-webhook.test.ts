import type { lookup as dnsLookup, LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { postWebhook } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import { closedPort } from '../../../scripts/chaos/closed-port.ts';
import { eventually } from '../../local-cloud.ts';
import { answering, type Receiver, webhookReceiver } from '../../webhook-receiver.ts';

const LOOPBACK = { allowHttp: true, allowedCidrs: ['127.0.0.0/8'] };
const PUBLIC_ONLY = { allowHttp: true, allowedCidrs: [] };
const request = (url: string) => ({ url, headers: { 'content-type': 'application/json' }, body: '{"é":1}' });

let receiver: Receiver | undefined;
const start = async (answer: Parameters<typeof webhookReceiver>[0]) => {
  receiver = await webhookReceiver(answer);
  return receiver;
};
const servers: Server[] = [];
afterEach(() => {
  receiver?.stop();
  for (const server of servers.splice(0)) server.close();
});

test('sends the bytes and tells how it was answered', async () => {
  const { url, received } = await start(answering(429, { 'retry-after': '7' }));
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ statusCode: 429, retryAfter: '7' });
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

/** What a connection does that has asked; what comes over it is not looked at. */
async function socketThat(serve: (socket: Socket) => void): Promise<{ url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.once('data', () => serve(socket));
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, sockets };
}

const TIMEOUT_MS = 300;
const TOO_LATE = { error: 'No complete answer within 0.3 s' };
/** Writes that until the connection is gone. */
const again = (socket: Socket, text: string, everyMs: number): void => {
  const timer = setInterval(() => (socket.writable ? socket.write(text) : clearInterval(timer)), everyMs);
};
const pour = (socket: Socket): void => {
  const chunk = Buffer.alloc(65_536, 'x');
  const more = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
};

describe('a receiver that', () => {
  test.each<[string, (socket: Socket) => void, object]>([
    ['never answers', () => {}, TOO_LATE],
    [
      'answers a byte at a time',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        again(socket, 'x', 20);
      },
      TOO_LATE,
    ],
    [
      'writes its headers a byte at a time',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        again(socket, 'y', 20);
      },
      TOO_LATE,
    ],
    [
      'says for ever that an answer is to come',
      (socket) => again(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 5),
      TOO_LATE,
    ],
    [
      'answers in part',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
      TOO_LATE,
    ],
    [
      'answers in part and goes',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'),
      { error: 'aborted' },
    ],
    ['resets the connection', (socket) => socket.resetAndDestroy(), { error: 'read ECONNRESET' }],
    ['goes without a word', (socket) => socket.end(), { error: 'socket hang up' }],
    [
      'has headers without an end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        pour(socket);
      },
      { error: 'Parse Error: Header overflow' },
    ],
    ['does not speak HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'), { error: /^Parse Error/ }],
    [
      'streams for ever',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        pour(socket);
      },
      { statusCode: 200 },
    ],
    [
      'answers with 10 GB',
      (socket) => {
        socket.write(`HTTP/1.1 500 No\r\ncontent-length: ${10 * 2 ** 30}\r\n\r\n`);
        pour(socket);
      },
      { statusCode: 500 },
    ],
    [
      'asks to come back in two ways',
      (socket) => socket.end('HTTP/1.1 429 No\r\nretry-after: 7\r\nretry-after: 9\r\n\r\n'),
      { statusCode: 429, retryAfter: '7' },
    ],
  ])('%s', async (_, serve, expected) => {
    const { url, sockets } = await socketThat(serve);
    const start = performance.now();
    const answer = await postWebhook(request(url), LOOPBACK, { timeoutMs: TIMEOUT_MS });
    expect(performance.now() - start).toBeLessThan(TIMEOUT_MS + 500);
    const { error } = expected as { error?: string | RegExp };
    expect(answer).toEqual(error instanceof RegExp ? { error: expect.stringMatching(error) } : expected);
    // Nothing goes on behind our back.
    await eventually(() => (sockets.size === 0 ? true : undefined), 'the end of the connection', 1_000);
  });

  test('does not take what it is sent', async () => {
    const server = createServer((socket) => void socket.pause().on('error', () => {}));
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const large = { ...request(url), body: 'x'.repeat(20 * 2 ** 20) };
    expect(await postWebhook(large, LOOPBACK, { timeoutMs: TIMEOUT_MS })).toEqual(TOO_LATE);
  });

  test('answers with much is read to 64 KB and hardly further', async () => {
    let written = 0;
    const { url } = await socketThat((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      pour(socket);
      socket.on('close', () => {
        written = socket.bytesWritten;
      });
    });
    await postWebhook(request(url), LOOPBACK);
    await eventually(() => written || undefined, 'the end of the connection');
    // What the buffers of both sides hold comes on top.
    expect(written).toBeLessThan(16 * 2 ** 20);
  });

  test('has a name that does not resolve in time, is told as one that does not answer', async () => {
    const lookup = (() => {}) as unknown as typeof dnsLookup;
    const named = request('http://example.com/');
    expect(await postWebhook(named, LOOPBACK, { lookup, timeoutMs: TIMEOUT_MS })).toEqual(TOO_LATE);
  });

  test('has two addresses and is at neither, is told by the code', async () => {
    const { url } = await socketThat(() => {});
    const port = await closedPort();
    const both = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    const lookup = ((_: string, __: object, done: (error: null, addresses: LookupAddress[]) => void) =>
      done(null, both)) as unknown as typeof dnsLookup;
    const named = new URL(url.replace('127.0.0.1', 'example.com'));
    named.port = String(port);
    expect(await postWebhook(request(named.href), LOOPBACK, { lookup })).toEqual({
      error: expect.stringMatching(/ECONNREFUSED/),
    });
  });
});

test('takes an offer to speak another protocol for what it is: no success', async () => {
  const { url } = await socketThat((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
  );
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ statusCode: 101 });
});

test('says why there was no answer', async () => {
  const { url } = await start((response) => void response.destroy());
  expect(await postWebhook(request(url), LOOPBACK)).toEqual({ error: expect.stringContaining('hang up') });
});
