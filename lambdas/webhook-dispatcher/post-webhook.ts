import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { isAllowedAddress, type WebhookPolicy, whyRefused } from '../../lib/domain/webhook-address.ts';

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `statusCode` is absent where there was no answer; then `error` says why. */
export interface WebhookAnswer {
  readonly statusCode?: number;
  /** The header, as the receiver sent it. */
  readonly retryAfter?: string;
  readonly error?: string;
}

export interface PostOptions {
  /** Resolves names, as that of node:dns does. */
  readonly lookup?: typeof dnsLookup;
  /** For the whole exchange, name and connection included. */
  readonly timeoutMs?: number;
}

/** For the whole exchange, so that a receiver that trickles a byte a second holds nothing up. */
const EXCHANGE_TIMEOUT_MS = 15_000;
/** More of an answer is not read: nobody looks at it. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** A certificate with a thousand names is told as a text with all of them, and each attempt is kept. */
const MAX_ERROR_LENGTH = 300;

/**
 * One POST, without redirects, on a connection of its own. The address that is connected to is the one that was
 * checked: a name cannot resolve to a public address for the check and to a private one for the connection.
 */
export async function postWebhook(
  { url, headers, body }: WebhookRequest,
  policy: WebhookPolicy,
  { lookup = dnsLookup, timeoutMs = EXCHANGE_TIMEOUT_MS }: PostOptions = {},
): Promise<WebhookAnswer> {
  const reason = whyRefused(url, policy);
  if (reason !== undefined) return { error: `The URL ${reason}.` };
  const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  const payload = Buffer.from(body, 'utf8');
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: Error): void =>
      resolve({ error: signal.aborted ? `No complete answer within ${timeoutMs / 1000} s` : textOf(error) });
    // Whatever the connection does: a 101, for one, ends it without an error.
    signal.addEventListener('abort', () => fail(new Error('timeout')), { once: true });
    send(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': payload.length },
      agent: false,
      lookup: checkedLookup(policy, lookup),
      signal,
    })
      .on('error', fail)
      .on('upgrade', ({ statusCode }, socket) => {
        socket.destroy();
        resolve({ statusCode });
      })
      .on('response', (answer) => readAnswer(answer).then(resolve, fail))
      .end(payload);
  });
}

async function readAnswer(answer: IncomingMessage): Promise<WebhookAnswer> {
  let size = 0;
  for await (const chunk of answer) {
    size += (chunk as Buffer).length;
    if (size > MAX_ANSWER_BYTES) break;
  }
  const retryAfter = answer.headers['retry-after'];
  return { statusCode: answer.statusCode, ...(retryAfter !== undefined && { retryAfter }) };
}

/** Where several addresses were tried in vain, the error has a code and no text. */
const textOf = (error: NodeJS.ErrnoException): string =>
  (error.message || error.code || error.name).slice(0, MAX_ERROR_LENGTH);

/** Refuses a name as soon as one of its addresses is not allowed: which of them would be used is not ours to say. */
const checkedLookup =
  (policy: WebhookPolicy, lookup: typeof dnsLookup): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new Error('The host has no address'), '', 0);
      if (!addresses.every(({ address }) => isAllowedAddress(address, policy)))
        return callback(new Error('The host has an address that is not public'), '', 0);
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
    });
