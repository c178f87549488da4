import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type CorsConfiguration, corsHeaders, withoutCors } from './http-cors.ts';
import { httpEvent } from './http-event.ts';
import { gatewayMessage, type HttpResponse, httpResponse } from './http-response.ts';
import type { RouteMatch } from './http-routes.ts';
import { readBody } from './http-server.ts';
import { type LambdaFunction, PAYLOAD_LIMIT_BYTES } from './lambda-function.ts';

export interface Integration {
  readonly target: LambdaFunction;
  readonly timeoutMs: number;
}

/** An HTTP API of the template, ready to answer. */
export interface HttpApi {
  readonly apiId: string;
  /** By name: whether a request that comes now is let in. */
  readonly stages: ReadonlyMap<string, () => boolean>;
  readonly cors: CorsConfiguration | undefined;
  match(method: string, path: string): RouteMatch<Integration> | undefined;
}

/** Request line and headers together: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const HEAD_LIMIT_BYTES = 10_240;

/** 10 MB: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

const notFound = gatewayMessage(404, 'Not Found');

/** Without Retry-After: the gateway does not say when. */
const tooManyRequests = gatewayMessage(429, 'Too Many Requests');

/** Answers one request as API Gateway would; `api` is undefined while the local cloud starts or without an API. */
export async function serveHttpApi(
  api: HttpApi | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // On AWS the id in the header and the one in the event are the same.
  const requestId = randomBytes(9).toString('base64url');
  const { status, body, ...answered } = await answer(api, request, requestId);
  const headers = api?.cors
    ? { ...withoutCors(answered.headers), ...corsHeaders(api.cors, request.headers, isPreflight(request)) }
    : answered.headers;
  // A body that was not read to its end cannot be followed by another request.
  const close = request.complete ? {} : { connection: 'close' };
  const length = bodyless(status) ? {} : { 'content-length': String(body.length) };
  response.writeHead(status, { ...headers, 'apigw-requestid': requestId, ...length, ...close });
  response.end(bodyless(status) ? undefined : body);
}

async function answer(
  api: HttpApi | undefined,
  request: IncomingMessage,
  requestId: string,
): Promise<HttpResponse> {
  if (!api) return gatewayMessage(503, 'Service Unavailable');
  if (headBytes(request) > HEAD_LIMIT_BYTES) return gatewayMessage(431, 'Request Header Fields Too Large');
  const url = parseUrl(request.url ?? '/');
  if (!url) return gatewayMessage(400, 'Bad Request');
  if (api.cors && isPreflight(request)) return { status: 204, headers: {}, body: Buffer.alloc(0) };
  const place = stageOf(api, url.pathname);
  const match = place && api.match(request.method ?? '', place.path);
  if (!match) return notFound;
  if (!api.stages.get(place.stage)?.()) return tooManyRequests;
  const body = await readBody(request, BODY_LIMIT_BYTES);
  if (!body) return gatewayMessage(413, 'Request Entity Too Large');
  const event = httpEvent({
    request,
    requestId,
    url,
    body,
    routeKey: match.routeKey,
    pathParameters: match.pathParameters,
    apiId: api.apiId,
    stage: place.stage,
    now: new Date(),
  });
  return integrate(match.target, JSON.stringify(event));
}

/** A function that takes longer goes on; only the caller hears of it no more. */
async function integrate({ target, timeoutMs }: Integration, event: string): Promise<HttpResponse> {
  // The event of an invocation has Lambda's limit, and a body with many escapes grows in it.
  if (Buffer.byteLength(event) > PAYLOAD_LIMIT_BYTES) return gatewayMessage(413, 'Request Entity Too Large');
  const done = new AbortController();
  const tooLate = wait(timeoutMs, undefined, { signal: done.signal }).catch(() => undefined);
  const outcome = await Promise.race([target.invoke(event), tooLate]);
  done.abort();
  return outcome ? httpResponse(outcome) : gatewayMessage(503, 'Service Unavailable');
}

/** `$default` is served at the root, another stage under its name. */
function stageOf(api: HttpApi, path: string): { stage: string; path: string } | undefined {
  const [, first = ''] = path.split('/');
  if (first !== '$default' && api.stages.has(first))
    return { stage: first, path: path.slice(first.length + 1) || '/' };
  return api.stages.has('$default') ? { stage: '$default', path } : undefined;
}

function parseUrl(target: string): URL | undefined {
  // An absolute target ("GET http://…") is for proxies; a path that begins with // must not name a host.
  if (!target.startsWith('/')) return undefined;
  try {
    const url = new URL(`http://localhost${target}`);
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    return undefined;
  }
}

/** AWS does not say what it counts; here it is each line with its end. The status is that of RFC 6585, and was not seen. */
const headBytes = ({ method = '', url = '', rawHeaders }: IncomingMessage): number =>
  `${method} ${url} HTTP/1.1`.length + rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);

const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

const bodyless = (status: number): boolean => status === 204 || status === 304 || status < 200;
