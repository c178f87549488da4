import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

export interface ReceivedWebhook {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface WebhookReceiver {
  readonly url: string;
  /** Resolves with the first webhook. */
  readonly received: Promise<ReceivedWebhook>;
  stop(): void;
}

/** An HTTP server on loopback that takes webhooks and answers 204. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const { promise: received, resolve } = Promise.withResolvers<ReceivedWebhook>();
  const server = createServer(async (request, response) => {
    resolve({ headers: request.headers, body: await text(request) });
    response.writeHead(204).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    received,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Checks both signatures, the standard one with the npm package and `x-transflow-signature` over the body as the
 * receiver of seed 003 has it: parsed and serialized again.
 * @throws Error where one does not match
 */
export function verifyWebhook({ headers, body }: ReceivedWebhook, secret: string): void {
  new Webhook(secret).verify(body, headers as Record<string, string>);
  const digest = createHmac('sha256', secret)
    .update(JSON.stringify(JSON.parse(body)))
    .digest('hex');
  if (headers['x-transflow-signature'] !== `sha256=${digest}`)
    throw new Error('x-transflow-signature does not match the body');
}
