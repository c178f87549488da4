import { createHash } from 'node:crypto';
import { AssemblyStore, type NewAssembly } from '../../../lambdas/shared/assembly-store.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const LATER = new Date('2026-11-21T12:00:01.000Z');

let serial = 0;
const newAssembly = (changes: Partial<NewAssembly> = {}): NewAssembly => ({
  assembly_id: createHash('sha256').update(`store ${serial++}`).digest('hex'),
  template_id: 'text-statistics',
  user_id: 'user-1',
  status: 'queued',
  attempt: 1,
  claim: 0,
  external: false,
  branch: 'main',
  progress: 0,
  retry_count: 0,
  max_retries: 3,
  created_at: NOW.toISOString(),
  ...changes,
});

let table: Awaited<ReturnType<typeof scratchTable>>;
let store: AssemblyStore;

beforeAll(async () => {
  table = await scratchTable('assembly_id');
  store = new AssemblyStore(table.documents, table.name);
});

describe('create', () => {
  test('stores what it is given, with version 1', async () => {
    const assembly = newAssembly({
      fields: { text: 'x', deep: [1e200, null, { '': true }] },
      reference: 'r',
    });
    const { written } = await store.create(assembly, NOW);
    expect(written).toBe(true);
    expect(await store.get(assembly.assembly_id, { consistent: true })).toMatchObject({
      ...assembly,
      version: 1,
      updated_at: NOW.toISOString(),
    });
  });

  test('is refused where one is there, and shows it', async () => {
    const first = newAssembly({ reference: 'first' });
    await store.create(first, NOW);
    const outcome = await store.create({ ...first, reference: 'second' }, LATER);
    expect(outcome).toMatchObject({ written: false, assembly: { reference: 'first', version: 1 } });
  });

  test('writes over one that is past its time to live, from version 1 again', async () => {
    const seconds = NOW.getTime() / 1000;
    const old = newAssembly({ expires_at: seconds + 1, status: 'completed', result: 'old' });
    await store.create(old, NOW);
    expect((await store.create(newAssembly({ assembly_id: old.assembly_id }), NOW)).written).toBe(false);
    const outcome = await store.create(newAssembly({ assembly_id: old.assembly_id }), LATER);
    expect(outcome).toMatchObject({ written: true, assembly: { version: 1, status: 'queued' } });
    expect(await store.get(old.assembly_id, { consistent: true })).not.toHaveProperty('result');
  });

  test('recognises its own write when the answer was lost', async () => {
    const { client, documents, name } = await scratchTable('assembly_id');
    loseFirstAnswer(client);
    const outcome = await new AssemblyStore(documents, name).create(newAssembly(), NOW);
    expect(outcome).toMatchObject({ written: true, assembly: { version: 1 } });
  });

  test('by 50 at once is won by one', async () => {
    const assembly = newAssembly();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.create(assembly, NOW)));
    expect(outcomes.filter(({ written }) => written)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.assembly?.last_writer)).size).toBe(1);
  });
});

describe('change', () => {
  test('sets, removes, and adds 1 to the version', async () => {
    const { assembly_id } = newAssembly();
    await store.create(newAssembly({ assembly_id, progress_message: 'old' }), NOW);
    const outcome = await store.change(
      assembly_id,
      { from: ['queued'], set: { status: 'processing', progress: 10 }, remove: ['progress_message'] },
      LATER,
    );
    expect(outcome).toMatchObject({
      written: true,
      assembly: { status: 'processing', progress: 10, version: 2, updated_at: LATER.toISOString() },
    });
    expect(outcome.assembly).not.toHaveProperty('progress_message');
  });

  test.each([
    ['status', { from: ['processing' as const] }],
    ['attempt', { from: ['queued' as const], attempt: 2 }],
    ['claim', { from: ['queued' as const], claim: 1 }],
    ['version', { from: ['queued' as const], version: 2 }],
  ])('is refused by another %s, changes nothing and shows what is stored', async (_, condition) => {
    const assembly = newAssembly();
    await store.create(assembly, NOW);
    const outcome = await store.change(assembly.assembly_id, { ...condition, set: { progress: 50 } }, LATER);
    expect(outcome).toMatchObject({ written: false, assembly: { ...assembly, version: 1 } });
    expect(await store.get(assembly.assembly_id, { consistent: true })).toMatchObject({
      progress: 0,
      version: 1,
    });
  });

  test('of the status without a condition is made from where the state machine lets it', async () => {
    const [queued, ended] = [newAssembly(), newAssembly({ status: 'completed' })];
    for (const assembly of [queued, ended]) await store.create(assembly, NOW);
    const change = { set: { status: 'processing' as const } };
    expect((await store.change(queued.assembly_id, change, LATER)).written).toBe(true);
    expect((await store.change(ended.assembly_id, change, LATER)).written).toBe(false);
  });

  test('that the state machine does not have is a fault, and nothing is sent', async () => {
    const change = { from: ['completed' as const], set: { status: 'queued' as const } };
    await expect(store.change('0'.repeat(64), change, NOW)).rejects.toThrow('from completed to queued');
  });

  test('of one that never was is refused and shows nothing', async () => {
    const outcome = await store.change('0'.repeat(64), { from: ['queued'], set: { progress: 1 } }, NOW);
    expect(outcome).toEqual({ written: false, assembly: undefined });
  });

  test('recognises its own write when the answer was lost', async () => {
    const { client, documents, name } = await scratchTable('assembly_id');
    const faulty = new AssemblyStore(documents, name);
    const assembly = newAssembly();
    await faulty.create(assembly, NOW);
    loseFirstAnswer(client);
    const change = { from: ['queued' as const], claim: 0, set: { status: 'processing' as const, claim: 1 } };
    expect(await faulty.change(assembly.assembly_id, change, LATER)).toMatchObject({
      written: true,
      assembly: { version: 2, claim: 1 },
    });
  });

  test('counts as lost where somebody else has written since', async () => {
    const { client, documents, name } = await scratchTable('assembly_id');
    const other = new AssemblyStore(documents, name, () => 'somebody else');
    const assembly = newAssembly();
    await other.create(assembly, NOW);
    loseFirstAnswer(client, () =>
      other.change(assembly.assembly_id, { from: ['processing'], set: { status: 'canceled' } }, LATER),
    );
    const change = { from: ['queued' as const], set: { status: 'processing' as const } };
    expect(
      await new AssemblyStore(documents, name).change(assembly.assembly_id, change, LATER),
    ).toMatchObject({
      written: false,
      assembly: { status: 'canceled', version: 3 },
    });
  });

  test('by 50 at once with one claim is won by one', async () => {
    const assembly = newAssembly();
    await store.create(assembly, NOW);
    const change = { from: ['queued' as const], claim: 0, set: { status: 'processing' as const, claim: 1 } };
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => store.change(assembly.assembly_id, change, LATER)),
    );
    expect(outcomes.filter(({ written }) => written)).toHaveLength(1);
    expect(await store.get(assembly.assembly_id, { consistent: true })).toMatchObject({
      version: 2,
      claim: 1,
    });
  });
});
