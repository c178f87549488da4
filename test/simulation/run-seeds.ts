import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SeedsReport } from './seeds-thread.ts';
import type { SimulationOptions } from './world.ts';

/** What can be told to a thread. */
type Options = Omit<SimulationOptions, 'plant'>;

/** Two halve the time; more would take the cores that the other tests run on. */
const THREADS = Math.min(2, availableParallelism());
/** Worlds die young: with room for them, the collector has little to copy. */
const YOUNG_GENERATION_MB = 96;

/** Runs the seeds in threads of their own, outside of jest, whose modules reach every global through a proxy. */
export async function runSeeds(seeds: readonly number[], options: Options): Promise<SeedsReport> {
  const shares = Array.from({ length: THREADS }, (_, thread) =>
    seeds.filter((_seed, index) => index % THREADS === thread),
  );
  const reports = await Promise.all(shares.map((share) => runShare(share, options)));
  const kinds = new Set(reports.flatMap(({ seedsWith }) => Object.keys(seedsWith)));
  return {
    failures: reports.flatMap(({ failures }) => failures),
    figures: reports.flatMap(({ figures }) => figures),
    seedsWith: Object.fromEntries(
      [...kinds].map((kind) => [
        kind,
        reports.reduce((sum, report) => sum + (report.seedsWith[kind] ?? 0), 0),
      ]),
    ),
  };
}

const runShare = (seeds: readonly number[], options: Options): Promise<SeedsReport> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(new URL('./seeds-thread.ts', import.meta.url), {
      workerData: { seeds, options },
      // Most errors of a simulation are asked for.
      env: { ...process.env, POWERTOOLS_LOG_LEVEL: 'SILENT' },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    thread.once('message', resolve);
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`A thread of the simulation ended with ${code}`)));
  });
