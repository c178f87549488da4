import { join } from 'node:path';
import { LOCAL_BUNDLES } from '../build.ts';
import { LOCAL_USER, type RunningWaybill } from '../local-waybill.ts';
import { statusEvent } from './api-event.ts';
import { baselineBundle, buildBaselines } from './build-baselines.ts';
import { type BundleSize, bundleSize } from './bundle-size.ts';
import { type FirstAnswer, firstAnswer } from './first-answer.ts';
import { inlineKeys } from './inline-keys.ts';
import { JobClient } from './job-client.ts';
import { median } from './statistics.ts';

/** A bundle with an event and an environment, started again and again. */
interface Variant {
  readonly name: string;
  /** The goals are about this one. */
  readonly isHeldToGoals?: boolean;
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly event: object;
}

export interface ColdVariant {
  readonly name: string;
  readonly isHeldToGoals: boolean;
  readonly size: BundleSize;
  /** Medians. */
  readonly importMs: number;
  readonly answerMs: number;
  readonly totalMs: number;
  readonly cpuMs: number;
  /** Of the median of the baseline, which is the first variant. */
  readonly timeRatio: number;
  readonly cpuRatio: number;
  /** Of what is loaded. */
  readonly sizeRatio: number;
}

export interface ColdStatus {
  readonly processes: number;
  readonly variants: readonly ColdVariant[];
}

/** A fresh process for each: what it takes to import a bundle and to answer the first request. */
export async function coldStatus({ local, cloud }: RunningWaybill, processes = 15): Promise<ColdStatus> {
  await buildBaselines();
  const jobs = new JobClient(local);
  const open = await jobs.submitReview();
  const { assembly_id: done } = await jobs.ended(await jobs.submitPicture());
  // To the database itself: the door of the local cloud would be this process, and count as the function's own time.
  const env = {
    ...cloud.environmentOf(local.functions.status),
    AWS_ENDPOINT_URL_DYNAMODB: cloud.dynamoDbItself,
    BENCH_ASSEMBLY: open,
  };
  const status = { bundle: join(LOCAL_BUNDLES, 'status/handler.mjs'), env };
  const bare = { env, event: {} };
  const inline = await inlineKeys(local.jwt);
  const keysInline = { ...status, env: { ...env, JWT_KEYS: inline.keys } };
  const variants: Variant[] = [
    { name: 'bare GetItem', bundle: baselineBundle('get-item'), ...bare },
    { name: 'bare GetItem, DocumentClient', bundle: baselineBundle('get-document'), ...bare },
    { name: 'GetItem signed by hand', bundle: baselineBundle('get-signed'), ...bare },
    { name: 'status, direct call', ...status, event: { assemblyId: open, userId: LOCAL_USER } },
    {
      name: 'status, JWT keys in the environment',
      isHeldToGoals: true,
      ...keysInline,
      event: statusEvent(open, inline.token),
    },
    { name: 'the same with links, a secret fetched', ...keysInline, event: statusEvent(done, inline.token) },
    { name: 'status, JWT secret fetched', ...status, event: statusEvent(open, local.token) },
    { name: 'the same with links, two secrets fetched', ...status, event: statusEvent(done, local.token) },
  ];
  return { processes, variants: await measure(variants, processes) };
}

async function measure(variants: readonly Variant[], processes: number): Promise<ColdVariant[]> {
  const runs = variants.map(() => [] as FirstAnswer[]);
  // In turns: what slows the machine for a while slows all of them.
  for (let round = 0; round <= processes; round++)
    for (const [index, variant] of variants.entries()) {
      const run = await firstAnswer(variant);
      if (run.statusCode !== 200 && run.statusCode !== 202)
        throw new Error(`${variant.name} answered ${run.statusCode}`);
      // The first brings the files into the page cache.
      if (round > 0) runs[index]?.push(run);
    }
  const sizes = await Promise.all(variants.map(({ bundle }) => bundleSize(bundle)));
  const cpus = runs.map((all) => median(all.map(({ cpuMs }) => cpuMs)));
  const totals = runs.map((all) => median(all.map(({ importMs, answerMs }) => importMs + answerMs)));
  return variants.map(({ name, isHeldToGoals = false }, index) => ({
    name,
    isHeldToGoals,
    size: sizes[index] ?? { loaded: 0, whole: 0 },
    importMs: median((runs[index] ?? []).map(({ importMs }) => importMs)),
    answerMs: median((runs[index] ?? []).map(({ answerMs }) => answerMs)),
    totalMs: totals[index] ?? 0,
    cpuMs: cpus[index] ?? 0,
    cpuRatio: (cpus[index] ?? 0) / (cpus[0] ?? 0),
    timeRatio: (totals[index] ?? 0) / (totals[0] ?? 0),
    sizeRatio: (sizes[index]?.loaded ?? 0) / (sizes[0]?.loaded ?? 0),
  }));
}
