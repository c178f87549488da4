import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import { verifyWebhook } from '../demo/webhook-receiver.ts';
import { closedPort } from './closed-port.ts';
import type { Receipt } from './facts.ts';
import type { History } from './history.ts';

export interface ReceiverOptions {
  readonly downSeconds: number;
  /** What verifies the webhooks of a user. */
  readonly secretOf: (user: string) => string;
  readonly history: History;
  readonly random: () => number;
}

export interface UnreliableReceiver {
  readonly url: string;
  readonly receipts: readonly Receipt[];
  /** How many it turned away with a 500 while it was down. */
  turnedAway(): number;
  /** Begins the time that it is down. */
  start(): void;
  stop(): void;
}

/**
 * Of what ended after it was up, as many get no answer the first time: then the same event comes again. What ended before
 * may have no attempt left for that.
 */
const LOST_ANSWER_RATE = 0.1;

/** Takes webhooks: at first its port is closed, then it answers 500, and then it mostly works. */
export async function startUnreliableReceiver(options: ReceiverOptions): Promise<UnreliableReceiver> {
  const receipts: Receipt[] = [];
  let upSince: number | undefined;
  const lost = new Set<string>();
  let turnedAway = 0;
  const server = createServer(async (request, response) => {
    // Undefined where the dispatcher died in the middle of it.
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return response.destroy();
    if (upSince !== undefined) return take(request, response, body);
    turnedAway++;
    const { assembly_id, attempt } = JSON.parse(body) as AssemblyStatus;
    options.history.note(
      assembly_id,
      `webhook ${request.headers['webhook-id']}: attempt ${attempt}; answered 500`,
    );
    return response.writeHead(500).end();
  });
  const take = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const isNew = Date.parse((JSON.parse(body) as AssemblyStatus).completed_at ?? '') > (upSince ?? 0);
    const id = String(request.headers['webhook-id']);
    const taken = !isNew || lost.has(id) || options.random() >= LOST_ANSWER_RATE;
    if (!taken) lost.add(id);
    const receipt = receiptOf(request, body, taken, options);
    receipts.push(receipt);
    const { assemblyId, attempt, status, version } = receipt;
    const answered = taken ? '204' : 'hung up on';
    options.history.note(
      assemblyId,
      `webhook ${receipt.eventId}: attempt ${attempt} ${status}, version ${version}; ${answered}`,
    );
    if (taken) response.writeHead(204).end();
    else response.destroy();
  };
  const port = await closedPort();
  const stopping = new AbortController();
  const rise = async (): Promise<void> => {
    const half = (options.downSeconds * 1000) / 2;
    await wait(half, undefined, { signal: stopping.signal });
    server.listen(port, '127.0.0.1');
    await wait(half, undefined, { signal: stopping.signal });
    upSince = Date.now();
  };
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    receipts,
    turnedAway: () => turnedAway,
    start: () => void rise().catch(() => {}),
    stop: () => {
      stopping.abort();
      server.close();
      server.closeAllConnections();
    },
  };
}

function receiptOf(
  { headers }: IncomingMessage,
  body: string,
  taken: boolean,
  { secretOf }: ReceiverOptions,
): Receipt {
  const { assembly_id, attempt, version, status, user } = JSON.parse(body) as AssemblyStatus;
  return {
    eventId: String(headers['webhook-id']),
    assemblyId: assembly_id,
    attempt,
    version,
    status,
    body: createHash('sha256').update(body).digest('hex'),
    fault: faultOf(() => verifyWebhook({ headers, body }, secretOf(user.userId))),
    taken,
  };
}

function faultOf(verify: () => void): string | undefined {
  try {
    verify();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
