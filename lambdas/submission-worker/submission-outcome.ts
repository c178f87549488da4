import { epochSeconds } from '../../lib/domain/assembly.ts';
import {
  type AssemblyError,
  assemblyErrorOf,
  isTransientFailure,
  ownError,
  RateLimitedError,
} from '../../lib/domain/assembly-error.ts';
import { workRetryDelay } from '../../lib/domain/retry-schedule.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import type { Receipt } from '../../lib/domain/template.ts';
import type { RetrySettings } from '../shared/end-change.ts';
import { type SubmissionChange, TAKEN } from '../shared/submission-change.ts';

/** What a call of `send` came to. */
export type SendResult = { readonly receipt: Receipt | undefined } | { readonly error: unknown };

type Outcome = Pick<SubmissionChange, 'set' | 'remove'>;

const MAX_CONFIRMATION = 200;
/** A row of more than 1 KB costs twice as much to write. */
const MAX_DETAILS = 200;
const DAY = 86_400;
/** For how long a receiver may say "not now". A turn by our own limit is not what it says. */
const MAX_WAITED_HOURS = 24;
const MAX_UNTOLD_WAIT = 15 * 60;

/** What is written of a submission after a try. */
export function outcomeOf(
  submission: Submission,
  result: SendResult,
  now: Date,
  settings: RetrySettings & { readonly maxRetries: number },
): Outcome {
  if ('receipt' in result) {
    return {
      set: {
        status: 'submitted',
        submitted_at: now.toISOString(),
        confirmation: confirmationOf(result.receipt),
      },
      remove: [...TAKEN, 'error'],
    };
  }
  const { error } = result;
  return error instanceof RateLimitedError
    ? waitOf(submission, error, now)
    : failureOf(submission, shortened(assemblyErrorOf(error, 'send')), now, settings);
}

/** A template hands on what a receiver answered, which may be anything: that must not undo what was sent. */
function confirmationOf(receipt: Receipt | undefined): string | undefined {
  const confirmation: unknown = receipt?.confirmation;
  if (typeof confirmation === 'number') return String(confirmation);
  if (typeof confirmation !== 'string') return undefined;
  return confirmation.slice(0, MAX_CONFIRMATION).toWellFormed();
}

/** After an error: another try where it may pass and tries are left. */
export function failureOf(
  { retry_count }: Pick<Submission, 'retry_count'>,
  error: AssemblyError,
  now: Date,
  { baseSeconds, random, maxRetries }: RetrySettings & { readonly maxRetries: number },
): Outcome {
  if (!isTransientFailure(error) || retry_count >= maxRetries) return failed(error);
  const count = retry_count + 1;
  const delay = workRetryDelay(count, baseSeconds, random());
  return {
    set: { status: 'queued', retry_count: count, next_retry_at: secondsAfter(now, delay), error },
    remove: ['lease_until', 'has_turn'],
  };
}

/** A wait spends no retry: the receiver is well and has said when. It cannot say so for ever. */
function waitOf({ asked_to_wait_at: since }: Submission, error: RateLimitedError, now: Date): Outcome {
  const asked_to_wait_at = since ?? now.toISOString();
  const waited = Math.max(0, epochSeconds(now) - epochSeconds(new Date(asked_to_wait_at)));
  if (waited > MAX_WAITED_HOURS * 3_600)
    return failed(ownError('waited_too_long', { hours: MAX_WAITED_HOURS }));
  const untold = Math.min(MAX_UNTOLD_WAIT, Math.max(5, waited / 2));
  const { retryAfterSeconds: told = untold } = error;
  // No number is what a template makes of a header that it cannot read.
  const wait = Math.min(DAY, Math.max(1, Number.isNaN(told) ? untold : told));
  return {
    set: {
      status: 'rate_limited',
      next_retry_at: secondsAfter(now, Math.ceil(wait)),
      asked_to_wait_at,
      error: shortened(assemblyErrorOf(error, 'send')),
    },
    remove: ['lease_until', 'has_turn'],
  };
}

const failed = (error: AssemblyError): Outcome => ({ set: { status: 'failed', error }, remove: TAKEN });

const secondsAfter = (now: Date, seconds: number): string =>
  new Date(now.getTime() + seconds * 1000).toISOString();

const shortened = ({ details, ...error }: AssemblyError): AssemblyError =>
  details === undefined ? error : { ...error, details: details.slice(0, MAX_DETAILS).toWellFormed() };
