import type { Assembly } from './assembly.ts';
import type { JsonFault } from './json.ts';

/** What a caller can do about an error. HTTP maps it to a status, a queue maps it to retry or acknowledge. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'gone'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'too_many'
  | 'transient'
  | 'internal';

/** What each kind is over HTTP. */
const HTTP_STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_media_type: 415,
  too_many: 429,
  internal: 500,
  transient: 503,
} as const satisfies Record<ErrorKind, number>;
export type ErrorStatus = (typeof HTTP_STATUS)[ErrorKind];

/** Every error that a request can be answered with: its stable code, its kind, and the title of the problem. */
const CODES = {
  malformed_json: { kind: 'invalid', title: 'The body is not valid JSON' },
  invalid_request: { kind: 'invalid', title: 'The request does not have the documented form' },
  invalid_id: { kind: 'invalid', title: 'The id does not have the form of one' },
  answer_too_large: { kind: 'invalid', title: 'The answer would be too large' },
  unknown_template: { kind: 'invalid', title: 'There is no template of that id' },
  invalid_uploads: { kind: 'invalid', title: 'The template does not accept these uploads' },
  invalid_fields: { kind: 'invalid', title: 'The template does not accept these fields' },
  webhook_url_refused: { kind: 'invalid', title: 'Webhooks are not sent to this address' },
  unsupported_media_type: { kind: 'unsupported_media_type', title: 'The body is not declared as JSON' },
  payload_too_large: { kind: 'too_large', title: 'The request is too large' },
  invalid_site: { kind: 'invalid', title: 'The header X-Site-Id is not the tenant of the token' },
  unauthenticated: { kind: 'unauthenticated', title: 'The caller is not known' },
  insufficient_scope: { kind: 'forbidden', title: 'The token does not allow this' },
  not_found: { kind: 'not_found', title: 'There is no such assembly or result' },
  result_gone: { kind: 'gone', title: 'The result is no longer there' },
  link_expired: { kind: 'gone', title: 'The link has expired' },
  different_input: { kind: 'conflict', title: 'The id belongs to another input' },
  stale_update: { kind: 'conflict', title: 'The update comes from an older attempt or claim' },
  illegal_transition: { kind: 'conflict', title: 'The assembly cannot go to that status from where it is' },
  already_ended: { kind: 'conflict', title: 'The assembly has ended' },
  retries_exhausted: { kind: 'conflict', title: 'The retries are spent' },
  not_external: { kind: 'conflict', title: "The assembly is worked by Waybill's own worker" },
  too_many_submissions: { kind: 'too_many', title: 'The owner submits too fast' },
  too_many_open: { kind: 'too_many', title: 'The owner has too many open assemblies' },
  unavailable: { kind: 'transient', title: 'A part that is needed is not available at the moment' },
  internal_error: { kind: 'internal', title: 'Something went wrong on our side' },
} as const satisfies Record<string, { kind: ErrorKind; title: string }>;

export type ErrorCode = keyof typeof CODES;
export const ERROR_CODES = Object.keys(CODES) as readonly ErrorCode[];

/** What every problem of that code has in common. */
export const problemOf = (code: ErrorCode): { readonly title: string; readonly status: ErrorStatus } => ({
  title: CODES[code].title,
  status: HTTP_STATUS[CODES[code].kind],
});

export interface ErrorExtras {
  /** The places in the request that are refused. */
  readonly errors?: readonly JsonFault[];
  /** Further members of the problem. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Of the answer, in lower case, beside those of the kind. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The assembly that a conflict is with: not for the answer as it is, since it holds what is private. */
  readonly current?: Assembly;
  readonly cause?: unknown;
}

/** The one error class of requests: a stable code decides its kind and title, `message` is the sentence for this case. */
export class WaybillError extends Error {
  override readonly name = 'WaybillError';
  readonly code: ErrorCode;
  readonly errors: readonly JsonFault[] | undefined;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly current: Assembly | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { errors, members = {}, headers = {}, current, cause }: ErrorExtras = {},
  ) {
    super(message, { cause });
    this.headers = headers;
    this.current = current;
    this.code = code;
    this.errors = errors;
    this.members = members;
  }

  get kind(): ErrorKind {
    return CODES[this.code].kind;
  }

  get title(): string {
    return CODES[this.code].title;
  }
}
