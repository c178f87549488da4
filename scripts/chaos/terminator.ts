import { setTimeout as wait } from 'node:timers/promises';
import type { FunctionName } from '../../lib/bindings.ts';
import type { RunningWaybill } from '../local-waybill.ts';

/** The functions that are hit in turns with the worker, and for how long after the start. */
export interface TargetPeriod {
  readonly untilSeconds: number;
  /** Any of them where it is absent. */
  readonly only?: readonly FunctionName[];
}

const EVERY_MS = 2_000;
const WORKER: readonly FunctionName[] = ['worker'];
/** A short job is busy for a moment only. */
const LOOK_AGAIN_MS = 10;

/**
 * Ends a random busy thread every 2 s.
 * @param terminated counts them by function
 */
export async function runTerminator(
  { cloud, local }: RunningWaybill,
  periods: readonly TargetPeriod[],
  {
    terminated,
    random,
    over,
  }: {
    readonly terminated: Map<string, number>;
    readonly random: () => number;
    readonly over: AbortSignal;
  },
): Promise<void> {
  const startedAt = performance.now();
  const nameOf = new Map(Object.entries(local.functions).map(([name, physical]) => [physical, name]));
  const strike = async (names: readonly FunctionName[] | undefined): Promise<string | undefined> =>
    cloud.terminateRandomThread(
      names && local.functions[names[Math.floor(random() * names.length)] ?? 'worker'],
    );
  let strikes = 0;
  for (let next = startedAt + EVERY_MS; !over.aborted; next += EVERY_MS) {
    await wait(Math.max(0, next - performance.now()), undefined, { signal: over });
    const seconds = (performance.now() - startedAt) / 1000;
    const period = periods.find(({ untilSeconds }) => seconds < untilSeconds);
    if (!period) return;
    const only = strikes++ % 2 === 0 ? WORKER : period.only;
    let victim = await strike(only);
    while (victim === undefined && performance.now() < next + EVERY_MS) {
      await wait(LOOK_AGAIN_MS, undefined, { signal: over });
      victim = await strike(only);
    }
    if (victim === undefined) continue;
    const name = nameOf.get(victim) ?? victim;
    terminated.set(name, (terminated.get(name) ?? 0) + 1);
  }
}
