import { setTimeout as wait } from 'node:timers/promises';
import { type RunningWaybill, startLocalWaybill } from '../local-waybill.ts';
import { Backstage } from './backstage.ts';
import type { ChaosSettings } from './chaos-settings.ts';
import { collectFacts } from './collect-facts.ts';
import type { Facts } from './facts.ts';
import { History } from './history.ts';
import { JobWatch } from './job-watch.ts';
import { makePictures } from './make-pictures.ts';
import { makeUsers } from './make-users.ts';
import { PatientClient } from './patient-client.ts';
import { planJobs } from './plan-jobs.ts';
import { type JobStage, playJob } from './play-job.ts';
import { PlayedJob } from './played-job.ts';
import { seededRandom } from './seeded-random.ts';
import { runTerminator } from './terminator.ts';
import { startUnreliableReceiver } from './unreliable-receiver.ts';
import { waitForQuiet } from './wait-for-quiet.ts';

export interface ChaosRun {
  readonly facts: Facts;
  readonly history: History;
  readonly counts: {
    readonly faults: Readonly<Record<string, number>>;
    readonly terminated: Readonly<Record<string, number>>;
    readonly duplicated: number;
    readonly calls: number;
    readonly repeatedCalls: Readonly<Record<string, number>>;
    /** Webhooks that the receiver answered 500. */
    readonly turnedAway: number;
    /** Deliveries for which the five minutes of `sweep` were brought forward. */
    readonly broughtForward: number;
  };
  /** The start and the end of the cloud included. */
  readonly seconds: number;
}

export interface ChaosListeners {
  /** Gets what the functions log. */
  readonly log?: (line: string) => void;
  readonly onProgress: (line: string) => void;
}

/** To read how two thousand webhooks and a thousand jobs ended, on a slow machine. */
const COLLECTING_SECONDS = 60;

/** Plays the jobs under fire, waits until all is quiet or the time is up, and collects what can be seen. */
export async function runChaos(settings: ChaosSettings, listeners: ChaosListeners): Promise<ChaosRun> {
  const startedAt = performance.now();
  const { seed, faultRate, deployment } = settings;
  // A source for each purpose: that one is asked more often must not change what the others do.
  const randomFor = (purpose: number): (() => number) => seededRandom(seed * 31 + purpose);
  const waybill = await startLocalWaybill({
    log: listeners.log,
    settings: deployment,
    chaos: { duplicateMessages: true, faults: { awsCallRate: faultRate, random: randomFor(1) } },
  });
  process.once('SIGINT', () => void waybill.stop().finally(() => process.exit(130)));
  try {
    const run = await play(waybill, settings, randomFor, listeners);
    return { ...run, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await waybill.stop();
  }
}

async function play(
  waybill: RunningWaybill,
  settings: ChaosSettings,
  randomFor: (purpose: number) => () => number,
  { onProgress }: ChaosListeners,
): Promise<Omit<ChaosRun, 'seconds'>> {
  const { local, cloud } = waybill;
  const ending = new AbortController();
  const over = ending.signal;
  const history = new History();
  const backstage = new Backstage(local);
  const patience = AbortSignal.timeout((settings.limitSeconds + COLLECTING_SECONDS) * 1000);
  const client = new PatientClient({ url: local.url, random: randomFor(2), over: patience });
  const users = await makeUsers(local, client);
  const receiver = await startUnreliableReceiver({
    downSeconds: settings.receiverDownSeconds,
    secretOf: users.secretOf,
    history,
    random: randomFor(3),
  });
  const watch = new JobWatch({ backstage, history, over });
  const stage: JobStage = {
    ...(await makePictures()),
    watch,
    over,
    random: randomFor(4),
    tokenOf: users.tokenOf,
    updateSecret: local.update_secret,
    webhookUrl: receiver.url,
  };
  const plan = planJobs({ jobs: settings.jobs, users: users.names, random: randomFor(5) });
  const jobs = plan.map((each) => new PlayedJob(each, client, history));
  const terminated = new Map<string, number>();
  try {
    receiver.start();
    const background = Promise.allSettled([
      watch.run(),
      runTerminator(waybill, settings.targets, { terminated, random: randomFor(6), over }),
    ]);
    const load = playAll(jobs, stage, settings.loadSeconds);
    const broughtForward = await waitForQuiet({
      ...{ backstage, watch, load, onProgress },
      limitSeconds: settings.limitSeconds,
      faults: () => sum(Object.values(cloud.injectedFaults())) + sum([...terminated.values()]),
    });
    ending.abort();
    await Promise.all([background, load.done]);
    const facts = await collectFacts({
      ...{ jobs, backstage, tokenOf: users.tokenOf },
      receipts: receiver.receipts,
    });
    const counts = {
      faults: cloud.injectedFaults(),
      terminated: Object.fromEntries([...terminated].sort()),
      duplicated: cloud.duplicatedMessages(),
      calls: client.calls,
      repeatedCalls: client.repeated,
      turnedAway: receiver.turnedAway(),
      broughtForward,
    };
    return { facts, history, counts };
  } finally {
    ending.abort();
    receiver.stop();
    backstage.stop();
  }
}

/** Every job at its own time, whatever becomes of those before it. */
function playAll(
  jobs: readonly PlayedJob[],
  stage: JobStage,
  loadSeconds: number,
): { readonly playing: () => number; readonly done: Promise<unknown> } {
  let playing = jobs.length;
  const play = async (job: PlayedJob, index: number): Promise<void> => {
    try {
      await wait((index / jobs.length) * loadSeconds * 1000, undefined, { signal: stage.over });
      await playJob(job, stage);
    } catch (error) {
      // That it had to stop when the time was up shows in how the job stands.
      if (!stage.over.aborted) job.strange.push(String(error));
    } finally {
      playing--;
    }
  };
  return { playing: () => playing, done: Promise.all(jobs.map(play)) };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
