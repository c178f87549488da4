import { createHash } from 'node:crypto';
import type { AssemblyBatch } from '../../../lambdas/shared/assembly-batch.ts';
import type { NewAssembly } from '../../../lambdas/shared/assembly-change.ts';
import type { AssemblyStore } from '../../../lambdas/shared/assembly-store.ts';
import { type Assembly, epochSeconds } from '../../../lib/domain/assembly.ts';
import { newAssembly } from '../new-assembly.ts';

/** An empty table. */
export interface BatchUnderTest {
  readonly store: Pick<AssemblyStore, 'create'>;
  readonly batch: Pick<AssemblyBatch, 'read'>;
}

const NOW = new Date('2026-11-21T12:00:00.000Z');

let serial = 0;
export const newId = (): string => createHash('sha256').update(`batch ${serial++}`).digest('hex');

/** Of another size each, so that none is taken for another. */
export async function fill(
  { store }: Pick<BatchUnderTest, 'store'>,
  count: number,
  attributes: Partial<NewAssembly> = {},
): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  for (const assembly_id of ids)
    await store.create(newAssembly({ assembly_id, reference: assembly_id.slice(0, 9), ...attributes }), NOW);
  return ids;
}

export async function readAll(
  batch: BatchUnderTest['batch'],
  ids: readonly string[],
  consistent = false,
): Promise<Assembly[]> {
  const found: Assembly[] = [];
  for await (const assembly of batch.read(ids, { consistent })) found.push(assembly);
  return found;
}

const idsOf = (assemblies: readonly Assembly[]): string[] =>
  assemblies.map(({ assembly_id }) => assembly_id).sort();

/** Declares the tests that everything passes that reads many assemblies at once. */
export function assemblyBatchContract(openTable: () => Promise<BatchUnderTest>): void {
  let table: BatchUnderTest;
  beforeAll(async () => {
    table = await openTable();
  });

  test.each([false, true])('those that are there are read, consistently: %s', async (consistent) => {
    const ids = await fill(table, 3, { fields: { deep: [1e200, null] } });
    const found = await readAll(table.batch, [newId(), ...ids, newId()], consistent);
    expect(idsOf(found)).toEqual(ids.sort());
    for (const { assembly_id, ...assembly } of found)
      expect(assembly).toMatchObject({
        reference: assembly_id.slice(0, 9),
        fields: { deep: [1e200, null] },
        version: 1,
      });
  });

  test('nothing is read of what never was', async () => {
    expect(await readAll(table.batch, [newId()])).toEqual([]);
  });

  test('one that is past its time to live is still read', async () => {
    const ids = await fill(table, 1, { status: 'failed', expires_at: epochSeconds(NOW) - 1 });
    expect(idsOf(await readAll(table.batch, ids))).toEqual(ids);
  });

  test('a hundred are read at once', async () => {
    const ids = await fill(table, 100);
    expect(idsOf(await readAll(table.batch, ids))).toEqual(ids.sort());
  });

  test('who has seen enough reads no more', async () => {
    const ids = await fill(table, 3);
    for await (const { assembly_id } of table.batch.read(ids, { consistent: false })) {
      expect(ids).toContain(assembly_id);
      break;
    }
  });
}
