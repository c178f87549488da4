import fc from 'fast-check';
import {
  advanceHead,
  checkpointOf,
  headPlace,
  placesAt,
  type QueueCheckpoint,
  type QueueHead,
} from '../../../lib/domain/queue-progress.ts';
import { queueViewOf } from '../../../lib/domain/queue-view.ts';
import { sampleAssembly } from './sample-assembly.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');

/** As many checkpoints as the store gives at once. */
const READ = 6;

/** The line as the counter keeps it, without a table: batches come whole, and claims after them. */
class Line {
  enqueued = 0;
  head: QueueHead | undefined;
  readonly checkpoints: QueueCheckpoint[] = [];

  put(times: readonly number[]): void {
    this.enqueued += times.length;
    this.checkpoints.push(checkpointOf(times, this.enqueued));
  }

  take(queued: readonly number[], now: number): void {
    const [first, last] = [Math.min(...queued), Math.max(...queued)];
    const newest = placesAt(last, this.from(last), { atLeast: true });
    const lowest = placesAt(first, this.from(first), { atLeast: true })?.last ?? 0;
    const nearIt = queued.filter((time) => time - first <= last - time).length;
    const taken = queued.filter((time) => time === last).length;
    this.head = advanceHead(
      this,
      {
        count: queued.length,
        inTurn: { count: queued.length, lowest, nearIt },
        ...(newest && { newest: { ...newest, taken } }),
      },
      { now, waitMs: 0 },
    );
  }

  told(queued: number): number {
    const queued_at = new Date(queued).toISOString();
    const { enqueued, head } = this;
    const progress = { enqueued, updated_at: START, ...(head && { head }) };
    const next = this.from(queued);
    return (
      queueViewOf(sampleAssembly({ queued_at }), { progress, next }, new Date(queued)).position ?? Number.NaN
    );
  }

  from(time: number): QueueCheckpoint[] {
    const endOf = ({ from, offsets }: QueueCheckpoint): number => from + (offsets.at(-1) ?? 0);
    return this.checkpoints
      .filter((each) => endOf(each) >= time)
      .sort((a, b) => endOf(a) - endOf(b))
      .slice(0, READ);
  }
}

/** Milliseconds between jobs, cut into batches, and how many of the jobs are taken at a time. */
const lines = (least: number) =>
  fc.record({
    gaps: fc.array(fc.array(fc.integer({ min: least, max: 50 }), { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 12,
    }),
    takes: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 30 }),
  });

function timesOf(gaps: readonly (readonly number[])[]): number[][] {
  let time = START;
  return gaps.map((batch) => batch.map((gap) => (time += gap)));
}

/** @returns what all are told who are left, after each take, with how many are before them */
function played(
  { gaps, takes }: { gaps: number[][]; takes: number[] },
  seen: (line: Line) => void = () => {},
) {
  const line = new Line();
  const batches = timesOf(gaps);
  for (const batch of batches) line.put(batch);
  const jobs = batches.flat();
  const looks: { told: number; truth: number }[] = [];
  let taken = 0;
  for (const count of [0, ...takes]) {
    if (count > 0 && taken < jobs.length) line.take(jobs.slice(taken, taken + count), START + 10_000 + taken);
    taken = Math.min(jobs.length, taken + count);
    for (const [index, job] of jobs.slice(taken).entries())
      looks.push({ told: line.told(job), truth: index + 1 });
    seen(line);
  }
  return looks;
}

test('in order and without faults, everybody is told the very place', () => {
  fc.assert(
    fc.property(lines(1), (script) => {
      for (const { told, truth } of played(script)) expect(told).toBe(truth);
    }),
  );
});

test('of several in one millisecond nobody is told too few, nor more than all of these', () => {
  fc.assert(
    fc.property(lines(0), (script) => {
      const jobs = timesOf(script.gaps).flat();
      const most = Math.max(...jobs.map((job) => jobs.filter((each) => each === job).length));
      for (const { told, truth } of played(script)) {
        expect(told).toBeGreaterThanOrEqual(truth);
        expect(told - truth).toBeLessThan(most);
      }
    }),
  );
});

test('the head never falls while jobs are taken in order, and nobody moves back', () => {
  fc.assert(
    fc.property(lines(0), (script) => {
      let before = 0;
      played(script, (line) => {
        expect(headPlace(line)).toBeGreaterThanOrEqual(before);
        expect(headPlace(line)).toBeLessThanOrEqual(line.enqueued);
        before = headPlace(line);
      });
    }),
  );
});

test('what was counted twice, or never taken, is forgotten with the next one that is taken', () => {
  const faults = fc.record({
    script: lines(1),
    twice: fc.nat({ max: 11 }),
    canceled: fc.array(fc.boolean(), { maxLength: 40 }),
  });
  fc.assert(
    fc.property(faults, ({ script, twice, canceled }) => {
      const line = new Line();
      const batches = timesOf(script.gaps);
      batches.forEach((batch, index) => {
        line.put(batch);
        if (index === twice) line.put(batch);
      });
      const jobs = batches.flat();
      jobs.forEach((job, index) => {
        if (!canceled[index]) line.take([job], START + 10_000 + index);
      });
      const [next, last] = [START + 20_000, START + 30_000];
      line.put([next]);
      line.take([next], next);
      line.put([last]);
      expect(line.told(last)).toBe(1);
    }),
  );
});

test('shards whose clocks and batches overlap are told apart by the checkpoint after them', () => {
  const two = fc.record({
    skew: fc.integer({ min: -40, max: 40 }),
    size: fc.integer({ min: 1, max: 20 }),
    later: fc.boolean(),
  });
  fc.assert(
    fc.property(two, ({ skew, size, later }) => {
      const line = new Line();
      const one = Array.from({ length: size }, (_, index) => START + 2 * index);
      const other = one.map((time) => time + 1 + 2 * skew);
      const after = START + 1_000;
      line.put(later ? other : one);
      line.put(later ? one : other);
      line.put([after]);
      const sorted = [...one, ...other].sort((a, b) => a - b);
      // A checkpoint after both of them tells their order whole.
      for (const [index, time] of sorted.entries()) expect(line.told(time)).toBe(index + 1);
      expect(line.told(after)).toBe(2 * size + 1);
    }),
  );
});

test('where a busy owner is passed, he is told of those before him, and not that it is his turn', () => {
  const line = new Line();
  const busy = Array.from({ length: 500 }, (_, index) => START + index);
  line.put(busy);
  let now = START + 10_000;
  for (let taken = 0; taken < 200; taken++) {
    now += 1_000;
    if (taken % 2 === 0) line.put([now]);
    line.take(taken % 2 === 0 ? [now] : [START + (taken - 1) / 2], now + 100);
  }
  expect(line.told(START + 499)).toBe(400);
});

test('whoever comes when a passed owner has gone is told soon that it is his turn', () => {
  const line = new Line();
  line.put(Array.from({ length: 100 }, (_, index) => START + index));
  let now = START + 10_000;
  const other = (): void => {
    now += 1_000;
    line.put([now]);
    line.take([now], now + 100);
  };
  for (let taken = 0; taken < 100; taken++) {
    other();
    line.take([START + taken], now + 200);
  }
  for (let come = 0; come < 40; come++) other();
  line.put([now + 1_000]);
  expect(line.told(now + 1_000)).toBe(1);
});
