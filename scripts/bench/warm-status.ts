import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LOCAL_BUNDLES } from '../build.ts';
import type { RunningWaybill } from '../local-waybill.ts';
import { statusEvent } from './api-event.ts';
import { baselineBundle, buildBaselines } from './build-baselines.ts';
import { JobClient } from './job-client.ts';
import { median } from './statistics.ts';

export interface WarmMode {
  readonly inFlight: number;
  /** Medians of the rounds, requests per second. */
  readonly statusPerSecond: number;
  readonly barePerSecond: number;
  /** The median of the rounds' own ratios: both halves of one had the same machine. */
  readonly ratio: number;
  /** Medians, of the processor, per request: what others do on the machine changes it least. */
  readonly statusCpuMs: number;
  readonly bareCpuMs: number;
  readonly lowestRatio: number;
  readonly highestRatio: number;
}

export interface WarmStatus {
  readonly rounds: number;
  readonly modes: readonly WarmMode[];
}

const MAIN = join(import.meta.dirname, 'warm-calls.js');
/** What an impatient machine does in about a second. */
const MODES = [
  { inFlight: 1, calls: 800 },
  { inFlight: 32, calls: 2_400 },
] as const;

/**
 * The status of a completed job with links, through the bundle's own export with a user's token, beside a bare read of
 * the same item; each in a process of its own.
 */
export async function warmStatus({ local, cloud }: RunningWaybill, rounds = 5): Promise<WarmStatus> {
  await buildBaselines();
  const jobs = new JobClient(local);
  const { assembly_id: id } = await jobs.ended(await jobs.submitPicture());
  const env = {
    ...cloud.environmentOf(local.functions.status),
    // Both to the database itself: at the door of the local cloud they would wait for the same, and seem more alike.
    AWS_ENDPOINT_URL_DYNAMODB: cloud.dynamoDbItself,
    BENCH_ASSEMBLY: id,
    BENCH_EVENT: JSON.stringify(statusEvent(id, local.token)),
  };
  const status = await startCaller(join(LOCAL_BUNDLES, 'status/handler.mjs'), env);
  const bare = await startCaller(baselineBundle('get-document'), env);
  try {
    for (const mode of MODES) {
      // Until the compiler has seen it all.
      await status.call(mode);
      await bare.call(mode);
    }
    const modes: WarmMode[] = [];
    for (const mode of MODES) modes.push(await measure({ status, bare }, mode, rounds));
    return { rounds, modes };
  } finally {
    status.stop();
    bare.stop();
  }
}

async function measure(
  { status, bare }: Readonly<Record<'status' | 'bare', Caller>>,
  mode: (typeof MODES)[number],
  rounds: number,
): Promise<WarmMode> {
  const measured: Readonly<Record<'status' | 'bare', Calls>>[] = [];
  for (let round = 0; round < rounds; round++)
    measured.push({ bare: await bare.call(mode), status: await status.call(mode) });
  const ratios = measured.map((each) => each.status.perSecond / each.bare.perSecond);
  return {
    inFlight: mode.inFlight,
    statusPerSecond: median(measured.map((each) => each.status.perSecond)),
    barePerSecond: median(measured.map((each) => each.bare.perSecond)),
    statusCpuMs: median(measured.map((each) => each.status.cpuMs)),
    bareCpuMs: median(measured.map((each) => each.bare.cpuMs)),
    ratio: median(ratios),
    lowestRatio: Math.min(...ratios),
    highestRatio: Math.max(...ratios),
  };
}

interface Calls {
  readonly perSecond: number;
  readonly cpuMs: number;
}

interface Caller {
  call(mode: (typeof MODES)[number]): Promise<Calls>;
  stop(): void;
}

async function startCaller(bundle: string, env: Readonly<Record<string, string>>): Promise<Caller> {
  const child = fork(MAIN, {
    execArgv: [],
    env: { ...env, BENCH_BUNDLE: pathToFileURL(bundle).href },
    // Each status logs a metric.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await answerOf(child, bundle);
  return {
    call: async (mode) => {
      child.send(mode);
      return (await answerOf(child, bundle)) as Calls;
    },
    stop: () => child.kill(),
  };
}

function answerOf(child: ChildProcess, bundle: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onEnd = (code: number | null) => reject(new Error(`${bundle} ended with ${code}`));
    child.once('exit', onEnd);
    child.once('message', (answer) => {
      child.off('exit', onEnd);
      resolve(answer);
    });
  });
}
