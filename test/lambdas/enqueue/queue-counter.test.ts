import { QueueCounter } from '../../../lambdas/enqueue/queue-counter.ts';
import { QueueStore } from '../../../lambdas/shared/queue-store.ts';
import { queueReader } from '../../../lambdas/shared/read-queue.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { queueViewOf } from '../../../lib/domain/queue-view.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { scratchTable } from '../../scratch-table.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
let time: number;
let store: QueueStore;
let counter: QueueCounter;
const now = () => new Date(time);

let table: Awaited<ReturnType<typeof scratchTable>>;
beforeEach(async () => {
  table = await scratchTable(['queue', 'at']);
  time = START;
  store = new QueueStore(table.documents, table.name);
  counter = new QueueCounter({ queue: store, now });
});
afterEach(() => table.client.destroy());

const queued = (attributes: Partial<Assembly> = {}): Assembly =>
  sampleAssembly({ queued_at: new Date(time).toISOString(), ...attributes });

const enter = (after: Assembly): void => counter.note({ before: undefined, after });
const begin = (before: Assembly): void =>
  counter.note({
    before,
    after: { ...before, status: 'processing', claim: 1, started_at: new Date(time).toISOString() },
  });

const viewOf = async (assembly: Assembly) =>
  queueViewOf(assembly, await queueReader({ store, now })(assembly), now());

/** Each a second after the one before. */
async function enterOneByOne(count: number): Promise<Assembly[]> {
  const jobs: Assembly[] = [];
  for (let index = 0; index < count; index++) {
    time += 1_000;
    const job = queued();
    jobs.push(job);
    enter(job);
    await counter.flush();
  }
  return jobs;
}

test('places follow the order of entering, and workers move them', async () => {
  const jobs = await enterOneByOne(5);
  for (const [index, job] of jobs.entries())
    expect(await viewOf(job)).toMatchObject({ position: index + 1, depth: 5 });
  begin(jobs[0] as Assembly);
  begin(jobs[1] as Assembly);
  await counter.flush();
  for (const [index, job] of jobs.slice(2).entries())
    expect(await viewOf(job)).toMatchObject({ position: index + 1, depth: 3 });
});

test('those of one batch have places of their own, by when they were queued', async () => {
  const jobs = [3, 1, 2].map((milliseconds) => {
    const job = sampleAssembly({ queued_at: new Date(START + milliseconds).toISOString() });
    enter(job);
    return job;
  });
  await counter.flush();
  expect(await Promise.all(jobs.map(async (job) => (await viewOf(job)).position))).toEqual([3, 1, 2]);
});

test('a run that waits for its time is in the queue and takes nobody’s place when it begins', async () => {
  const [first, second] = (await enterOneByOne(2)) as [Assembly, Assembly];
  const retried = queued({ next_retry_at: new Date(time + 60_000).toISOString() });
  begin(first);
  await counter.flush();
  time += 61_000;
  begin(retried);
  await counter.flush();
  expect(await viewOf(second)).toMatchObject({ position: 1 });
});

test('what does not touch the queue is not counted', async () => {
  const job = queued();
  counter.note({ before: job, after: { ...job, version: 2, deadline_at: 5 } });
  counter.note({ before: job, after: { ...job, status: 'canceled' } });
  enter(queued({ external: true }));
  await counter.flush();
  expect(await store.progress()).toBeUndefined();
});

test('while its table does not answer, a batch is none the worse, and the next is counted after a pause', async () => {
  let refusals = 0;
  const refused = async (): Promise<never> => {
    refusals++;
    throw new Error('slow down');
  };
  const broken = new QueueCounter({
    queue: Object.assign(Object.create(store), { addEnqueued: refused }),
    now,
  });
  for (let batch = 0; batch < 3; batch++) {
    broken.note({ before: undefined, after: queued() });
    await broken.flush();
  }
  expect(refusals).toBe(1);
  time += 30_000;
  broken.note({ before: undefined, after: queued() });
  await broken.flush();
  expect(refusals).toBe(2);
});

test('two shards that count at once lose nothing', async () => {
  const jobs = await enterOneByOne(20);
  const others = Array.from({ length: 4 }, () => new QueueCounter({ queue: store, now }));
  for (const [index, job] of jobs.slice(0, 16).entries())
    others[index % 4]?.note({
      before: job,
      after: { ...job, status: 'processing', claim: 1, started_at: new Date(time).toISOString() },
    });
  await Promise.all(others.map((other) => other.flush()));
  const { progress } = (await store.progress({ consistent: true })) ?? {};
  expect(progress).toMatchObject({ enqueued: 20, head: { claimed: 16 } });
  expect(await viewOf(jobs[16] as Assembly)).toMatchObject({ position: 1, depth: 4 });
});

test.each([1, 10, 3_600])('jobs that come alone, %d s apart, all find an empty line', async (seconds) => {
  for (let index = 0; index < 5; index++) {
    const [job] = (await enterOneByOne(1)) as [Assembly];
    expect(await viewOf(job)).toMatchObject({ position: 1, depth: 1 });
    begin(job);
    await counter.flush();
    time += seconds * 1_000;
  }
});

describe('when it will be its turn', () => {
  test('is now where workers are free', async () => {
    const [job] = (await enterOneByOne(1)) as [Assembly];
    begin(job);
    await counter.flush();
    const [next] = (await enterOneByOne(1)) as [Assembly];
    expect((await viewOf(next)).estimated_start_at).toBe(now().toISOString());
  });

  test('is not known before the rate is', async () => {
    const [first, second] = (await enterOneByOne(2)) as [Assembly, Assembly];
    time += 5_000;
    begin(first);
    await counter.flush();
    expect((await viewOf(second)).estimated_start_at).toBeNull();
  });

  test('follows from how many begin in a second', async () => {
    const jobs = await enterOneByOne(100);
    time += 60_000;
    // Two a second, for thirty seconds.
    for (let second = 0; second < 30; second++) {
      time += 1_000;
      for (const job of jobs.slice(2 * second, 2 * second + 2)) begin(job);
      await counter.flush();
    }
    const { position, estimated_start_at } = await viewOf(jobs[99] as Assembly);
    expect(position).toBe(40);
    const seconds = (Date.parse(estimated_start_at ?? '') - time) / 1000;
    expect(seconds).toBeGreaterThan(18);
    expect(seconds).toBeLessThan(22);
  });

  test('is not before the time of a run that waits for it', async () => {
    const next_retry_at = new Date(time + 60_000).toISOString();
    const retried = queued({ next_retry_at });
    expect(await viewOf(retried)).toMatchObject({
      state: 'delayed',
      position: null,
      estimated_start_at: next_retry_at,
    });
  });
});

test('where a busy owner is passed by the others, its jobs are not told that it is their turn', async () => {
  const jobs = await enterOneByOne(500);
  for (let round = 0; round < 10; round++) {
    time += 1_000;
    // The owner's next one, and one of somebody else who has just come.
    begin(jobs[round] as Assembly);
    const passing = queued({ user_id: 'somebody else' });
    enter(passing);
    begin(passing);
    await counter.flush();
  }
  const { position } = await viewOf(jobs[400] as Assembly);
  expect(position).toBeGreaterThan(380);
});
