import { OPERATOR_SCOPE } from '../../lib/domain/owner.ts';
import type { ProblemDetails } from '../../lib/domain/problem-details.ts';
import { type ErrorKind, problemOf, WaybillError } from '../../lib/domain/waybill-error.ts';
import { isTransientError } from './transient-error.ts';

const EXTRA_HEADERS: Partial<Record<ErrorKind, Readonly<Record<string, string>>>> = {
  // RFC 9110 section 11.6.1 asks for it with every 401.
  unauthenticated: { 'www-authenticate': 'Bearer realm="waybill"' },
  // RFC 6750 section 3.1. There is one scope.
  forbidden: {
    'www-authenticate': `Bearer realm="waybill", error="insufficient_scope", scope="${OPERATOR_SCOPE}"`,
  },
  transient: { 'retry-after': '2' },
};

export interface ProblemAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Any error as a `WaybillError`: what is not one of ours says nothing of its text, which may name tables and keys. */
export function toWaybillError(error: unknown): WaybillError {
  if (error instanceof WaybillError) return error;
  return isTransientError(error)
    ? new WaybillError('unavailable', 'Please try again in a moment.', { cause: error })
    : new WaybillError('internal_error', 'The error has been logged under this request id.', {
        cause: error,
      });
}

/** The error as `application/problem+json` (RFC 9457), with the stable `code` and, for a bad request, the places. */
export function problemAnswer(error: WaybillError, now: Date): ProblemAnswer {
  const { title, status } = problemOf(error.code);
  const problem: ProblemDetails = {
    type: `urn:waybill:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    timestamp: now.toISOString(),
    ...(error.errors && { errors: [...error.errors] }),
  };
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      ...EXTRA_HEADERS[error.kind],
      ...error.headers,
    },
    body: JSON.stringify({ ...problem, ...error.members }),
  };
}
