import type { RunningWaybill } from '../local-waybill.ts';
import { JobClient } from './job-client.ts';
import { quantile } from './statistics.ts';

export interface EndToEndMode {
  readonly kind: 'text' | 'file';
  readonly inFlight: number;
  readonly jobs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Of GET /health over the same socket kind with as many in flight, in the same minute. */
  readonly healthP50Ms: number;
  readonly healthP99Ms: number;
  readonly healthPerSecond: number;
}

export interface EndToEnd {
  readonly modes: readonly EndToEndMode[];
}

const MODES = [
  { kind: 'text', inFlight: 1, jobs: 100 },
  { kind: 'text', inFlight: 8, jobs: 240 },
  { kind: 'file', inFlight: 1, jobs: 60 },
] as const;

/** How often a client asks that is in a hurry. Retry-After says seconds, which would hide what is measured. */
const POLL_MS = 5;

/** From the submission to the poll that shows the end, through every part of the local cloud. */
export async function endToEnd({ local }: RunningWaybill): Promise<EndToEnd> {
  const jobs = new JobClient(local);
  const play = {
    text: async () => jobs.ended(await jobs.submitText(), { pauseMs: POLL_MS }),
    file: async () => jobs.ended(await jobs.submitPicture(), { pauseMs: POLL_MS }),
  };
  const modes: EndToEndMode[] = [];
  for (const mode of MODES) {
    // Until every thread is there.
    await timed(play[mode.kind], { ...mode, jobs: 2 * mode.inFlight + 10 });
    await timed(() => jobs.health(), { ...mode, jobs: 2 * mode.inFlight + 10 });
    const health = await timed(() => jobs.health(), mode);
    const whole = await timed(play[mode.kind], mode);
    modes.push({
      ...mode,
      ...whole,
      healthP50Ms: health.p50Ms,
      healthP99Ms: health.p99Ms,
      healthPerSecond: health.perSecond,
    });
  }
  return { modes };
}

async function timed(
  run: () => Promise<unknown>,
  { jobs, inFlight }: { readonly jobs: number; readonly inFlight: number },
): Promise<{ readonly p50Ms: number; readonly p99Ms: number; readonly perSecond: number }> {
  const times: number[] = [];
  let left = jobs;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const begun = performance.now();
      await run();
      times.push(performance.now() - begun);
    }
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - begun) / 1000;
  return { p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), perSecond: jobs / seconds };
}
