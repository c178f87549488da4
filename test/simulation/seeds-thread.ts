import { parentPort, workerData } from 'node:worker_threads';
import { violationsOf } from './invariants.ts';
import { reportOf } from './violation-report.ts';
import { type SimulationOptions, simulate, type World } from './world.ts';

/** What one run took. */
export interface Figures {
  readonly seed: number;
  /** Of the attempts that ended last. */
  readonly submitted: number;
  readonly rowWrites: number;
  /** Runs of `tally`. */
  readonly tallies: number;
  /** Writes of counts to the items of jobs. */
  readonly countWrites: number;
  readonly faults: number;
}

export interface SeedsReport {
  /** One text per seed that broke a promise. */
  readonly failures: readonly string[];
  /** In how many seeds each fault and each way back happened. */
  readonly figures: readonly Figures[];
  readonly seedsWith: Readonly<Record<string, number>>;
}

/** Enough to see whether they have one cause. */
const MAX_FAILURES = 3;

// A stack for each of the errors that are asked for would take a tenth of the time.
Error.stackTraceLimit = 0;

const { seeds, options } = workerData as {
  readonly seeds: readonly number[];
  readonly options: SimulationOptions;
};
const failures: string[] = [];
const figures: Figures[] = [];
const seedsWith: Record<string, number> = {};
for (const seed of seeds) {
  const world = await simulate(seed, options);
  const violations = violationsOf(world);
  if (violations.length > 0) failures.push(reportOf(world, violations));
  figures.push(figuresOf(world));
  if (failures.length === MAX_FAILURES) break;
  for (const kind of seenIn(world)) seedsWith[kind] = (seedsWith[kind] ?? 0) + 1;
}
parentPort?.postMessage({ failures, figures, seedsWith } satisfies SeedsReport);

/** The faults that happened, and what brought the assemblies on in spite of them. */
function seenIn({ history }: World): Set<string> {
  const seen = new Set<string>();
  for (const event of history.events) {
    if (event.type === 'fault') seen.add(event.kind);
    if (event.type === 'dead') seen.add(`dead letter of ${event.queue}`);
    if (event.type === 'written') {
      const { before, after } = event;
      seen.add(`${writerOf(after)}: ${before?.status ?? 'nothing'} → ${after.status}`);
    }
    if (event.type === 'row') {
      const { before, after } = event;
      seen.add(`${writerOf(after)}: row ${before?.status ?? 'nothing'} → ${after.status}`);
    }
    if (event.type === 'taken' && !event.isNew) seen.add('sent twice, taken once');
  }
  return seen;
}

/** `submission-worker` of `submission-worker-12.3`. */
function writerOf({ last_writer }: { readonly last_writer: string }): string {
  return last_writer.replace(/-\d+\.\d+$/, '');
}

function figuresOf({ seed, history, table }: World): Figures {
  const number = (is: (event: (typeof history.events)[number]) => boolean): number =>
    history.events.filter(is).length;
  const submitted = [...table.items.values()].map(
    ({ submission_counts }) => submission_counts?.submitted ?? 0,
  );
  return {
    seed,
    submitted: submitted.reduce((sum, count) => sum + count, 0),
    rowWrites: number(({ type }) => type === 'row'),
    tallies: number((event) => event.type === 'invoked' && event.invocation.startsWith('tally-')),
    countWrites: number((event) => event.type === 'written' && writerOf(event.after) === 'tally'),
    faults: number(({ type }) => type === 'fault'),
  };
}
