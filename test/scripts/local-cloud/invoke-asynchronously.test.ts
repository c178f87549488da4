import {
  ASYNC_DEFAULTS,
  type AsyncSettings,
  invokeAsynchronously,
} from '../../../scripts/local-cloud/invoke-asynchronously.ts';
import type { LambdaFunction } from '../../../scripts/local-cloud/lambda-function.ts';

/** Whether a function that always fails would be tried again, which AWS does after a minute. */
async function isTriedAgain(asynchronous: AsyncSettings): Promise<boolean> {
  const stopping = new AbortController();
  let calls = 0;
  const target = {
    asynchronous,
    invoke: async () => {
      calls++;
      return { failure: { errorType: 'Error', errorMessage: 'no' } };
    },
  } as unknown as LambdaFunction;
  let ended = false;
  const run = invokeAsynchronously(target, '{}', stopping.signal).then(() => {
    ended = true;
  });
  await new Promise(setImmediate);
  expect(calls).toBe(1);
  const waits = !ended;
  stopping.abort();
  await run;
  return waits;
}

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
test.each([
  ['by default', ASYNC_DEFAULTS, true],
  ['with one retry', { ...ASYNC_DEFAULTS, maximumRetries: 1 }, true],
  ['with no retry', { ...ASYNC_DEFAULTS, maximumRetries: 0 }, false],
  ['where the event would be too old by then', { ...ASYNC_DEFAULTS, maximumAgeMs: 60_000 }, false],
])('what fails is tried again %s: %s → %s', async (_when, settings, expected) => {
  expect(await isTriedAgain(settings)).toBe(expected);
});
