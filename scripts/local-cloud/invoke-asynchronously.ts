import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { LambdaFunction } from './lambda-function.ts';

/** Of a function that has no AWS::Lambda::EventInvokeConfig. */
export const ASYNC_DEFAULTS: AsyncSettings = { maximumRetries: 2, maximumAgeMs: 6 * 3_600_000 };

/** What a function's AWS::Lambda::EventInvokeConfig says. */
export interface AsyncSettings {
  readonly maximumRetries: number;
  /** An event that waits for longer is dropped. */
  readonly maximumAgeMs: number;
}

/** A minute before the second attempt, two before the third. */
const RETRY_DELAYS_MS = [60_000, 120_000];

/**
 * Runs a function without anybody who waits for the answer; one that fails is tried again as often as its settings say.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export async function invokeAsynchronously(
  target: LambdaFunction,
  event: string,
  stopping: AbortSignal,
): Promise<void> {
  const requestId = randomUUID(); // the same for each attempt, as on AWS
  const { maximumRetries, maximumAgeMs } = target.asynchronous;
  const expires = Date.now() + maximumAgeMs;
  for (const delay of [...RETRY_DELAYS_MS.slice(0, maximumRetries), undefined]) {
    const outcome = await target.invoke(event, requestId);
    if ('result' in outcome || delay === undefined || Date.now() + delay >= expires) return;
    await wait(delay, undefined, { signal: stopping }).catch(() => {});
    if (stopping.aborted) return;
  }
}
