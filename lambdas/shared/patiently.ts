import type { Clock } from './clock.ts';
import { isTransientError } from './transient-error.ts';

/** In all some five seconds, beyond what the SDK waits by itself. */
const PAUSES_MS = [100, 300, 1_000, 3_000];

/**
 * Makes a call of AWS again that met a throttle, a 5xx or the network, in pauses that grow and that no two callers share: a
 * partition that is asked for too much is well again in a moment.
 * @throws what the last call met, or at once what another call would meet as well
 */
export async function patiently<T>(
  call: () => Promise<T>,
  { pause, random = Math.random }: Pick<Clock, 'pause'> & { readonly random?: () => number },
): Promise<T> {
  for (const ms of PAUSES_MS) {
    try {
      return await call();
    } catch (error) {
      if (!isTransientError(error)) throw error;
      await pause(ms * (0.5 + random()));
    }
  }
  return call();
}
