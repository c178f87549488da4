import type { Assembly } from '../../lib/domain/assembly.ts';
import { ID_SHARDS } from '../../lib/domain/list-keys.ts';
import type { Status } from '../../lib/domain/state-machine.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { logContext } from '../shared/log-context.ts';
import { isTransientError } from '../shared/transient-error.ts';
import { type RecoverDependencies, type Recovery, recoverAssembly } from './recover-assembly.ts';

export interface RecoverAllDependencies extends RecoverDependencies {
  readonly store: Pick<AssemblyStore, 'change' | 'get' | 'overdue'>;
  /** False when the time is up: the next sweep finds the rest. */
  mayGoOn(): boolean;
  /** Told of an assembly, or a shard of them, that could not be looked after; the others are, and the next sweep tries again. */
  onError(which: string, error: unknown): void;
}

/**
 * How often each was done. `error`: an assembly could not be looked after. `left`: it was not tried, as what it needs had
 * just failed for others. `unread`: a shard could not be read to its end, for an error or want of time.
 */
export type Recoveries = Partial<Record<Recovery | 'error' | 'left' | 'unread', number>>;

/** After so many throttles, 5xx or network errors in a row, what an assembly of that status needs is taken to be out: others must not wait for it. */
const OUT_AFTER_ERRORS = 5;

/** Looks after every open assembly whose deadline has come: the shards side by side, in each the oldest first. */
export async function recoverAssemblies(dependencies: RecoverAllDependencies): Promise<Recoveries> {
  const sweep = new Sweep(dependencies);
  await Promise.all(ID_SHARDS.map((shard) => sweep.recoverShard(shard)));
  return sweep.recoveries;
}

/** One sweep: what it has done, and what it has met. */
class Sweep {
  readonly recoveries: Recoveries = {};
  private readonly errorsInARow: Partial<Record<Status, number>> = {};
  private readonly dependencies: RecoverAllDependencies;

  constructor(dependencies: RecoverAllDependencies) {
    this.dependencies = dependencies;
  }

  async recoverShard(shard: string): Promise<void> {
    const { store, now, mayGoOn, onError } = this.dependencies;
    try {
      for await (const id of store.overdue(shard, now())) {
        if (!mayGoOn()) return this.count('unread');
        await logContext.run({ assembly_id: id }, () => this.recover(id));
      }
    } catch (error) {
      onError(`shard ${shard}`, error);
      this.count('unread');
    }
  }

  private async recover(id: string): Promise<void> {
    let assembly: Assembly | undefined;
    try {
      assembly = await this.dependencies.store.get(id, { consistent: true });
      if (!assembly) return this.count('overtaken');
      const { status } = assembly;
      if ((this.errorsInARow[status] ?? 0) >= OUT_AFTER_ERRORS) return this.count('left');
      this.count(await recoverAssembly(assembly, this.dependencies));
      this.errorsInARow[status] = 0;
    } catch (error) {
      // An error of its own says nothing of the others.
      if (assembly && isTransientError(error))
        this.errorsInARow[assembly.status] = (this.errorsInARow[assembly.status] ?? 0) + 1;
      this.dependencies.onError(id, error);
      this.count('error');
    }
  }

  private count(what: keyof Recoveries): void {
    this.recoveries[what] = (this.recoveries[what] ?? 0) + 1;
  }
}
