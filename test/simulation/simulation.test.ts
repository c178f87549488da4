import { FAULT_KINDS } from './faults.ts';
import { lineOf } from './history.ts';
import { violationsOf } from './invariants.ts';
import { runSeeds } from './run-seeds.ts';
import { reportOf } from './violation-report.ts';
import { simulate } from './world.ts';

/**
 * `SEED=123 npm test -- test/simulation` plays that one again and prints everything that happened; `SEEDS=20000` looks
 * further than every day.
 */
const ONE_SEED = process.env.SEED;
const COUNT = Number(process.env.SEEDS ?? 1_000);
const JOBS = 50;

/** Who moves what stands still, and where to. */
const WAYS_BACK = [
  'sweep: queued → queued',
  'sweep: processing → queued',
  'sweep: processing → failed',
  'sweep: uploading → queued',
  'sweep: uploading → failed',
  'worker: processing → queued',
  'cancel: processing → canceled',
  'retry: failed → queued',
  'retry: partial → queued',
  'submit: failed → queued',
  'submit: canceled → queued',
  'bury: queued → failed',
  'dead letter of webhooks',
  'sweep: processing → processing',
  'tally: processing → completed',
  'tally: processing → partial',
  'tally: processing → failed',
  'tally: canceled → canceled',
  'status-update: processing → partial',
  'submission-worker: row processing → queued',
  'submission-worker: row processing → rate_limited',
  'submission-worker: row queued → rate_limited',
  'submission-worker: row processing → processing',
  'bury-submission: row queued → failed',
  'worker: row failed → queued',
  'sent twice, taken once',
] as const;

if (ONE_SEED !== undefined) replay(Number(ONE_SEED));
else runAll();

function replay(seed: number): void {
  test(`seed ${seed} keeps every promise`, async () => {
    const world = await simulate(seed, { jobs: JOBS });
    console.log(world.history.events.map(lineOf).join('\n'));
    console.log(`SEED=${seed} (${world.faults.weather.name}): history ${world.history.hash()}`);
    const violations = violationsOf(world);
    if (violations.length > 0) throw new Error(reportOf(world, violations));
  });
}

function runAll(): void {
  let seedsWith: Readonly<Record<string, number>> = {};
  /** Not a promise, but the end of a run that hangs. */
  const timeoutMs = COUNT * 600 + 60_000;

  test(
    `${COUNT * JOBS} jobs keep every promise, whatever goes wrong`,
    async () => {
      const startedAt = performance.now();
      const seeds = Array.from({ length: COUNT }, (_, index) => index + 1);
      const report = await runSeeds(seeds, { jobs: JOBS });
      seedsWith = report.seedsWith;
      const seconds = (performance.now() - startedAt) / 1000;
      const rate = Math.round((COUNT * JOBS) / seconds);
      console.log(`${COUNT} seeds × ${JOBS} jobs in ${seconds.toFixed(1)} s: ${rate} jobs/s`);
      if (report.failures.length > 0) throw new Error(report.failures.join('\n\n'));
    },
    timeoutMs,
  );

  // What happens in fewer seeds is something that the run does not try.
  const least = COUNT / 100;
  const manySeeds = COUNT < 1_000 ? test.skip : test;

  manySeeds.each(FAULT_KINDS)('it does go wrong by: %s', (kind) => {
    expect(seedsWith[kind] ?? 0).toBeGreaterThanOrEqual(least);
  });

  manySeeds.each(WAYS_BACK)('it does come back by: %s', (way) => {
    expect(seedsWith[way] ?? 0).toBeGreaterThanOrEqual(least);
  });
}
