import type { BilledCalls } from '../../../scripts/bench/billed-life.ts';
import type { FanOutRun } from '../../../scripts/bench/fan-out.ts';
import type { LifeOfAJob } from '../../../scripts/bench/life-of-a-job.ts';
import {
  coldSection,
  fanOutSection,
  growthSection,
  lifeSection,
  positionSection,
  warmSection,
} from '../../../scripts/bench/performance-sections.ts';

const mode = (ratio: number) => ({
  ...{ inFlight: 1, statusPerSecond: 100 * ratio, barePerSecond: 100, ratio },
  ...{ lowestRatio: ratio, highestRatio: ratio, statusCpuMs: 1, bareCpuMs: 1 },
});

test('a warm status that misses its goal is said to', () => {
  const shown = warmSection({ rounds: 5, modes: [mode(0.81), mode(0.79)] });
  expect(shown).toMatch(/\| 0\.81 \|.*\| reached \|/);
  expect(shown).toMatch(/\| 0\.79 \|.*\| not reached \|/);
});

const variant = (timeRatio: number, sizeRatio: number, isHeldToGoals: boolean) => ({
  ...{ name: 'status', isHeldToGoals, size: { loaded: 1, whole: 1 } },
  ...{ importMs: 1, answerMs: 1, totalMs: 2, cpuMs: 2, timeRatio, cpuRatio: 1, sizeRatio },
});

test('a cold status is judged by the variant that is held to the goals', () => {
  const shown = coldSection({ processes: 15, variants: [variant(9, 9, false), variant(1.35, 1.6, true)] });
  expect(shown).toContain('time at most 1.35x, reached; loaded bundle at most 1.5x, not reached');
  expect(() => coldSection({ processes: 15, variants: [variant(1, 1, false)] })).toThrow('held to the goals');
});

const stage = (jobs: number, read: number) => {
  const units = { calls: 1, read, write: 0 };
  return {
    ...{ jobs, open: jobs / 20, deliveries: jobs / 10, status: units, statusOfNone: units },
    ...{ submit: units, sweepWithDue: units, sweep: units },
  };
};

test('units that grow with the table are not passed over', () => {
  expect(growthSection({ due: 32, stages: [stage(1_000, 0.5), stage(10_000, 0.5)] })).toContain(
    'They are the same at every size.',
  );
  expect(growthSection({ due: 32, stages: [stage(1_000, 0.5), stage(10_000, 5)] })).toContain(
    '**They are not the same at every size.**',
  );
});

const life = (...calls: BilledCalls[]): LifeOfAJob => {
  const billed = { calls, invocations: [], usage: { dynamoDbWriteUnits: 12, dynamoDbReadUnits: 0.5 } };
  return {
    ...{ file: { ...billed, itemBytes: 1_500 }, fileWithWebhook: billed, text: billed, poll: billed },
    ...{ idleSweep: billed, rewritten: [] },
  };
};
const call = (service: BilledCalls['service'], operation: string, calls: number): BilledCalls => ({
  ...{ by: 'worker', service, operation, calls, units: 1, indexUnits: 2 },
});

test('what takes more than the other system is named', () => {
  expect(lifeSection(life(call('dynamodb', 'UpdateItem', 5)))).toContain('no more of anything');
  expect(lifeSection(life(call('dynamodb', 'UpdateItem', 6)))).toContain('more writes to DynamoDB:');
  expect(lifeSection(life(call('sqs', 'SendMessage', 15)))).toContain('more calls in all:');
});

test('the units of indexes are told from those of the table', () => {
  expect(lifeSection(life(call('dynamodb', 'UpdateItem', 1)))).toContain(
    'Indexes take 2 of the 12 write units.',
  );
});

const fanOutRun = (figures: Partial<FanOutRun> = {}): FanOutRun => ({
  ...{ recipients: 10, isLimited: false, writtenMs: 100, sentMs: 200, closingMs: 1_000 },
  ...{ rowWrites: 30, rowWriteUnits: 30, rowWritesTo: { queued: 10, processing: 10, submitted: 10 } },
  ...{ turnWriteUnits: 0, refusedWrites: 0, countReadUnits: 2, postponedCounts: 0 },
  ...{ itemWrites: 4, itemWriteUnits: 14, itemWritesByCounts: 1, itemWritesInASecond: 1, itemReadUnits: 1.5 },
  ...{ batches: [], usage: { dynamoDbWriteUnits: 44 } },
  ...figures,
});

test('many recipients are judged by units, and a wait for a turn is one more', () => {
  const waits = {
    rowWriteUnits: 34,
    rowWritesTo: { queued: 10, processing: 10, submitted: 10, rate_limited: 4 },
  };
  const goals = fanOutSection({ runs: [fanOutRun(), fanOutRun(waits)] });
  expect(goals).toMatch(/Goals.*for each wait, reached; .*per recipient, reached; .*by counts, reached\./);
});

test.each([
  [{ rowWriteUnits: 31 }, 'for each wait, not reached'],
  [{ countReadUnits: 10 }, 'counts below one read unit per recipient, not reached'],
  [{ itemWritesInASecond: 2 }, 'by counts, not reached'],
])('one size with %j is not passed over', (figures, verdict) => {
  expect(fanOutSection({ runs: [fanOutRun(), fanOutRun(figures)] })).toContain(verdict);
});

const place = (p95: number) => ({ samples: 200, median: 1, p95, most: 900, tooFew: 3 });
const line = (depth: number, p95: number, most = 1) => ({
  ...{ depth, errors: place(p95), readUnits: { least: 1, most }, writeUnitsPerJob: 2, toldWhenEmpty: 1 },
});
const places = (...stages: ReturnType<typeof line>[]): string =>
  positionSection({
    stages,
    batches: [{ batch: 1, writeUnits: 3, readUnits: 2 }],
    passed: { depth: 1_000, errors: place(20), othersTold: 900, othersTruth: 1 },
  });

test('an error of places is judged by the length of the line, and units at every length', () => {
  expect(places(line(10, 100), line(1_000, 170))).toMatch(
    /batch of 100, reached; 1 read unit, reached; .*, reached\./,
  );
  expect(places(line(10, 100), line(1_000, 171))).toContain('batch of 100, not reached');
  expect(places(line(10, 1), line(1_000, 1, 1.5))).toContain('1 read unit, not reached');
});
