import { setImmediate } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { logContext } from '../../../lambdas/shared/log-context.ts';
import { type RecoverAllDependencies, recoverAssemblies } from '../../../lambdas/sweep/recover-assemblies.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryJobsTable } from '../in-memory-jobs-table.ts';
import { MINUTE, NOON, NOON_SECONDS, sweeper } from './sweeper.ts';

const DUE = NOON_SECONDS + 15 * MINUTE;
const NOW = new Date(NOON.getTime() + 20 * MINUTE * 1000);
const idOf = (shard: string, serial = 0): string => `${shard}${String(serial).padStart(63, '0')}`;

/** A table with these assemblies, and a sweep over it. */
async function swept(...assemblies: readonly Partial<Assembly>[]) {
  const table = new InMemoryJobsTable();
  const { assembly: sample } = new InMemoryAssemblyStore();
  const store = new InMemoryAssemblyStore({}, { table });
  for (const assembly of assemblies) table.put({ ...sample, deadline_at: DUE, ...assembly }, NOON);
  const { dependencies, sent, setClock, files } = sweeper({}, store);
  setClock(20 * MINUTE);
  const errors: [string, unknown][] = [];
  const all: RecoverAllDependencies = {
    ...dependencies,
    store,
    mayGoOn: () => true,
    onError: (id, error) => void errors.push([id, error]),
  };
  return {
    table,
    store,
    sent,
    files,
    errors,
    sweep: (changes: Partial<RecoverAllDependencies> = {}) => recoverAssemblies({ ...all, ...changes }),
  };
}

test('where nothing is due there is nothing to do', async () => {
  const { sweep, sent, store } = await swept({ deadline_at: NOW.getTime() / 1000 + 1 });
  expect(await sweep()).toEqual({});
  expect(sent).toEqual([]);
  expect(store.history).toEqual([]);
});

test('whatever is due is looked after, in every shard, and counted', async () => {
  const shards = [...'0123456789abcdef'];
  const { sweep, sent, table } = await swept(
    ...shards.map((shard) => ({ assembly_id: idOf(shard) })),
    { assembly_id: idOf('0', 1), status: 'processing', claim: 1, max_retries: 1 },
    { assembly_id: idOf('7', 1), status: 'processing', claim: 1 },
    { assembly_id: idOf('f', 1), external: true },
    { assembly_id: idOf('f', 2), status: 'canceled', deadline_at: undefined },
    { assembly_id: idOf('f', 3), deadline_at: DUE + 3_600 },
  );
  expect(await sweep()).toEqual({ sent_again: 16, retried: 1, failed: 2 });
  expect(sent.map(({ assembly_id }) => assembly_id).toSorted()).toEqual(shards.map((shard) => idOf(shard)));
  expect(table.items.get(idOf('0', 1))).toMatchObject({ status: 'queued', retry_count: 1 });
  expect(await sweep()).toEqual({});
});

test('in a shard, the one that has waited longest comes first', async () => {
  const { sweep, sent } = await swept(
    ...[3, 1, 2].map((n) => ({ assembly_id: idOf('a', n), deadline_at: DUE + n })),
  );
  await sweep();
  expect(sent.map(({ assembly_id }) => assembly_id)).toEqual([1, 2, 3].map((n) => idOf('a', n)));
});

describe('the index may be behind', () => {
  test('one that went on in the meantime is left alone', async () => {
    const { sweep, table, store } = await swept({ assembly_id: idOf('a') });
    const get = store.get.bind(store);
    store.get = async (id: string) => {
      const found = await get(id);
      if (found) table.items.set(id, { ...found, status: 'completed', deadline_at: undefined });
      return get(id);
    };
    expect(await sweep()).toEqual({ overtaken: 1 });
    expect(store.history).toEqual([]);
  });

  test('one that is gone is left alone', async () => {
    const { sweep, store } = await swept({ assembly_id: idOf('a') });
    store.get = async () => undefined;
    expect(await sweep()).toEqual({ overtaken: 1 });
  });

  test('so that the assembly itself is read, consistently', async () => {
    const { sweep, store } = await swept({ assembly_id: idOf('a') });
    const get = jest.spyOn(store, 'get') as unknown as jest.Mock;
    await sweep();
    expect(get.mock.calls).toEqual([[idOf('a'), { consistent: true }]]);
  });
});

describe('an assembly that cannot be looked after', () => {
  test('is told, and the others are looked after', async () => {
    const { sweep, store, errors, table } = await swept(
      ...[0, 1, 2].map((n) => ({ assembly_id: idOf('a', n), deadline_at: DUE + n })),
      { assembly_id: idOf('b') },
    );
    const get = store.get.bind(store);
    store.get = async (id: string) => {
      if (id === idOf('a', 0)) throw new Error('poison');
      return get(id);
    };
    expect(await sweep()).toEqual({ sent_again: 3, error: 1 });
    expect(errors).toEqual([[idOf('a', 0), new Error('poison')]]);
    expect(table.items.get(idOf('a', 0))?.deadline_at).toBe(DUE);
  });

  test('is tried again by the next sweep', async () => {
    const { sweep, store } = await swept({ assembly_id: idOf('a') });
    store.beforeWrite = () => {
      throw new Error('slow down');
    };
    expect(await sweep()).toEqual({ error: 1 });
    store.beforeWrite = () => {};
    expect(await sweep()).toEqual({ sent_again: 1 });
  });
});

describe('the time of a sweep', () => {
  test('is kept to: the rest is left to the next one', async () => {
    const { sweep, sent } = await swept(
      ...Array.from({ length: 5 }, (_, n) => ({ assembly_id: idOf('a', n), deadline_at: DUE + n })),
    );
    expect(await sweep({ mayGoOn: () => sent.length < 2 })).toEqual({ sent_again: 2, unread: 1 });
    expect(sent.map(({ assembly_id }) => assembly_id)).toEqual([idOf('a', 0), idOf('a', 1)]);
    expect(await sweep()).toEqual({ sent_again: 3 });
  });

  test('that is over before it begins is no error', async () => {
    const { sweep, store } = await swept({ assembly_id: idOf('a') });
    expect(await sweep({ mayGoOn: () => false })).toEqual({ unread: 1 });
    expect(store.history).toEqual([]);
  });
});

describe('a shard that cannot be read', () => {
  /** Those shards fail at once or after what they have shown; the others take their time. */
  const failing = (store: InMemoryAssemblyStore, shards: string, { late = false } = {}) => {
    const overdue = store.overdue.bind(store);
    store.overdue = async function* (shard, now) {
      const fails = shards.includes(shard);
      if (!fails) await setImmediate();
      if (!fails || late) yield* overdue(shard, now);
      if (fails) throw new Error(`no answer for ${shard}`);
    };
  };

  test('is told, and the others are looked after', async () => {
    const { sweep, store, sent, errors } = await swept(
      { assembly_id: idOf('0') },
      { assembly_id: idOf('5') },
      { assembly_id: idOf('f') },
    );
    failing(store, '5');
    expect(await sweep()).toEqual({ sent_again: 2, unread: 1 });
    expect(errors).toEqual([['shard 5', new Error('no answer for 5')]]);
    expect(sent.map(({ assembly_id }) => assembly_id)).toEqual([idOf('0'), idOf('f')]);
  });

  test('in its second page has the first one looked after', async () => {
    const { sweep, store, sent } = await swept({ assembly_id: idOf('5') });
    failing(store, '5', { late: true });
    expect(await sweep()).toEqual({ sent_again: 1, unread: 1 });
    expect(sent).toHaveLength(1);
  });

  test('is told each by each', async () => {
    const { sweep, store, errors } = await swept({ assembly_id: idOf('f') });
    failing(store, '0123456789abcde');
    expect(await sweep()).toEqual({ sent_again: 1, unread: 15 });
    expect(errors.map(([which]) => which)).toEqual([...'0123456789abcde'].map((shard) => `shard ${shard}`));
  });
});

test('where the queue is out, what needs it is left after a few, and nobody else waits for it', async () => {
  const waiting = Array.from({ length: 20 }, (_, n) => ({ assembly_id: idOf('a', n), deadline_at: DUE + n }));
  const { sweep, table } = await swept(...waiting, {
    assembly_id: idOf('a', 99),
    status: 'processing',
    deadline_at: DUE + 99,
    max_retries: 1,
  });
  let tried = 0;
  const jobs = {
    async send() {
      tried += 1;
      throw Object.assign(new Error('the queue is out'), { code: 'ECONNREFUSED' });
    },
  };
  expect(await sweep({ jobs })).toEqual({ error: 5, left: 15, retried: 1 });
  expect(tried).toBe(5);
  expect(table.items.get(idOf('a', 99))).toMatchObject({ status: 'queued', retry_count: 1 });
  expect(await sweep()).toEqual({ sent_again: 20 });
});

test('what is logged of an assembly carries its id, though the shards are looked after side by side', async () => {
  const ids = ['3', '9', 'c'].map((shard) => idOf(shard));
  const { sweep } = await swept(...ids.map((assembly_id) => ({ assembly_id })));
  const seen: [string, unknown][] = [];
  await sweep({
    jobs: {
      send: async () => {
        await setImmediate();
        throw new Error('no');
      },
    },
    onError: (id) => void seen.push([id, logContext.current().assembly_id]),
  });
  expect(seen.toSorted()).toEqual(ids.map((id) => [id, id]));
});
