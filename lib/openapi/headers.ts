import { LANGUAGES } from '../domain/language.ts';
import type { JsonSchema } from './schemas.ts';

interface Header {
  readonly description: string;
  readonly schema: JsonSchema;
}

const text = (pattern?: string): JsonSchema => ({ type: 'string', ...(pattern && { pattern }) });

/** The headers of answers. Those that HTTP itself adds (`date`, `content-length`, …) are not listed. */
export const HEADERS = {
  'apigw-requestid': { description: 'The id that API Gateway gave the request.', schema: text() },
  'cache-control': { description: 'Who may keep the answer, and how long.', schema: text() },
  'x-content-type-options': { description: 'The type is not to be guessed.', schema: { const: 'nosniff' } },
  'x-request-id': { description: 'The id of the request in the logs.', schema: text() },
  'content-language': {
    description: 'Of the sentences in the status.',
    schema: { type: 'string', enum: [...LANGUAGES] },
  },
  vary: { description: 'What the answer depends on.', schema: text() },
  etag: {
    description:
      'To be sent back in `If-None-Match`. A status has none while it is queued, and it is the same as long as the ' +
      'version, the language and the links are.',
    schema: text('^(W/)?"[^"]+"$'),
  },
  'retry-after': {
    description: 'Seconds until asking again is worth it.',
    schema: { type: 'integer', minimum: 1 },
  },
  ratelimit: {
    description:
      'What is left of the limits of the owner: `r` submissions, and in `t` seconds one more; `r` assemblies that may be ' +
      'open beside those that are. draft-ietf-httpapi-ratelimit-headers-11.',
    schema: text('^"(submissions|open)";r=\\d+'),
  },
  'ratelimit-policy': {
    description:
      'The limits of each owner: `q` submissions in `w` seconds, and `q` assemblies that have not ended. Absent where the ' +
      'deployment has none.',
    schema: text('^"(submissions|open)";q=\\d+'),
  },
  location: { description: 'Where to go from here.', schema: { type: 'string', format: 'uri-reference' } },
  'referrer-policy': { description: 'The link is not passed on.', schema: { const: 'no-referrer' } },
  'www-authenticate': {
    description: 'RFC 9110 section 11.6.1; with 403, RFC 6750 section 3.1.',
    schema: text('^Bearer '),
  },
  'content-encoding': { description: 'It is sent compressed, always.', schema: { const: 'gzip' } },
  'content-security-policy': {
    description: 'The page loads nothing from elsewhere, and sends nothing there.',
    schema: text("^default-src 'none'"),
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof HEADERS;
/** A header that is not always there ends with `?`. */
export type HeaderUse = HeaderName | `${HeaderName}?`;

/** On every answer of a function. */
export const COMMON_HEADERS = ['cache-control', 'x-content-type-options', 'x-request-id'] as const;

/** Of what an owner is limited in. */
export const LIMIT_HEADERS = ['ratelimit', 'ratelimit-policy'] as const;

export const headersOf = (uses: readonly HeaderUse[]): Record<string, object> =>
  Object.fromEntries(
    uses.map((use) => [use.replace('?', ''), { $ref: `#/components/headers/${use.replace('?', OPTIONAL)}` }]),
  );

const OPTIONAL = '.optional';

/** Each twice: as one that is always there, and as one that is so at times. */
export const componentHeaders = (): Record<string, object> =>
  Object.fromEntries(
    Object.entries(HEADERS).flatMap(([name, header]) => [
      [name, { ...header, required: true }],
      [`${name}${OPTIONAL}`, { ...header, required: false }],
    ]),
  );
