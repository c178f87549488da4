import { WaybillError } from '../../lib/domain/waybill-error.ts';

const THROTTLES = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'Throttling',
  'RequestLimitExceeded',
  'RequestThrottled',
  'TooManyRequestsException',
  'TransactionConflictException',
  'OverLimit',
]);

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $fault?: 'client' | 'server';
  /** Set by the SDK on what the service says can be tried again. */
  readonly $retryable?: object;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/**
 * True for an error of an AWS call that the same call may not meet again: a throttle, a 5xx, the network; and for one of ours
 * that says so.
 */
export function isTransientError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (error instanceof WaybillError) return error.kind === 'transient';
  const { name, code, $fault, $retryable, $metadata } = error as SdkError;
  return (
    THROTTLES.has(name ?? '') ||
    name === 'TimeoutError' ||
    (code !== undefined && NETWORK_CODES.has(code)) ||
    $fault === 'server' ||
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500
  );
}
