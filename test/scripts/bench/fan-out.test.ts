import { costOf } from '../../../scripts/bench/cost-of.ts';
import { fanOut } from '../../../scripts/bench/fan-out.ts';

test('a recipient costs three write units', async () => {
  const recipients = 60;
  const { runs } = await fanOut({ deliveries: [{ recipients, isLimited: false }] });
  expect(runs).toMatchObject([
    {
      rowWriteUnits: 3 * recipients,
      rowWritesTo: { queued: recipients, processing: recipients, submitted: recipients },
      turnWriteUnits: 0,
    },
  ]);
  // The counts, one a second at most, and the end.
  for (const { itemWritesByCounts, sentMs, closingMs, usage } of runs) {
    expect(itemWritesByCounts).toBeLessThanOrEqual(2 + (sentMs + closingMs) / 1_000);
    expect(costOf(usage).dollars).toBeGreaterThan(0);
  }
}, 120_000);
