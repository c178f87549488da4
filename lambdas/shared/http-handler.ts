import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isAssemblyId } from '../../lib/domain/identifier.ts';
import { whyNotCanonical } from '../../lib/domain/json.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { Headers } from './authenticate.ts';
import { type LogContext, logContext } from './log-context.ts';
import { logger } from './logger.ts';
import { problemAnswer, toWaybillError } from './problem.ts';

/** What a route's function is given. */
export interface HttpRequest {
  /** `GET /docs`: for a function behind several routes. */
  readonly route: string;
  readonly headers: Headers;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON for routes with a body: of bounded depth, with a canonical form; else undefined. */
  readonly body: unknown;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON; nothing is sent where it is undefined. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`, with the `content-type` of `headers`. */
  readonly content?: string | Buffer;
}

type Event = Omit<APIGatewayProxyEventV2, 'body'> & { body?: unknown };
type Result = APIGatewayProxyStructuredResultV2;

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Result>;

/** Fields of 5 MB and room for the rest. Lambda takes 6 MB, in which the body stands as a JSON string. */
const MAX_BODY_BYTES = 5.5 * 1024 * 1024;

/** A route without a body: authentication and the work are in `run`; errors become problems, headers are set. */
export const httpHandler = (run: (request: HttpRequest) => Promise<HttpAnswer>): HttpHandler =>
  handlerOf(middy<Event, Result>().use(commonHeaders()).use(problems()), run);

/** A route with a JSON body. `authenticate` runs before the body is looked at: strangers learn nothing from it. */
export const httpJsonHandler = <Caller>(
  authenticate: (headers: Headers) => Promise<Caller>,
  run: (request: HttpRequest, caller: Caller) => Promise<HttpAnswer>,
): HttpHandler => {
  const callers = new WeakMap<object, Caller>();
  const authentication: MiddlewareObj<Event, Result> = {
    before: async function authenticateCaller({ event }) {
      callers.set(event, await authenticate(event.headers));
    },
  };
  const stack = middy<Event, Result>()
    .use(commonHeaders())
    .use(problems())
    .use(authentication)
    .use(bodyLimit())
    .use(httpJsonBodyParser() as MiddlewareObj<Event, Result>);
  return handlerOf(stack, (request, event) => {
    const fault = whyNotCanonical(request.body);
    if (fault)
      throw new WaybillError('invalid_request', 'The body cannot be read safely.', { errors: [fault] });
    return run(request, callers.get(event) as Caller);
  });
};

const handlerOf = (
  stack: middy.MiddyfiedHandler<Event, Result>,
  run: (request: HttpRequest, event: Event) => Promise<HttpAnswer>,
): HttpHandler => {
  const handler = stack.handler(async function route(event: Event) {
    const { statusCode, headers, body, content } = await run(
      {
        route: event.routeKey,
        headers: event.headers,
        path: event.pathParameters ?? {},
        query: event.queryStringParameters ?? {},
        body: event.body,
      },
      event,
    );
    return {
      statusCode,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...filled(headers ?? {}),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(typeof content === 'string' && { body: content }),
      ...(Buffer.isBuffer(content) && { body: content.toString('base64'), isBase64Encoded: true }),
    };
  }) as unknown as HttpHandler;
  return (event, context) => logContext.run(contextOf(event, context), () => handler(event, context));
};

/** The request's id is the one that the caller is told. */
function contextOf(event: APIGatewayProxyEventV2, context: Context | undefined): LogContext {
  const { pathParameters, queryStringParameters, requestContext } = event;
  const assembly_id = pathParameters?.assembly_id ?? queryStringParameters?.assemblyId ?? '';
  return {
    ...logContext.of(context),
    request_id: requestContext.requestId,
    // What does not look like one may be anything, a token too.
    ...(isAssemblyId(assembly_id) && { assembly_id }),
  };
}

const filled = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Every answer says which request it answers and, but for those that say otherwise, is kept by no cache. First in the stack, so last on the way out. */
function commonHeaders(): MiddlewareObj<Event, Result> {
  const add = ({ event, response }: { event: Event; response: Result | null | undefined }): void => {
    if (!response) return;
    response.headers = {
      'cache-control': 'no-store',
      ...response.headers,
      'x-content-type-options': 'nosniff',
      'x-request-id': event.requestContext.requestId,
    };
  };
  return { after: add, onError: add };
}

/** middy answers errors as text; we answer RFC 9457 problems. */
function problems(): MiddlewareObj<Event, Result> {
  return {
    onError: function answerProblem(request) {
      const error = toWaybillError(asParserRefusal(request.error) ?? request.error);
      if (error.kind === 'internal' || error.kind === 'transient' || error.cause)
        logger.error(error.title, {
          code: error.code,
          error: error.cause as Error,
        });
      request.response = problemAnswer(error, new Date());
    },
  };
}

function bodyLimit(): MiddlewareObj<Event, Result> {
  return {
    before: function limitBody({ event }) {
      if (
        Buffer.byteLength(String(event.body ?? ''), event.isBase64Encoded ? 'base64' : 'utf8') >
        MAX_BODY_BYTES
      )
        throw new WaybillError('payload_too_large', `The body may have ${MAX_BODY_BYTES / 1024} KB at most.`);
    },
  };
}

const PARSER = '@middy/http-json-body-parser';

/** The parser's own refusals, known by the package that they name; 415 for the type, all others for the text. */
function asParserRefusal(error: unknown): WaybillError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  if ((error.cause as { package?: string } | undefined)?.package !== PARSER) return undefined;
  const { statusCode } = error;
  if (statusCode === 415)
    return new WaybillError('unsupported_media_type', 'Send the header "Content-Type: application/json".');
  return new WaybillError(
    'malformed_json',
    'The body must be JSON, in UTF-8 without a byte order mark, and without "__proto__" or "constructor.prototype".',
  );
}
