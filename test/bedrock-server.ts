import { once } from 'node:events';
import { createServer, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface AskedOfModel {
  readonly path: string;
  readonly body: {
    readonly system: readonly { readonly text: string }[];
    readonly messages: readonly {
      readonly role: string;
      readonly content: readonly { readonly text: string }[];
    }[];
    readonly inferenceConfig: { readonly maxTokens: number; readonly temperature: number };
  };
}

export type BedrockAnswer = (response: Http2ServerResponse, count: number) => void;

/** Bedrock on loopback, as the SDK speaks to it: HTTP/2, here without TLS. It keeps what it is asked and answers as the test says. */
export async function bedrockServer(answer: BedrockAnswer) {
  const asked: AskedOfModel[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    asked.push({ path: decodeURIComponent(request.url), body: JSON.parse(body) });
    answer(response, asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, endpoint: `http://127.0.0.1:${port}`, stop: () => void server.close() };
}

export const answeringJson =
  (body: string): BedrockAnswer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  };

/** As the service names its errors. */
export const refusing =
  (status: number, name: string): BedrockAnswer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': name });
    response.end(JSON.stringify({ message: `Refused as ${name}` }));
  };

/** Accepts the question and never answers. */
export const silent: BedrockAnswer = () => {};
