import { createHash } from 'node:crypto';
import type { NewAssembly } from '../../../lambdas/shared/assembly-change.ts';
import type { AssemblyStore } from '../../../lambdas/shared/assembly-store.ts';
import { epochSeconds } from '../../../lib/domain/assembly.ts';
import { newAssembly as anyAssembly } from '../new-assembly.ts';

type Store = Pick<AssemblyStore, 'get' | 'create' | 'change' | 'overdue'>;

/** An empty table. */
export interface JobsTableUnderTest {
  /** A store on it; its writes are told apart by what `newWriter` gives. */
  store(newWriter?: () => string): Store;
  /** From now on: the first write is committed, its answer lost, and the write made again. `meanwhile` happens between. */
  loseFirstAnswer(meanwhile?: () => Promise<unknown>): void;
}

const NOW = new Date('2026-11-21T12:00:00.000Z');
const LATER = new Date('2026-11-21T12:00:01.000Z');

const DEADLINE = epochSeconds(NOW) + 900;

/** Of `newAssembly`. */
const OWNER = { user_id: 'user-1' };

let serial = 0;
/** Each has an id of its own, as they share a table. */
const newAssembly = (changes: Partial<NewAssembly> = {}): NewAssembly =>
  anyAssembly({
    assembly_id: createHash('sha256').update(`store ${serial++}`).digest('hex'),
    deadline_at: DEADLINE,
    ...changes,
  });

/** Declares the tests that every store of assemblies passes. */
export function assemblyStoreContract(openTable: () => Promise<JobsTableUnderTest>): void {
  let store: Store;

  beforeAll(async () => {
    store = (await openTable()).store();
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
      const table = await openTable();
      table.loseFirstAnswer();
      const outcome = await table.store().create(newAssembly(), NOW);
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
        {
          from: ['queued'],
          owner: OWNER,
          set: { status: 'processing', progress: 10, deadline_at: DEADLINE },
          remove: ['progress_message'],
        },
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
      const outcome = await store.change(
        assembly.assembly_id,
        { ...condition, set: { progress: 50 } },
        LATER,
      );
      expect(outcome).toMatchObject({ written: false, assembly: { ...assembly, version: 1 } });
      expect(await store.get(assembly.assembly_id, { consistent: true })).toMatchObject({
        progress: 0,
        version: 1,
      });
    });

    test('of the status without a condition is made from where the state machine lets it', async () => {
      const [queued, ended] = [newAssembly(), newAssembly({ status: 'completed' })];
      for (const assembly of [queued, ended]) await store.create(assembly, NOW);
      const change = { owner: OWNER, set: { status: 'processing' as const, deadline_at: DEADLINE } };
      expect((await store.change(queued.assembly_id, change, LATER)).written).toBe(true);
      expect((await store.change(ended.assembly_id, change, LATER)).written).toBe(false);
    });

    test('that the state machine does not have is a fault, and nothing is sent', async () => {
      const change = {
        from: ['completed' as const],
        owner: OWNER,
        set: { status: 'queued' as const, deadline_at: DEADLINE },
      };
      await expect(store.change('0'.repeat(64), change, NOW)).rejects.toThrow('from completed to queued');
    });

    test('of one that never was is refused and shows nothing', async () => {
      const outcome = await store.change('0'.repeat(64), { from: ['queued'], set: { progress: 1 } }, NOW);
      expect(outcome).toEqual({ written: false, assembly: undefined });
    });

    test('recognises its own write when the answer was lost', async () => {
      const table = await openTable();
      const faulty = table.store();
      const assembly = newAssembly();
      await faulty.create(assembly, NOW);
      table.loseFirstAnswer();
      const change = {
        from: ['queued' as const],
        owner: OWNER,
        claim: 0,
        set: { status: 'processing' as const, claim: 1, deadline_at: DEADLINE },
      };
      expect(await faulty.change(assembly.assembly_id, change, LATER)).toMatchObject({
        written: true,
        assembly: { version: 2, claim: 1 },
      });
    });

    test('counts as lost where somebody else has written since', async () => {
      const table = await openTable();
      const other = table.store(() => 'somebody else');
      const assembly = newAssembly();
      await other.create(assembly, NOW);
      table.loseFirstAnswer(() =>
        other.change(
          assembly.assembly_id,
          { from: ['processing'], owner: OWNER, set: { status: 'canceled' } },
          LATER,
        ),
      );
      const change = {
        from: ['queued' as const],
        owner: OWNER,
        set: { status: 'processing' as const, deadline_at: DEADLINE },
      };
      expect(await table.store().change(assembly.assembly_id, change, LATER)).toMatchObject({
        written: false,
        assembly: { status: 'canceled', version: 3 },
      });
    });

    test('by 50 at once with one claim is won by one', async () => {
      const assembly = newAssembly();
      await store.create(assembly, NOW);
      const change = {
        from: ['queued' as const],
        owner: OWNER,
        claim: 0,
        set: { status: 'processing' as const, claim: 1, deadline_at: DEADLINE },
      };
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

  describe('a deadline', () => {
    const idsOf = async (shard: string, now: Date): Promise<string[]> => {
      const ids: string[] = [];
      for await (const id of store.overdue(shard, now)) ids.push(id);
      return ids;
    };
    const at = (seconds: number): Date => new Date(seconds * 1000);

    test('is part of every write that leaves an assembly open', async () => {
      const { deadline_at: _, ...stuck } = newAssembly();
      await expect(store.create(stuck, NOW)).rejects.toThrow('without a deadline');
      const change = { owner: OWNER, set: { status: 'processing' as const } };
      await expect(store.change(stuck.assembly_id, change, NOW)).rejects.toThrow('without a deadline');
    });

    test('that has come makes the assembly be found, the oldest first, in its shard', async () => {
      const shard = 'abcdef'.charAt(serial % 6);
      const ids = [3, 1, 2].map((order) => ({ order, id: shard + newAssembly().assembly_id.slice(1) }));
      for (const { order, id } of ids)
        await store.create(newAssembly({ assembly_id: id, deadline_at: DEADLINE + 10_000 + order }), NOW);
      const ours = async (seconds: number, inShard = shard) =>
        (await idsOf(inShard, at(DEADLINE + 10_000 + seconds))).filter((found) =>
          ids.some(({ id }) => id === found),
        );
      expect(await ours(0)).toEqual([]);
      expect(await ours(2)).toEqual([ids[1]?.id, ids[2]?.id]);
      expect(await ours(99)).toEqual([ids[1]?.id, ids[2]?.id, ids[0]?.id]);
      expect(await ours(99, '0')).toEqual([]);
    });

    test('moves with a write, and goes with the end', async () => {
      const assembly = newAssembly();
      const shard = assembly.assembly_id.charAt(0);
      await store.create(assembly, NOW);
      const isFound = async (seconds: number) =>
        (await idsOf(shard, at(seconds))).includes(assembly.assembly_id);
      expect(await isFound(DEADLINE)).toBe(true);
      await store.change(assembly.assembly_id, { set: { deadline_at: DEADLINE + 60 } }, NOW);
      expect([await isFound(DEADLINE + 59), await isFound(DEADLINE + 60)]).toEqual([false, true]);
      const { assembly: ended } = await store.change(
        assembly.assembly_id,
        { owner: OWNER, set: { status: 'canceled' } },
        NOW,
      );
      expect(ended).not.toHaveProperty('deadline_at');
      expect(await isFound(DEADLINE + 1e6)).toBe(false);
      expect(await store.get(assembly.assembly_id, { consistent: true })).not.toHaveProperty('open_shard');
    });
  });
}
