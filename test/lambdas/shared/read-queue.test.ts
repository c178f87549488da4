import type { QueueStore } from '../../../lambdas/shared/queue-store.ts';
import { queueReader, readQueueFor } from '../../../lambdas/shared/read-queue.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

let time = 0;
let asked: string[] = [];
beforeEach(() => {
  time = Date.parse('2026-03-01T12:00:00.000Z');
  asked = [];
});
const now = () => new Date(time);

type Store = Pick<QueueStore, 'progress' | 'checkpointsFrom'>;
const progress = { enqueued: 7, updated_at: 0 };

const reader = (store: Partial<Store> = {}) =>
  queueReader({
    now,
    store: {
      async progress() {
        asked.push('progress');
        return { progress, revision: 1 };
      },
      async checkpointsFrom() {
        asked.push('checkpoint');
        return [];
      },
      ...store,
    },
  });

test('the place of one that waits is read, and how far the queue has come once a second', async () => {
  const read = reader();
  expect(await read(sampleAssembly())).toEqual({ progress, next: [] });
  expect(await read(sampleAssembly())).toEqual({ progress, next: [] });
  expect(asked).toEqual(['progress', 'checkpoint', 'checkpoint']);
  time += 1_000;
  await read(sampleAssembly());
  expect(asked).toEqual(['progress', 'checkpoint', 'checkpoint', 'progress', 'checkpoint']);
});

test.each([
  ['has begun', { status: 'processing' }],
  ['has ended', { status: 'completed' }],
  ['waits for its uploads', { status: 'uploading' }],
  ['is to wait for its next run', { next_retry_at: '2026-03-01T12:05:00.000Z' }],
  ['is somebody else’s to work', { external: true }],
] as const)('of one that %s nothing is read', async (_, attributes) => {
  expect(await reader()(sampleAssembly(attributes))).toBeUndefined();
  expect(asked).toEqual([]);
});

test('a run whose time has come has a place in the line', async () => {
  const retried = sampleAssembly({ next_retry_at: '2026-03-01T11:59:59.000Z' });
  expect(await reader()(retried)).toEqual({ progress, next: [] });
});

test('a refusal is no place, and nobody asks again for some seconds', async () => {
  const read = reader({
    async checkpointsFrom() {
      asked.push('refused');
      throw new Error('slow down');
    },
  });
  expect(await read(sampleAssembly())).toBeNull();
  expect(await read(sampleAssembly())).toBeNull();
  expect(asked).toEqual(['progress', 'refused']);
  time += 5_000;
  expect(await read(sampleAssembly())).toBeNull();
  expect(asked).toEqual(['progress', 'refused', 'progress', 'refused']);
});

test('before anything was counted there is no place to tell', async () => {
  expect(await reader({ progress: async () => undefined })(sampleAssembly())).toBeNull();
});

test('for the statuses of one request, what is asked for after the time is not looked up', async () => {
  const read = readQueueFor(reader(), 1_000, now);
  expect(await read(sampleAssembly())).toEqual({ progress, next: [] });
  time += 1_000;
  expect(await read(sampleAssembly())).toBeNull();
  expect(await read(sampleAssembly({ status: 'processing' }))).toBeUndefined();
  expect(asked).toEqual(['progress', 'checkpoint']);
});
