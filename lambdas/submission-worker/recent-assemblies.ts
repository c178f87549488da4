import type { Assembly } from '../../lib/domain/assembly.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';

/** A cancel is heard of within this time. Ten messages of a batch are of one assembly mostly. */
const KEPT_MS = 1_000;
const MAX_KEPT = 100;

/** Reads assemblies, and one that was read a moment ago not again. */
export class RecentAssemblies {
  private readonly store: Pick<AssemblyStore, 'get'>;
  private readonly now: () => Date;
  private readonly kept = new Map<string, { until: number; assembly: Promise<Assembly | undefined> }>();

  constructor({ store, now }: { readonly store: Pick<AssemblyStore, 'get'>; readonly now: () => Date }) {
    this.store = store;
    this.now = now;
  }

  /**
   * The assembly where `fits` is true of it as it was read a moment ago, or else as it is now: a new attempt can be younger
   * than the copy.
   */
  async get(assemblyId: string, fits: (assembly: Assembly) => boolean): Promise<Assembly | undefined> {
    const recent = await this.recent(assemblyId);
    if (recent && fits(recent)) return recent;
    return this.store.get(assemblyId, { consistent: true });
  }

  private recent(assemblyId: string): Promise<Assembly | undefined> {
    const time = this.now().getTime();
    const known = this.kept.get(assemblyId);
    if (known && known.until > time) return known.assembly;
    if (this.kept.size >= MAX_KEPT) this.kept.clear();
    const assembly = this.store.get(assemblyId, { consistent: false });
    this.kept.set(assemblyId, { until: time + KEPT_MS, assembly });
    // One that failed is asked for again; whoever waits for it hears of the failure.
    assembly.catch(() => this.kept.delete(assemblyId));
    return assembly;
  }
}
