import { parentPort, workerData } from 'node:worker_threads';
import { violationsOf } from './invariants.ts';
import { reportOf } from './violation-report.ts';
import { simulate, type World } from './world.ts';

export interface SeedsReport {
  /** One text per seed that broke a promise. */
  readonly failures: readonly string[];
  /** In how many seeds each fault and each way back happened. */
  readonly seedsWith: Readonly<Record<string, number>>;
}

/** Enough to see whether they have one cause. */
const MAX_FAILURES = 3;

// A stack for each of the errors that are asked for would take a tenth of the time.
Error.stackTraceLimit = 0;

const { seeds, jobs } = workerData as { readonly seeds: readonly number[]; readonly jobs: number };
const failures: string[] = [];
const seedsWith: Record<string, number> = {};
for (const seed of seeds) {
  const world = await simulate(seed, { jobs });
  const violations = violationsOf(world);
  if (violations.length > 0) failures.push(reportOf(world, violations));
  if (failures.length === MAX_FAILURES) break;
  for (const kind of seenIn(world)) seedsWith[kind] = (seedsWith[kind] ?? 0) + 1;
}
parentPort?.postMessage({ failures, seedsWith } satisfies SeedsReport);

/** The faults that happened, and what brought the assemblies on in spite of them. */
function seenIn({ history }: World): Set<string> {
  const seen = new Set<string>();
  for (const event of history.events) {
    if (event.type === 'fault') seen.add(event.kind);
    if (event.type === 'dead') seen.add(`dead letter of ${event.queue}`);
    if (event.type === 'written') {
      const writer = event.after.last_writer.split('-')[0];
      seen.add(`${writer}: ${event.before?.status ?? 'nothing'} → ${event.after.status}`);
    }
  }
  return seen;
}
