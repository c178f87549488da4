import { BUSY } from './faults.ts';
import { runSeeds } from './run-seeds.ts';

const RECIPIENTS = 1_000;
const SEEDS = [1, 2, 4];
/** Not a promise, but the end of a run that hangs. */
const TIMEOUT_MS = 300_000;

test(
  `a job with ${RECIPIENTS} recipients keeps every promise, and counting them stays cheap`,
  async () => {
    const options = { jobs: 1, listsOnly: true, recipients: RECIPIENTS, weather: BUSY };
    const { failures, figures } = await runSeeds(SEEDS, options);
    const lines = figures.map((each) =>
      Object.entries(each)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    );
    console.log(lines.sort().join('\n'));
    if (failures.length > 0) throw new Error(failures.join('\n\n'));
    expect(figures).toHaveLength(SEEDS.length);
    for (const { submitted, faults, rowWrites, tallies, countWrites } of figures) {
      // Something was done, and it was not easy.
      expect(submitted).toBeGreaterThan(RECIPIENTS / 2);
      expect(faults).toBeGreaterThan(RECIPIENTS / 10);
      // Each counts once in its interval. Those that come too early wait, and must not gather.
      expect(countWrites).toBeLessThan(rowWrites / 2);
      expect(tallies).toBeLessThan(5 * countWrites + 100);
    }
  },
  TIMEOUT_MS,
);
