import type { Assembly } from '../../lib/domain/assembly.ts';
import type { AssemblyChange } from './assembly-change.ts';
import type { AssemblyStore, WriteOutcome } from './assembly-store.ts';

/**
 * Makes the change that `changeOf` wants of the assembly as it is seen; where somebody else has written since, what it wants
 * of the assembly as it is then, until that is nothing. Each round lost means that somebody else's write succeeded, so
 * the loop ends with the assembly at the latest.
 * @returns whether this call wrote, and the assembly as it is then; undefined where it is gone
 */
export async function changeAsSeen(
  current: Assembly,
  changeOf: (seen: Assembly, now: Date) => AssemblyChange | undefined | Promise<AssemblyChange | undefined>,
  { store, now }: { readonly store: Pick<AssemblyStore, 'change'>; readonly now: () => Date },
): Promise<WriteOutcome> {
  let seen = current;
  for (;;) {
    const time = now();
    const change = await changeOf(seen, time);
    if (change === undefined) return { written: false, assembly: seen };
    const outcome = await store.change(seen.assembly_id, change, time);
    if (outcome.written || !outcome.assembly) return outcome;
    seen = outcome.assembly;
  }
}
