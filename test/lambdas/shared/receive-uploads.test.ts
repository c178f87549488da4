import { receiveUploads } from '../../../lambdas/shared/receive-uploads.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { uploadsOf } from '../in-memory-files.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const UPLOADS = uploadsOf('one', 'two', 'three');
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];

const uploading = (changes: Partial<Assembly> = {}): InMemoryAssemblyStore =>
  new InMemoryAssemblyStore({ status: 'uploading', uploads: UPLOADS, received: [], ...changes });

const receive = (store: InMemoryAssemblyStore, ids: readonly string[], seen = store.assembly) =>
  receiveUploads(seen, ids, { store, now: () => NOW });

test('notes an upload, and the assembly goes on waiting for the others', async () => {
  const store = uploading();
  const assembly = await receive(store, [TWO]);
  expect(assembly).toMatchObject({ status: 'uploading', received: [TWO], version: 2 });
  expect(assembly).not.toHaveProperty('queued_at');
  expect(store.history).toEqual([assembly]);
});

test('keeps what is there in the order of the submission', async () => {
  const store = uploading({ received: [THREE] });
  await receive(store, [ONE]);
  expect(store.assembly.received).toEqual([ONE, THREE]);
});

test.each<[string, string[], string[]]>([
  ['the last one', [ONE, THREE], [TWO]],
  ['the last two at once', [ONE], [THREE, TWO]],
  ['all at once', [], [ONE, TWO, THREE]],
])('%s queues the assembly, in the same write', async (_, received, ids) => {
  const store = uploading({ received });
  const assembly = await receive(store, ids);
  expect(assembly).toMatchObject({
    status: 'queued',
    queued_at: NOW.toISOString(),
    received: [ONE, TWO, THREE],
    version: 2,
    attempt: 1,
    claim: 0,
  });
  expect(store.history).toEqual([assembly]);
});

test.each<[string, string[]]>([
  ['one that is known', [ONE]],
  ['one that nobody announced', ['f'.repeat(32)]],
  ['a second copy of one file that was announced once', [`${TWO}-2`]],
  ['none', []],
])('%s changes nothing', async (_, ids) => {
  const store = uploading({ received: [ONE] });
  expect(await receive(store, ids)).toBe(store.assembly);
  expect(store.history).toEqual([]);
});

test.each(STATUSES.filter((status) => status !== 'uploading'))(
  'one that is %s is left alone',
  async (status) => {
    const store = uploading({ status });
    expect(await receive(store, [ONE, TWO, THREE])).toBe(store.assembly);
    expect(store.history).toEqual([]);
  },
);

test('one that was seen uploading and is no longer is left alone', async () => {
  const store = uploading();
  const seen = store.assembly;
  store.assembly = { ...seen, status: 'canceled', version: 2 };
  expect(await receive(store, [ONE], seen)).toMatchObject({ status: 'canceled', received: [] });
  expect(store.history).toEqual([]);
});

test('one that is gone is what was seen of it', async () => {
  const store = uploading();
  const gone = { change: async () => ({ written: false as const, assembly: undefined }) };
  expect(await receiveUploads(store.assembly, [ONE], { store: gone, now: () => NOW })).toBe(store.assembly);
});

test('a hundred that come at once are noted once each, and one of them queues the assembly', async () => {
  const uploads = uploadsOf(...Array.from({ length: 100 }, (_, index) => `file ${index % 60}`));
  const store = uploading({ uploads });
  const seen = store.assembly;
  // Each has read the assembly before any of them wrote.
  await Promise.all(uploads.map(({ id }) => receive(store, [id], seen)));
  expect(store.assembly).toMatchObject({ status: 'queued', received: uploads.map(({ id }) => id) });
  expect(store.history).toHaveLength(100);
  expect(store.history.filter(({ status }) => status === 'queued')).toHaveLength(1);
  for (const [index, { received }] of store.history.entries()) expect(received).toHaveLength(index + 1);
});

test('a write that fails is told', async () => {
  const store = uploading();
  store.beforeWrite = () => {
    throw new Error('slow down');
  };
  await expect(receive(store, [ONE])).rejects.toThrow('slow down');
});
