import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { isAssemblyId } from '../../lib/domain/identifier.ts';
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

export type Event = Omit<APIGatewayProxyEventV2, 'body'> & { body?: unknown };
export type Result = APIGatewayProxyStructuredResultV2;

export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Result>;

/** A route without a body: authentication and the work are in `run`; errors become problems, headers are set. */
export const httpHandler = (run: (request: HttpRequest) => Promise<HttpAnswer>): HttpHandler =>
  handlerOf(requestStack(), run);

/** What every route has around it: headers, and problems for errors. */
export const requestStack = (): middy.MiddyfiedHandler<Event, Result> =>
  middy<Event, Result>().use(commonHeaders()).use(problems());

/** The stack with the route in it, and the ids of the request for the log around it. */
export const handlerOf = (
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
      const error = toWaybillError(request.error);
      if (error.kind === 'internal' || error.kind === 'transient' || error.cause)
        logger.error(error.title, {
          code: error.code,
          error: error.cause as Error,
        });
      request.response = problemAnswer(error, new Date());
    },
  };
}
