import { buryJob } from '../../../lambdas/bury/bury-job.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';

const NOW = new Date('2026-11-25T12:00:10.000Z');
const WAITING: Partial<Assembly> = { attempt: 2, claim: 3, max_retries: 3 };
const MESSAGE = { assembly_id: 'a'.repeat(64), attempt: 2, claim: 3 };

const bury = (store: Pick<InMemoryAssemblyStore, 'get' | 'change'>, message = MESSAGE) =>
  buryJob(message, { store, retentionDays: 30, now: () => NOW });

const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

test('an assembly that waits for just this message is failed, with the reason', async () => {
  const store = new InMemoryAssemblyStore({ ...WAITING, next_retry_at: '2026-11-21T12:00:20.000Z' });
  expect(await bury(store)).toBe('buried');
  const error = { code: 'message_undeliverable', category: 'WORKER_ERROR', details: expect.any(String) };
  expect(store.assembly).toMatchObject({
    status: 'failed',
    error,
    retry_count: 0,
    ended_at: NOW.toISOString(),
    expires_at: NOW.getTime() / 1000 + 30 * 86_400,
    attempts: [
      { attempt: 2, status: 'failed', error: { code: 'message_undeliverable', category: 'WORKER_ERROR' } },
    ],
  });
  for (const name of ['deadline_at', 'next_retry_at']) expect(store.assembly).not.toHaveProperty(name);
});

test('a second copy finds it buried', async () => {
  const store = new InMemoryAssemblyStore(WAITING);
  await bury(store);
  expect(await bury(store)).toBe('skipped');
  expect(store.history).toHaveLength(1);
});

test.each<[string, Partial<Assembly>]>([
  ['at a newer attempt', { attempt: 3 }],
  ['at a newer claim', { claim: 4 }],
  ...STATUSES.filter((status) => status !== 'queued').map((status): [string, Partial<Assembly>] => [
    status,
    { status },
  ]),
  ['an external worker’s', { external: true }],
])('one that is %s is left alone', async (_, changes) => {
  const store = new InMemoryAssemblyStore({ ...WAITING, ...changes });
  expect(await bury(store)).toBe('skipped');
  expect(store.history).toEqual([]);
});

test('one that is gone is left alone', async () => {
  const store = new InMemoryAssemblyStore(WAITING);
  expect(await bury(store, { ...MESSAGE, assembly_id: 'b'.repeat(64) })).toBe('skipped');
});

describe('in this moment', () => {
  test.each<[string, Partial<Assembly>]>([
    ['a worker took it', { status: 'processing', claim: 4 }],
    ['it was canceled', { status: 'canceled' }],
    ['it was canceled and began anew', { status: 'queued', attempt: 3 }],
  ])('%s: it is left alone', async (_, changes) => {
    const store = new InMemoryAssemblyStore(WAITING);
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, changes);
    };
    expect(await bury(store)).toBe('skipped');
    expect(store.history).toEqual([]);
    expect(store.assembly).toMatchObject(changes);
  });

  test('sweep moved its deadline: it is failed all the same', async () => {
    const store = new InMemoryAssemblyStore(WAITING);
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, { deadline_at: NOW.getTime() / 1000 + 1_800 });
    };
    expect(await bury(store)).toBe('buried');
    expect(store.assembly).toMatchObject({ status: 'failed', version: 3 });
  });

  test('it went: nothing is left to do', async () => {
    const store = new InMemoryAssemblyStore(WAITING);
    const gone = {
      get: store.get.bind(store),
      change: async () => ({ written: false as const, assembly: undefined }),
    };
    expect(await bury(gone)).toBe('skipped');
  });
});

test('a read or a write that fails is told, and the message comes again', async () => {
  const store = new InMemoryAssemblyStore(WAITING);
  store.beforeWrite = () => {
    throw new Error('slow down');
  };
  await expect(bury(store)).rejects.toThrow('slow down');
  store.get = () => Promise.reject(new Error('no answer'));
  await expect(bury(store)).rejects.toThrow('no answer');
});
