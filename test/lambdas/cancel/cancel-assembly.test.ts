import { cancelAssembly } from '../../../lambdas/cancel/cancel-assembly.ts';
import { advanceAssembly } from '../../../lambdas/shared/advance-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { Status } from '../../../lib/domain/state-machine.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const STARTED = '2026-11-21T12:00:01.000Z';

const storeWith = (changes: Partial<Assembly>): InMemoryAssemblyStore =>
  new InMemoryAssemblyStore({ attempt: 2, claim: 3, ...changes });

const cancel = (store: InMemoryAssemblyStore, seen = store.assembly) =>
  cancelAssembly(seen, { store, retentionDays: 30, now: () => NOW });

const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

test.each<[Status, Partial<Assembly>, object]>([
  ['uploading', {}, {}],
  ['queued', { next_retry_at: '2026-11-21T12:05:00.000Z' }, {}],
  ['processing', { started_at: STARTED, progress_message: 'Doing one' }, { started_at: STARTED }],
])('one that is %s is ended at once, and the history knows', async (status, changes, record) => {
  const store = storeWith({ status, ...changes });
  const canceled = await cancel(store);
  expect(canceled).toMatchObject({
    status: 'canceled',
    attempt: 2,
    claim: 3,
    version: 2,
    ended_at: NOW.toISOString(),
    expires_at: NOW.getTime() / 1000 + 30 * 86_400,
  });
  expect(canceled.attempts).toStrictEqual([
    { attempt: 2, status: 'canceled', ended_at: NOW.toISOString(), ...record },
  ]);
  for (const name of ['deadline_at', 'next_retry_at', 'progress_message', 'error'])
    expect(canceled).not.toHaveProperty(name);
  expect(store.history).toEqual([canceled]);
});

test('twice, it is canceled once, and both succeed', async () => {
  const store = storeWith({});
  const seen = store.assembly;
  const first = await cancel(store);
  expect(await cancel(store)).toEqual(first);
  // As somebody who had read it before the first one wrote.
  expect(await cancel(store, seen)).toEqual(first);
  expect(store.history).toEqual([first]);
});

test('by fifty at once it is canceled once, and all succeed', async () => {
  const store = storeWith({ status: 'processing' });
  const canceled = await Promise.all(Array.from({ length: 50 }, () => cancel(store)));
  expect(new Set(canceled.map(({ version }) => version))).toEqual(new Set([2]));
  expect(store.history).toHaveLength(1);
});

test.each<Status>(['completed', 'partial', 'failed'])('one that is %s has ended already', async (status) => {
  const store = storeWith({ status });
  await expect(cancel(store)).rejects.toMatchObject({ code: 'already_ended', current: store.assembly });
  expect(store.history).toEqual([]);
});

describe('racing the end', () => {
  const complete = (store: InMemoryAssemblyStore, seen: Assembly) =>
    advanceAssembly(
      seen,
      { to: 'completed', attempt: 2, claim: 3, result: 1 },
      {
        store,
        retentionDays: 30,
        now: () => NOW,
      },
    );

  test('the end may win: who cancels is told how it ended', async () => {
    const store = storeWith({ status: 'processing' });
    const seen = store.assembly;
    await complete(store, seen);
    await expect(cancel(store, seen)).rejects.toMatchObject({
      code: 'already_ended',
      current: { status: 'completed', result: 1, version: 2 },
    });
    expect(store.history).toHaveLength(1);
  });

  test('the cancel may win: who ends it is told', async () => {
    const store = storeWith({ status: 'processing' });
    const seen = store.assembly;
    await cancel(store, seen);
    await expect(complete(store, seen)).rejects.toMatchObject({
      code: 'already_ended',
      current: { status: 'canceled', version: 2 },
    });
    expect(store.history).toHaveLength(1);
  });

  test('at once, one of the two wins', async () => {
    const store = storeWith({ status: 'processing' });
    const seen = store.assembly;
    const outcomes = await Promise.allSettled([cancel(store, seen), complete(store, seen)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(store.history).toHaveLength(1);
    expect(store.assembly.attempts).toHaveLength(1);
  });
});

test.each<[string, Partial<Assembly>]>([
  ['progress was written', { progress: 50 }],
  ['a worker took it', { status: 'processing', claim: 4 }],
  ['it was given back', { status: 'queued', retry_count: 1 }],
])('it is canceled although %s in this moment', async (_, changes) => {
  const store = storeWith({ status: 'processing' });
  const seen = store.assembly;
  become(store, changes);
  expect(await cancel(store, seen)).toMatchObject({ ...changes, status: 'canceled', version: 3 });
});

test('one that is gone is not found', async () => {
  const gone = { change: async () => ({ written: false as const, assembly: undefined }) };
  const canceled = cancelAssembly(storeWith({}).assembly, { store: gone, retentionDays: 30, now: () => NOW });
  await expect(canceled).rejects.toMatchObject({ code: 'not_found' });
});
