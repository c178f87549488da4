/**
 * Seconds from one webhook attempt to the next: the first retries of the Standard Webhooks schedule, those that fit into
 * the 15 minutes that SQS can delay a message.
 */
export const WEBHOOK_RETRY_DELAYS = [5, 5 * 60] as const;

/** ±20 %, so that the receivers of one outage do not all get their retries in the same second. */
const JITTER = 0.2;

/** A Retry-After may stretch a step to twice its length and never shortens it: a receiver cannot hold a delivery back for ever. */
const RETRY_AFTER_CLAMP = 2;

/**
 * Whole seconds to wait after the `attemptCount`-th attempt failed, or undefined when there is no further attempt.
 * @param random 0 (inclusive) to 1
 * @param retryAfter what the receiver asked for, in seconds
 */
export function webhookRetryDelay(
  attemptCount: number,
  random: number,
  retryAfter?: number,
): number | undefined {
  const step = WEBHOOK_RETRY_DELAYS[attemptCount - 1];
  if (step === undefined) return undefined;
  if (retryAfter !== undefined)
    return Math.round(Math.min(Math.max(retryAfter, step), step * RETRY_AFTER_CLAMP));
  return Math.round(step * (1 - JITTER + 2 * JITTER * random));
}
