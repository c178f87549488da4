import type { MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { whyNotCanonical } from '../../lib/domain/json.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { Headers } from './authenticate.ts';
import {
  type Event,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
  handlerOf,
  type Result,
  requestStack,
} from './http-handler.ts';

/** Fields of 5 MB and room for the rest. Lambda takes 6 MB, in which the body stands as a JSON string. */
const MAX_BODY_BYTES = 5.5 * 1024 * 1024;

/**
 * A route with a JSON body. `authenticate` runs before the body is looked at: strangers learn nothing from it. A file of its
 * own, so that a poll of a status, which has no body, does not wait for the parser.
 */
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
  const stack = requestStack()
    .use(parserRefusals())
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

/** After `problems` in the stack, so before it on the way out: what it is given is one of our errors. */
function parserRefusals(): MiddlewareObj<Event, Result> {
  return {
    onError: function nameRefusal(request) {
      request.error = asParserRefusal(request.error) ?? request.error;
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
