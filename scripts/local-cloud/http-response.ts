import type { Outcome } from './lambda-thread.ts';

export interface HttpResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

/** An answer of the gateway itself. */
export const gatewayMessage = (status: number, message: string): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify({ message })),
});

const internalServerError = gatewayMessage(500, 'Internal Server Error');

interface StructuredResult {
  readonly statusCode: unknown;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

/**
 * What the gateway makes of a function's result, payload format 2.0: the format is inferred if there is no
 * statusCode. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpResponse(outcome: Outcome): HttpResponse {
  if ('failure' in outcome) return internalServerError;
  const result = JSON.parse(outcome.result) as unknown;
  if (!isStructured(result)) return inferred(result);
  const status = Number(result.statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) return internalServerError;
  if (result.body !== undefined && result.body !== null && typeof result.body !== 'string') {
    return internalServerError;
  }
  return {
    status,
    headers: responseHeaders(result),
    body: Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8'),
  };
}

const isStructured = (result: unknown): result is StructuredResult =>
  typeof result === 'object' && result !== null && 'statusCode' in result;

function inferred(result: unknown): HttpResponse {
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
}

// Said by the server itself, from the body that it really sends.
const OWN_HEADERS = ['content-length', 'transfer-encoding', 'connection'];

function responseHeaders({ headers, cookies }: StructuredResult): Record<string, string | string[]> {
  const entries = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !OWN_HEADERS.includes(name));
  return {
    'content-type': 'text/plain; charset=utf-8',
    ...Object.fromEntries(entries),
    ...(cookies?.length && { 'set-cookie': [...cookies] }),
  };
}
