import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { RateLimitedError, StepError } from '../../lib/domain/assembly-error.ts';
import {
  type Behaviour,
  type MessageReceiver,
  type ReceiverPlan,
  startMessageReceiver,
} from '../../scripts/demo/delivery/message-receiver.ts';
import { messageDelivery } from '../../templates/message-delivery.ts';
import { postMessage } from '../../templates/post-message.ts';
import { IDEMPOTENCY_KEY as KEY, sendTo } from './send-to.ts';

const RECIPIENT = { bioguideId: 'X000001', name: 'Ada Wren', chamber: 'senate' };
const FIELDS = { subject: 'The lighthouse', message: 'Keep it lit.', recipients: [RECIPIENT] };

const receivers: MessageReceiver[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const receiver of receivers.splice(0)) receiver.stop();
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function receiverThat(plan?: ReceiverPlan): Promise<MessageReceiver> {
  const receiver = await startMessageReceiver(plan);
  receivers.push(receiver);
  return receiver;
}

interface Sending {
  readonly urls: object;
  readonly recipient?: object;
  readonly fields?: object;
  readonly signal?: AbortSignal;
}

const send = ({ urls, recipient = RECIPIENT, fields, signal }: Sending) =>
  sendTo(
    messageDelivery,
    { ...FIELDS, ...fields, recipients: [recipient] },
    { config: { urls }, ...(signal && { signal }) },
  );

/** What sending fails with, where the receiver does this. */
async function errorOf(behaviour: Behaviour): Promise<StepError> {
  const { urls } = await receiverThat(() => behaviour);
  const error = await send({ urls }).then(
    (receipt) => `sent: ${JSON.stringify(receipt)}`,
    (thrown) => thrown,
  );
  if (!(error instanceof StepError)) throw new Error(`Expected a StepError, not ${error}`);
  return error;
}

describe('a message that arrives', () => {
  test('is posted to its chamber with all that the receiver needs, and confirmed', async () => {
    const receiver = await receiverThat();
    const sender = { name: 'Ben Reed', email: 'ben@example.com' };
    const receipt = await send({ urls: receiver.urls, fields: { sender, nonce: '2' } });
    expect(receiver.requests).toEqual([
      {
        at: expect.any(Number),
        path: '/senate',
        contentType: 'application/json',
        idempotencyKey: KEY,
        body: {
          assembly_id: 'a'.repeat(64),
          submission_id: 'X000001',
          recipient: RECIPIENT,
          subject: 'The lighthouse',
          message: 'Keep it lit.',
          sender,
        },
      },
    ]);
    expect(receipt).toEqual({ confirmation: receiver.taken.get(KEY)?.confirmation });
    await send({ urls: receiver.urls, recipient: { id: 'h-1', name: 'Cy Ott', chamber: 'house' } });
    expect(receiver.requests.map(({ path }) => path)).toEqual(['/senate', '/house']);
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['confirmation', '{"confirmation":"C-1"}', 'C-1'],
    ['cwcConfirmation', '{"cwcConfirmation":"CWC-12345"}', 'CWC-12345'],
    ['a number', '{"confirmation":17}', '17'],
    ['an object, which confirms nothing', '{"confirmation":{"id":1}}', undefined],
    ['an empty text', '{"confirmation":""}', undefined],
    ['no confirmation', '{}', undefined],
    ['null', 'null', undefined],
    ['a page', '<html>Thank you</html>', undefined],
    ['nothing', undefined, undefined],
  ])('is submitted where the answer has %s', async (_, body, confirmation) => {
    const { urls } = await receiverThat(() => ({ status: 202, body }));
    expect(await send({ urls })).toEqual(confirmation === undefined ? {} : { confirmation });
  });

  test('is submitted where the answer has no end, of which little is read', async () => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    let written = 0;
    const url = await serverThat((response) => {
      const more = (): void => {
        written += 65_536;
        response.write('x'.repeat(65_536));
      };
      response.on('drain', more).on('close', resolve);
      more();
    });
    expect(await send({ urls: { senate: url } })).toEqual({});
    await left;
    expect(written).toBeLessThan(32_000_000); // what the buffers on the way may hold
  });

  test.each([
    [60_000, { confirmation: 'C-1' }],
    [70_000, {}],
  ])('is confirmed within the first 64 KB of the answer: %i bytes', async (length, receipt) => {
    const body = JSON.stringify({ padding: 'x'.repeat(length), confirmation: 'C-1' });
    const { urls } = await receiverThat(() => ({ status: 200, body }));
    expect(await send({ urls })).toEqual(receipt);
  });

  test('has a connection of its own: one that is kept can die unseen', async () => {
    const sockets = new Set<unknown>();
    const url = await serverThat((response) => {
      sockets.add(response.socket);
      response.end();
    });
    await send({ urls: { senate: url } });
    await setTimeout(50); // for a connection that is kept to be free again
    await send({ urls: { senate: url } });
    expect(sockets.size).toBe(2);
  });

  test('is submitted where the answer breaks off: it had been said', async () => {
    const url = await serverThat((response) => {
      response.write('{"confirm');
      setTimeout(20).then(() => response.destroy());
    });
    expect(await send({ urls: { senate: url } })).toEqual({});
  });

  test('keeps its key over all tries, and what was taken is not taken twice', async () => {
    const behaviours: Behaviour[] = [{ status: 500 }, 'lose_answer', { status: 400 }];
    const receiver = await receiverThat((_, tries) => behaviours[tries - 1] ?? 'accept');
    await expect(send(receiver)).rejects.toThrow('The receiver is not available.');
    await expect(send(receiver)).rejects.toThrow('The receiver is not available.');
    const receipt = await send(receiver);
    expect(receiver.requests.map(({ idempotencyKey }) => idempotencyKey)).toEqual([KEY, KEY, KEY]);
    expect([...receiver.taken.values()].map(({ confirmation }) => confirmation)).toEqual([
      receipt?.confirmation,
    ]);
  });
});

describe('a receiver that asks to wait', () => {
  test.each<[string, Behaviour, number | undefined]>([
    ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, 7],
    ['429 at once', { status: 429, headers: { 'retry-after': '0' } }, 1],
    [
      '429 with a date of the past',
      { status: 429, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } },
      1,
    ],
    ['429 with junk', { status: 429, headers: { 'retry-after': 'soon' } }, undefined],
    ['429 with less than nothing', { status: 429, headers: { 'retry-after': '-5' } }, undefined],
    ['429 without a word', { status: 429 }, undefined],
    ['503 with seconds', { status: 503, headers: { 'retry-after': '30' } }, 30],
  ])('%s', async (_, behaviour, seconds) => {
    const error = await errorOf(behaviour);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect((error as RateLimitedError).retryAfterSeconds).toBe(seconds);
  });

  test('may name a date', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    const error = await errorOf({ status: 503, headers: { 'retry-after': date } });
    const { retryAfterSeconds = 0 } = error as RateLimitedError;
    expect(retryAfterSeconds).toBeLessThanOrEqual(90);
    expect(retryAfterSeconds).toBeGreaterThan(60);
  });
});

describe('a receiver that cannot now', () => {
  test.each<[string, Behaviour, string]>([
    ['500', { status: 500 }, 'receiver_unavailable'],
    ['502', { status: 502 }, 'receiver_unavailable'],
    ['503 without Retry-After', { status: 503 }, 'receiver_unavailable'],
    ['503 with junk', { status: 503, headers: { 'retry-after': 'soon' } }, 'receiver_unavailable'],
    ['504', { status: 504 }, 'receiver_unavailable'],
    ['408', { status: 408 }, 'receiver_unavailable'],
    ['425', { status: 425 }, 'receiver_unavailable'],
    ['409: an earlier try is in work', { status: 409 }, 'receiver_busy'],
    ['a connection that ends', 'hang_up', 'receiver_unavailable'],
  ])('is tried again: %s', async (_, behaviour, code) => {
    const error = await errorOf(behaviour);
    expect(error).not.toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ code, category: 'WORKER_ERROR', retryable: true });
  });

  test('is tried again where nobody listens, and does not tell the address', async () => {
    const receiver = await receiverThat();
    receiver.stop();
    const error = await send(receiver).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'receiver_unavailable', retryable: true, cause: 'ECONNREFUSED' });
  });

  test('is tried again where it takes too long', async () => {
    const { urls } = await receiverThat(() => 'hang');
    const signal = new AbortController().signal;
    const error = await postMessage(urls.house, {}, { idempotencyKey: KEY, signal, timeoutMs: 50 }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'receiver_timeout', category: 'WORKER_ERROR', retryable: true });
  });

  test('is left when the work is of no use any more', async () => {
    const stop = new AbortController();
    const reason = new Error('canceled');
    const { urls } = await receiverThat(() => {
      stop.abort(reason);
      return 'hang';
    });
    await expect(send({ urls, signal: stop.signal })).rejects.toBe(reason);
  });
});

describe('what will not pass', () => {
  test.each([400, 401, 403, 404, 410, 413, 422, 451])('%i is refused for good', async (status) => {
    const error = await errorOf({ status, body: 'No such office.' });
    expect(error).toMatchObject({
      code: 'message_refused',
      category: 'VALIDATION_ERROR',
      retryable: false,
      sentence: { en: 'The receiver refused the message.', fr: expect.any(String) },
      cause: `The receiver answered ${status}: No such office.`,
    });
  });

  test('quotes little of a refusal, and only for the developer', async () => {
    const { sentence, cause } = await errorOf({ status: 400, body: 'x'.repeat(100_000) });
    expect(JSON.stringify(sentence)).not.toContain('xx');
    expect(String(cause)).toBe(`The receiver answered 400: ${'x'.repeat(200)}`);
  });

  test.each([301, 302, 303, 307, 308, 304])('%i is not followed', async (status) => {
    const elsewhere = await receiverThat();
    const error = await errorOf({ status, headers: { location: elsewhere.urls.house } });
    expect(error).toMatchObject({ code: 'receiver_moved', retryable: false });
    expect(elsewhere.requests).toEqual([]);
  });

  test('a chamber without a URL', async () => {
    const { urls, requests } = await receiverThat();
    await expect(send({ urls: { house: urls.house } })).rejects.toMatchObject({
      code: 'not_configured',
      retryable: false,
      message: 'The deployment has no URL for the chamber “senate”.',
    });
    expect(requests).toEqual([]);
  });
});

describe('fields', () => {
  const accepts = (change: object): boolean =>
    messageDelivery.fields.safeParse({ ...FIELDS, ...change }).success;

  test.each([
    ['a recipient of CWC', {}],
    ['an id', { recipients: [{ id: 'a', name: 'Ada', chamber: 'house' }] }],
    ['ten thousand', { recipients: Array(10_000).fill(RECIPIENT) }],
    ['a sender', { sender: { name: 'Ben' } }],
  ])('may have %s', (_, change) => {
    expect(accepts(change)).toBe(true);
  });

  test.each([
    ['no recipients', { recipients: [] }],
    ['more than ten thousand', { recipients: Array(10_001).fill(RECIPIENT) }],
    ['a recipient without an id', { recipients: [{ name: 'Ada', chamber: 'house' }] }],
    ['another chamber', { recipients: [{ ...RECIPIENT, chamber: 'lords' }] }],
    ['what a recipient does not have', { recipients: [{ ...RECIPIENT, url: 'http://127.0.0.1' }] }],
    ['what nobody knows', { urls: { senate: 'http://127.0.0.1' } }],
    ['an empty subject', { subject: '' }],
    ['a subject without end', { subject: 'x'.repeat(501) }],
    ['a message without end', { message: 'x'.repeat(20_001) }],
    ['an address that is none', { sender: { name: 'Ben', email: 'ben' } }],
  ])('may not have %s', (_, change) => {
    expect(accepts(change)).toBe(false);
  });
});

describe('configuration', () => {
  const accepts = (config: unknown): boolean =>
    'config' in messageDelivery && messageDelivery.config?.safeParse(config).success === true;

  test.each([
    { urls: { senate: 'https://senate.example.com/messages', house: 'http://10.0.0.7:8080/' } },
    { urls: { senate: 'https://senate.example.com' } },
  ])('%j', (config) => {
    expect(accepts(config)).toBe(true);
  });

  test.each([
    undefined,
    {},
    { urls: { lords: 'https://example.com' } },
    { urls: { senate: 'senate.example.com' } },
    { urls: { senate: 'ftp://example.com' } },
    { urls: { senate: 'file:///etc/passwd' } },
    { urls: { senate: 'https://user:secret@example.com' } },
    { urls: { senate: 'https://example.com' }, secret: 's' },
  ])('not %j', (config) => {
    expect(accepts(config)).toBe(false);
  });
});

/** Answers 200, with the body that the test writes. */
async function serverThat(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_, response) => answer(response.writeHead(200)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
