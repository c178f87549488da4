import type { AssemblyIndex, IndexRange, IndexRows } from '../../lambdas/shared/assembly-index.ts';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import { LIST_INDEXES, LIST_POSITION } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';

/** The indexes for lists, over what is there at the moment of each read. */
export class InMemoryAssemblyIndex implements Pick<AssemblyIndex, 'read'> {
  /** Rows of all reads. */
  rowsRead = 0;
  /** Runs before each read. */
  beforeRead: () => void = () => {};
  private readonly assemblies: () => Iterable<Assembly>;

  constructor(assemblies: () => Iterable<Assembly>) {
    this.assemblies = assemblies;
  }

  async read({ index, partition, low, high, where = {} }: IndexRange, most: number): Promise<IndexRows> {
    this.beforeRead();
    const place = (item: Record<string, unknown>): string => String(item[LIST_POSITION]);
    const there = [...this.assemblies()]
      .map(toItem)
      .filter((item) => item[LIST_INDEXES[index].partition] === partition)
      .filter((item) => place(item) >= low && place(item) <= high)
      .sort((a, b) => (place(a) < place(b) ? 1 : -1));
    const seen = there.slice(0, most);
    this.rowsRead += seen.length;
    const isDelayed = ({ next_retry_at }: Record<string, unknown>): boolean =>
      next_retry_at !== undefined && String(next_retry_at) > (where.delayed?.at.toISOString() ?? '');
    const found = seen.filter(
      (item) =>
        (where.templateId === undefined || item.template_id === where.templateId) &&
        (where.delayed === undefined || isDelayed(item) === where.delayed.is),
    );
    const last = seen.length === most ? seen.at(-1) : undefined;
    return {
      rows: found.map((item) => ({ assemblyId: String(item.assembly_id), position: place(item) })),
      read: seen.length,
      reached: last && place(last),
    };
  }
}
