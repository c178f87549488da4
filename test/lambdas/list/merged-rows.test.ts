import { MergedRows } from '../../../lambdas/list/merged-rows.ts';
import type { AssemblyIndex } from '../../../lambdas/shared/assembly-index.ts';

const row = (position: string) => ({ position, assemblyId: `id of ${position}` });
const range = (partition: string) => ({ index: 'byOwnerStatus', partition, low: '0', high: '9' }) as const;

/** Everything of a partition at once. */
const indexOf = (partitions: Readonly<Record<string, readonly string[]>>): Pick<AssemblyIndex, 'read'> => ({
  async read({ partition }) {
    const rows = (partitions[partition] ?? []).map(row);
    return { rows, read: rows.length, reached: undefined };
  },
});

test('one that moved from range to range while they were read is taken once', async () => {
  const index = indexOf({ uploading: ['7', '5'], queued: ['6', '5', '4'] });
  const rows = new MergedRows([range('uploading'), range('queued')], index, { most: 100, first: 10 });
  expect((await rows.take(10)).map(({ position }) => position)).toEqual(['7', '6', '5', '4']);
  expect(rows.rest).toBeUndefined();
});
