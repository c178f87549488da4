const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Seconds from a failed webhook attempt to the next, unless a deployment sets others: ten attempts within 76 hours, so that
 * a receiver that breaks on a Friday evening hears of it on Monday.
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const WEBHOOK_SCHEDULE: readonly number[] = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** ±20 %, so that what failed together does not come back in the same second. */
const JITTER = 0.2;

/** A Retry-After may stretch a step to twice its length and never shortens it: a receiver cannot hold a delivery back for ever. */
const RETRY_AFTER_CLAMP = 2;

export interface RetryWish {
  /** Seconds from each failed attempt to the next. */
  readonly schedule: readonly number[];
  /** 0 (inclusive) to 1. */
  readonly random: number;
  /** What the receiver asked for, in seconds. */
  readonly retryAfter?: number;
}

/** Whole seconds to wait after the `attemptCount`-th attempt failed, or undefined when there is no further attempt. */
export function webhookRetryDelay(
  attemptCount: number,
  { schedule, random, retryAfter }: RetryWish,
): number | undefined {
  const step = schedule[attemptCount - 1];
  if (step === undefined) return undefined;
  if (retryAfter !== undefined)
    return Math.round(Math.min(Math.max(retryAfter, step), step * RETRY_AFTER_CLAMP));
  return jittered(step, random);
}

/** The seconds, whole, up to a fifth shorter or longer. */
const jittered = (seconds: number, random: number): number =>
  Math.round(seconds * (1 - JITTER + 2 * JITTER * random));

/**
 * The seconds that a Retry-After header asks for: a number of them or an HTTP-date, in any of its three forms. Undefined
 * where it is neither. Negative for a date that has passed.
 * Source: RFC 9110 sections 10.2.3 and 5.6.7
 */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header)) return Number(header);
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(header)) return undefined;
  // The form of asctime names no zone, and means GMT like the others.
  const at = Date.parse(header.endsWith(' GMT') ? header : `${header} GMT`);
  return Number.isNaN(at) ? undefined : (at - now.getTime()) / 1000;
}

/** SQS delays a message by at most this; and after a quarter of an hour, waiting longer helps nobody. */
const MAX_WORK_DELAY_SECONDS = 15 * MINUTE;

/**
 * Whole seconds before the `retryCount`-th retry of a run that failed by a transient error: `baseSeconds`, twice that, four
 * times that, up to 15 minutes with the jitter.
 * @param retryCount from 1
 * @param random 0 (inclusive) to 1
 */
export function workRetryDelay(retryCount: number, baseSeconds: number, random: number): number {
  const longest = MAX_WORK_DELAY_SECONDS / (1 + JITTER);
  return jittered(Math.min(longest, baseSeconds * 2 ** (retryCount - 1)), random);
}
