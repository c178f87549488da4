import { CODE_STATUS, type RouteKey, routeAnswers } from './route-answers.ts';

/** An answer of a function behind the HTTP API. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body?: string;
}

export interface AnswerContext {
  readonly route: RouteKey;
  /** What was sent, as text: what an answer has from there, it does not give away. */
  readonly sent: string;
  readonly requestId: string;
  /** Names and secrets of the inside. */
  readonly insideNames: readonly string[];
  /** Texts that the caller must not see. */
  readonly hidden: readonly string[];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Frames of a stack, and where things lie. */
const LEAK =
  /\bat (?:async )?[^\s"]+ ?\(?[^\s"]*:\d+:\d+|\\n\s+at |node_modules|\bnode:|file:\/\/|\.[cm]?[jt]s:\d|\/(work|tmp|var|home)\/|arn:aws|native code|Error:|Exception\b/;

/** Everything that is wrong with the answer, whatever was asked; nothing for a right one. */
export function fuzzFaults(answer: Answer, context: AnswerContext): string[] {
  const { statusCode, headers, body } = answer;
  const documented = routeAnswers(context.route);
  const json = parse(body);
  return [
    ...(Number.isInteger(statusCode) && documented.statuses.includes(statusCode)
      ? []
      : [`status ${statusCode} is not documented for ${context.route}`]),
    ...headerFaults(headers, context),
    ...(statusCode >= 400 ? problemFaults(answer, json) : successFaults(answer, json, context.route)),
    ...leakFaults(answer, context),
  ];
}

/** What is the same for everybody may be kept; the contract test says for how long. */
const CACHEABLE = /^GET \/(openapi\.json|docs)/;

function headerFaults(headers: Answer['headers'], { requestId, route }: AnswerContext): string[] {
  const wanted = {
    ...(!CACHEABLE.test(route) && { 'cache-control': 'no-store' }),
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
  };
  const missing = Object.entries(wanted).filter(([name, value]) => headers[name] !== value);
  const odd = Object.entries(headers).filter(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what splits a header
    ([, value]) => typeof value !== 'string' || /[\u0000-\u001f\u007f]/.test(value),
  );
  return [
    ...missing.map(([name]) => `header ${name} is ${JSON.stringify(headers[name])}`),
    ...odd.map(([name, value]) => `header ${name} cannot be sent: ${JSON.stringify(value)}`),
  ];
}

/** RFC 9457, and our own promise: a known code, and a status that is the answer's own. */
export function problemFaults(
  { statusCode, headers }: Pick<Answer, 'statusCode' | 'headers'>,
  json: unknown,
): string[] {
  if (typeof json !== 'object' || json === null) return ['a problem has no JSON body'];
  const { type, title, status, detail, code, timestamp, errors = [] } = json as Record<string, unknown>;
  const places = errors as readonly { readonly pointer?: unknown; readonly detail?: unknown }[];
  const checks: readonly (readonly [boolean, string])[] = [
    [headers['content-type'] === 'application/problem+json', 'a problem is not declared as one'],
    [statusCode < 500, `a fault of ours: ${String(code)}`],
    [status === statusCode, `the problem says ${String(status)}, the answer ${statusCode}`],
    [
      typeof code === 'string' && CODE_STATUS[code] === statusCode,
      `code ${String(code)} is not one of ${statusCode}`,
    ],
    [type === `urn:waybill:problem:${String(code)}`, `type is ${String(type)}`],
    [typeof title === 'string' && title !== '', 'it has no title'],
    [typeof detail === 'string' && detail !== '', 'it has no detail'],
    [typeof timestamp === 'string' && TIME.test(timestamp), `timestamp is ${String(timestamp)}`],
    [
      Array.isArray(places) &&
        places.length <= 20 &&
        places.every(
          ({ pointer, detail: why }) => /^(\/|$)/.test(String(pointer)) && typeof why === 'string',
        ),
      `errors are ${JSON.stringify(errors)}`,
    ],
    [statusCode !== 401 || typeof headers['www-authenticate'] === 'string', 'a 401 has no www-authenticate'],
  ];
  return checks.filter(([holds]) => !holds).map(([, fault]) => fault);
}

function successFaults({ statusCode, headers, body }: Answer, json: unknown, route: RouteKey): string[] {
  const isPage = /^GET \/docs/.test(route);
  const declared = isPage || body === undefined || headers['content-type'] === 'application/json';
  const fault = routeAnswers(route).whyNot(statusCode, json);
  return [
    ...(declared ? [] : [`the body is declared as ${String(headers['content-type'])}`]),
    ...(fault === undefined ? [] : [`the body is not as documented: ${fault}`]),
  ];
}

/** What an answer tells of the inside, or of somebody else. */
export function leakFaults(
  { statusCode, headers, body = '' }: Answer,
  { sent, insideNames, hidden }: Pick<AnswerContext, 'sent' | 'insideNames' | 'hidden'>,
): string[] {
  const text = `${body}\n${JSON.stringify(headers)}`;
  const trace = statusCode >= 400 ? LEAK.exec(body)?.[0] : undefined;
  return [
    ...(trace !== undefined && !sent.includes(trace) ? [`the inside is told of: ${trace}`] : []),
    ...insideNames
      .filter((name) => text.includes(name) && !sent.includes(name))
      .map((name) => `names ${name}`),
    ...hidden.filter((mark) => text.includes(mark)).map((mark) => `shows ${mark} to somebody else`),
  ];
}

function parse(body: string | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return `not JSON: ${body}`;
  }
}
