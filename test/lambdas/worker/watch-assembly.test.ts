import { watchAssembly } from '../../../lambdas/worker/watch-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { ManualClock } from '../manual-clock.ts';
import { NOW } from './run-worker.ts';

const TAKEN = sampleAssembly({ status: 'processing', attempt: 2, claim: 3 });

/** A watch over the assembly; what its reads see can be changed at any time. */
function watched() {
  const clock = new ManualClock(NOW);
  const reads: { at: number; consistent: boolean }[] = [];
  const lost: unknown[] = [];
  const warnings: unknown[] = [];
  const seen: { answer: () => Promise<Assembly | undefined> } = { answer: async () => TAKEN };
  const stop = watchAssembly(TAKEN, (refusal) => void lost.push(refusal), {
    store: {
      get: (id, { consistent }) => {
        expect(id).toBe(TAKEN.assembly_id);
        reads.push({ at: (clock.now().getTime() - NOW.getTime()) / 1000, consistent });
        return seen.answer();
      },
      change: () => Promise.reject(new Error('A watch writes nothing')),
    },
    after: clock.after.bind(clock),
    log: { info: () => {}, warn: (...said) => void warnings.push(said) },
  });
  return { clock, reads, lost, warnings, seen, stop };
}

test('the assembly is looked at every 4 s, by the cheap read, as long as it is this worker’s', async () => {
  const { clock, reads, lost } = watched();
  await clock.advance(20_000);
  expect(reads).toEqual([4, 8, 12, 16, 20].map((at) => ({ at, consistent: false })));
  expect(lost).toEqual([]);
});

test('a cancel is noticed within 4 s, told once, and the watch ends', async () => {
  const { clock, reads, lost, seen } = watched();
  await clock.advance(5_000);
  const canceled = { ...TAKEN, status: 'canceled' as const };
  seen.answer = async () => canceled;
  expect(lost).toEqual([]);
  await clock.advance(4_000);
  expect(lost).toEqual([expect.objectContaining({ code: 'stale_update', current: canceled })]);
  await clock.advance(60_000);
  expect(lost).toHaveLength(1);
  expect(reads).toHaveLength(2);
});

test.each<[string, Assembly | undefined]>([
  ['taken by another claim', { ...TAKEN, claim: 4 }],
  ['in its next attempt', { ...TAKEN, status: 'queued', attempt: 3 }],
  ['in its next attempt, and that is done', { ...TAKEN, status: 'completed', attempt: 3, claim: 4 }],
  ...STATUSES.filter((status) => status !== 'processing').map((status): [string, Assembly] => [
    status,
    { ...TAKEN, status },
  ]),
])('one that is %s is this worker’s no more', async (_, answer) => {
  const { clock, lost, seen } = watched();
  seen.answer = async () => answer;
  await clock.advance(4_000);
  expect(lost).toHaveLength(1);
});

test.each<[string, Assembly]>([
  ['from before the claim', { ...TAKEN, status: 'queued', claim: 2 }],
  ['from the attempt before', { ...TAKEN, status: 'failed', attempt: 1, claim: 2 }],
  ['from the claim before that', { ...TAKEN, status: 'processing', claim: 2 }],
  ['as it was when it was taken', { ...TAKEN, version: 1 }],
])('a read that is old, %s, takes nothing away', async (_, answer) => {
  const { clock, reads, lost, seen } = watched();
  seen.answer = async () => answer;
  await clock.advance(8_000);
  expect(lost).toEqual([]);
  expect(reads).toHaveLength(2);
});

test('a read that fails says nothing, and the next one is made in its time', async () => {
  const { clock, reads, lost, warnings, seen } = watched();
  seen.answer = () => Promise.reject(new Error('slow down'));
  await clock.advance(8_000);
  expect(lost).toEqual([]);
  expect(warnings).toEqual(Array(2).fill([expect.any(String), { error: 'Error: slow down' }]));
  seen.answer = async () => ({ ...TAKEN, status: 'canceled' });
  await clock.advance(4_000);
  expect(reads.map(({ at }) => at)).toEqual([4, 8, 12]);
  expect(lost).toHaveLength(1);
});

test('a read that does not come back is waited for, and no other is made', async () => {
  const { clock, reads, lost, seen } = watched();
  const slow = Promise.withResolvers<Assembly>();
  seen.answer = () => slow.promise;
  await clock.advance(30_000);
  expect(reads).toHaveLength(1);
  slow.resolve({ ...TAKEN, claim: 4 });
  await clock.advance(0);
  expect(lost).toHaveLength(1);
});

describe('a watch that was ended', () => {
  test('reads nothing more and plans nothing', async () => {
    const { clock, reads, stop } = watched();
    await clock.advance(4_000);
    stop();
    expect(clock.planned).toBe(0);
    await clock.advance(60_000);
    expect(reads).toHaveLength(1);
  });

  test('during a read tells nothing of what that saw', async () => {
    const { clock, lost, stop, seen } = watched();
    const slow = Promise.withResolvers<Assembly>();
    seen.answer = () => slow.promise;
    await clock.advance(4_000);
    stop();
    slow.resolve({ ...TAKEN, status: 'completed' });
    await clock.advance(60_000);
    expect(lost).toEqual([]);
    expect(clock.planned).toBe(0);
  });
});
