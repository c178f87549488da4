import type { IncomingMessage } from 'node:http';
import { ACCOUNT } from './place.ts';

export interface HttpEventSource {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly url: URL;
  readonly body: Buffer;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly apiId: string;
  readonly stage: string;
  readonly now: Date;
}

/**
 * The event of a Lambda proxy integration, payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(source: HttpEventSource): object {
  const { request, url, body, pathParameters } = source;
  const { cookie, ...headers } = joinedHeaders(request);
  const query = joinedQuery(url.searchParams);
  const rawPath = decodeURIComponent(url.pathname); // HTTP APIs, unlike REST APIs, hand it over decoded
  return {
    version: '2.0',
    routeKey: source.routeKey,
    rawPath,
    rawQueryString: url.search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split(/[;,]\s*/) }),
    headers: { ...headers, ...forwarded(request, headers) },
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: requestContext(source, headers, rawPath),
    ...eventBody(body, headers['content-type']),
  };
}

function requestContext(
  { request, requestId, apiId, routeKey, stage, now }: HttpEventSource,
  headers: Record<string, string>,
  path: string,
): object {
  const domainName = headers.host ?? '';
  return {
    accountId: ACCOUNT,
    apiId,
    domainName,
    domainPrefix: domainName.split('.')[0],
    http: {
      method: request.method,
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage,
    time: commonLogTime(now),
    timeEpoch: now.getTime(),
  };
}

/** Repeated headers joined with a comma, of every name: Node's own `headers` drops repeated Authorization. */
function joinedHeaders({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return headers;
}

/** What API Gateway adds. The protocol is the local one, so that links made from it work. */
function forwarded(request: IncomingMessage, headers: Record<string, string>): Record<string, string> {
  const address = request.socket.remoteAddress ?? '127.0.0.1';
  const before = headers['x-forwarded-for'];
  return {
    'x-forwarded-for': before === undefined ? address : `${before}, ${address}`,
    'x-forwarded-port': String(request.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  };
}

function joinedQuery(parameters: URLSearchParams): Record<string, string> {
  const names = new Set(parameters.keys());
  return Object.fromEntries([...names].map((name) => [name, parameters.getAll(name).join(',')]));
}

function eventBody(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = isTextType(contentType);
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function isTextType(contentType: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return /^text\/|^application\/(json|javascript|xml)$|\+(json|xml)$/.test(type);
}

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
