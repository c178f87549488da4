import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import type { ApiAnswer } from './aws-api.ts';
import { admit } from './aws-gate.ts';
import { dynamoDbPermissions } from './dynamodb-permissions.ts';
import type { Faults } from './faults.ts';
import { type HttpServer, readBody, startHttpServer } from './http-server.ts';
import type { Permission } from './iam-policy.ts';
import { FAULT_MESSAGE, jsonRefusal } from './json-refusal.ts';
import { askingForCapacity, consumedIn, type Meter } from './meter.ts';
import type { Principals } from './principals.ts';
import { sqsPermissions } from './sqs-permissions.ts';

export interface AwsProxyOptions {
  readonly service: 'dynamodb' | 'sqs';
  /** `http://127.0.0.1:PORT` of the service itself, which lets everybody do everything. */
  readonly upstream: string;
  readonly principals: Principals;
  readonly faults: Faults;
  readonly meter: Meter | undefined;
  readonly log: (line: string) => void;
}

/** DynamoDB takes 16 MB, SQS less; each refuses by itself what is too long for it. */
const BODY_LIMIT_BYTES = 17 * 1024 * 1024;

/** What is about one connection only, and the length, which is known here: https://www.rfc-editor.org/rfc/rfc9110#field.connection */
const NOT_FORWARDED = new Set(['connection', 'content-length', 'expect', 'keep-alive', 'transfer-encoding']);

type Upstream = { readonly host: string; readonly port: string };

const PERMISSIONS = { dynamodb: dynamoDbPermissions, sqs: sqsPermissions };
const TARGET = { dynamodb: 'DynamoDB_20120810.', sqs: 'AmazonSQS.' };

/** Stands before a service that knows nothing of IAM, and lets through what the caller may do. */
export async function startAwsProxy(options: AwsProxyOptions): Promise<HttpServer> {
  // One connection per call in flight, kept: opening one would take longer than the call.
  const agent = new Agent({ keepAlive: true });
  let stopped = false;
  const { hostname: host, port } = new URL(options.upstream);
  const server = await startHttpServer(0, (message, response) => {
    serve(options, { host, port }, agent, message, response).catch((error: Error) => {
      // A client that has gone away is no news, nor is a service that ends with the local cloud.
      if (!response.destroyed && !stopped) options.log(`local cloud: ${options.service}: ${error.message}`);
      response.destroy();
    });
  });
  return {
    url: server.url,
    async stop() {
      stopped = true;
      agent.destroy();
      await server.stop();
    },
  };
}

async function serve(
  { service, principals, faults, meter }: AwsProxyOptions,
  upstream: Upstream,
  agent: Agent,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(message, BODY_LIMIT_BYTES);
  if (!body) return write(response, { status: 413 });
  const passage = admit(service, message, principals, () => needed(service, message.headers, body));
  if ('refused' in passage) return write(response, passage.refused);
  const fault = faults.draw(passage.principal);
  if (fault === 'throttle' || fault === 'serverError') {
    return write(response, jsonRefusal(service, fault, FAULT_MESSAGE));
  }
  const operation = operationOf(service, message.headers) ?? '';
  const asked = meter && service === 'dynamodb' ? askingForCapacity(operation, body) : body;
  const answer = await forward(upstream, agent, message, asked, response);
  const consumed = meter && service === 'dynamodb' && answer.status === 200 ? consumedIn(answer.body) : [];
  meter?.call({ service, operation, by: passage.principal.name, consumed, refused: answer.status >= 400 });
  if (fault === 'dropAfterCommit') response.destroy();
  else response.writeHead(answer.status, answer.headers).end(answer.body);
}

function needed(
  service: AwsProxyOptions['service'],
  headers: IncomingHttpHeaders,
  body: Buffer,
): Permission[] | undefined {
  const operation = operationOf(service, headers);
  if (operation === undefined) return undefined;
  const content: unknown = parse(body);
  if (typeof content !== 'object' || content === null) return undefined;
  return PERMISSIONS[service](operation, content);
}

function operationOf(service: AwsProxyOptions['service'], headers: IncomingHttpHeaders): string | undefined {
  const target = String(headers['x-amz-target'] ?? '');
  return target.startsWith(TARGET[service]) ? target.slice(TARGET[service].length) : undefined;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

interface ServiceAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

function forward(
  upstream: Upstream,
  agent: Agent,
  { method, url = '/', headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<ServiceAnswer> {
  return new Promise((resolve, reject) => {
    const forwarded = request(
      // The host stays that of the proxy: SQS makes its queue URLs of it.
      { ...upstream, path: url, method, agent, headers: withLength(headers, body) },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          const { statusCode: status = 502 } = answer;
          const whole = Buffer.concat(chunks);
          resolve({ status, headers: withLength(answer.headers, whole), body: whole });
        });
      },
    );
    forwarded.on('error', reject);
    // A long poll whose caller has gone away must take no message.
    response.once('close', () => response.writableFinished || forwarded.destroy());
    forwarded.end(body);
  });
}

function withLength(headers: IncomingHttpHeaders, body: Buffer): OutgoingHttpHeaders {
  const kept: OutgoingHttpHeaders = { 'content-length': body.length };
  for (const name in headers) if (!NOT_FORWARDED.has(name)) kept[name] = headers[name];
  return kept;
}

function write(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  response.writeHead(status, headers).end(body);
}
