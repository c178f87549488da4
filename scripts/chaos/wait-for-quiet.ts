import { setTimeout as wait } from 'node:timers/promises';
import type { Backstage } from './backstage.ts';
import type { JobWatch } from './job-watch.ts';

export interface QuietOptions {
  readonly backstage: Backstage;
  readonly watch: Pick<JobWatch, 'jobs' | 'ended'>;
  /** How many jobs are in the hands of their users. */
  readonly load: { readonly playing: () => number };
  readonly onProgress: (line: string) => void;
  readonly limitSeconds: number;
  /** For the progress: faults and threads so far. */
  readonly faults: () => number;
}

const LOOK_EVERY_MS = 2_000;
const TELL_EVERY_MS = 10_000;
/** Between a write and its stream's consumer nothing of it can be seen anywhere. */
const QUIET_LOOKS = 2;

/**
 * Resolves when nothing is under way any more, or when the time is up.
 * @returns for how many deliveries the time of `sweep` was brought forward
 */
export async function waitForQuiet(options: QuietOptions): Promise<number> {
  const { backstage, onProgress, limitSeconds } = options;
  const startedAt = performance.now();
  const secondsSoFar = (): number => (performance.now() - startedAt) / 1000;
  let toldAt = startedAt;
  let broughtForward = 0;
  let quietLooks = 0;
  while (secondsSoFar() < limitSeconds && quietLooks < QUIET_LOOKS) {
    await wait(LOOK_EVERY_MS);
    const { isQuiet, isWaitingForSweep, line } = await look(options);
    quietLooks = isQuiet || isWaitingForSweep ? quietLooks + 1 : 0;
    if (isWaitingForSweep && quietLooks === QUIET_LOOKS) {
      broughtForward += await backstage.bringForward();
      quietLooks = 0;
    }
    if (performance.now() - toldAt < TELL_EVERY_MS) continue;
    toldAt = performance.now();
    onProgress(`${secondsSoFar().toFixed(0).padStart(4)} s  ${line}`);
  }
  return broughtForward;
}

async function look({ backstage, watch, load, faults }: QuietOptions) {
  const [open, queues, { all, due }] = await Promise.all([
    backstage.open(),
    backstage.queues(),
    backstage.deliveries(),
  ]);
  const messages = Object.values(queues).reduce((sum, each) => sum + each, 0);
  const attempts = watch.jobs.reduce((sum, { attempt }) => sum + attempt, 0);
  const isDone = load.playing() + open.length + messages === 0 && all === attempts;
  return {
    isQuiet: isDone && due === 0,
    isWaitingForSweep: isDone && due > 0,
    line:
      `${load.playing()} jobs in the hands of users, ${watch.ended} of ${watch.jobs.length} ended, ` +
      `${all - due} of ${all} webhooks delivered, ${messages} messages, ${faults()} faults`,
  };
}
