import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the receiver does with one request. */
export type Behaviour =
  /** Takes the message, and confirms it. */
  | 'accept'
  /** Takes the message, and ends the connection before the answer. */
  | 'lose_answer'
  /** Ends the connection, and takes nothing. */
  | 'hang_up'
  /** Never answers. */
  | 'hang'
  /** Answers this, and takes nothing. */
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/** @param tries how often this recipient's message came, with this one; from 1 */
export type ReceiverPlan = (recipient: MessageRecipient, tries: number) => Behaviour | Promise<Behaviour>;

export interface MessageRecipient {
  readonly id?: string;
  readonly bioguideId?: string;
  readonly name: string;
  readonly chamber: string;
}

export interface MessageBody {
  readonly assembly_id: string;
  readonly submission_id: string;
  readonly recipient: MessageRecipient;
  readonly subject: string;
  readonly message: string;
  readonly sender?: { readonly name: string; readonly email?: string };
}

export interface MessageRequest {
  /** Epoch milliseconds. */
  readonly at: number;
  /** `/senate` or `/house`. */
  readonly path: string;
  readonly contentType: string | undefined;
  readonly idempotencyKey: string;
  readonly body: MessageBody;
}

/** A message that was taken: one for each idempotency key. */
export interface TakenMessage {
  readonly confirmation: string;
  readonly body: MessageBody;
}

export interface MessageReceiver {
  /** For `templateConfig` of `message-delivery`. */
  readonly urls: { readonly senate: string; readonly house: string };
  /** Every request, in order. */
  readonly requests: readonly MessageRequest[];
  /** By idempotency key. */
  readonly taken: ReadonlyMap<string, TakenMessage>;
  stop(): void;
}

/** The gateways of both chambers, on loopback: they take each idempotency key once, and do as the plan says. */
export async function startMessageReceiver(plan: ReceiverPlan = () => 'accept'): Promise<MessageReceiver> {
  const requests: MessageRequest[] = [];
  const taken = new Map<string, TakenMessage>();
  const tries = new Map<string, number>();
  const server = createServer(async (request, response) => {
    // Undefined where the sender hung up in the middle of it.
    const sent = await text(request).catch(() => undefined);
    if (sent === undefined) return response.destroy();
    const body: MessageBody = JSON.parse(sent);
    const idempotencyKey = String(request.headers['idempotency-key']);
    requests.push({
      at: Date.now(),
      path: request.url ?? '',
      contentType: request.headers['content-type'],
      idempotencyKey,
      body,
    });
    const submission = `${body.assembly_id} ${body.submission_id}`;
    tries.set(submission, (tries.get(submission) ?? 0) + 1);
    const planned = await plan(body.recipient, tries.get(submission) ?? 1);
    // What was taken once is answered as it was then, and is no second message.
    const behaviour = taken.has(idempotencyKey) ? 'accept' : planned;
    if (typeof behaviour === 'object')
      return response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
    if (behaviour === 'hang') return;
    if (behaviour === 'hang_up') return response.destroy();
    const message = taken.get(idempotencyKey) ?? { confirmation: confirmationOf(idempotencyKey), body };
    taken.set(idempotencyKey, message);
    if (behaviour === 'lose_answer') return response.destroy();
    return response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ confirmation: message.confirmation }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urls: { senate: `http://127.0.0.1:${port}/senate`, house: `http://127.0.0.1:${port}/house` },
    requests,
    taken,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Of the key, so that the same message has the same one wherever it is seen. */
const confirmationOf = (idempotencyKey: string): string =>
  `CWC-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 8).toUpperCase()}`;
