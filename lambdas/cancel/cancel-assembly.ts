import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { type EndSettings, endChange } from '../shared/end-change.ts';

export interface CancelDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly now: () => Date;
}

/**
 * Ends the assembly at once; a worker that has it notices within seconds, and its writes are refused from now on. To cancel
 * what is canceled changes nothing and succeeds.
 * @param current the assembly as last seen
 * @throws WaybillError `already_ended` where it has ended in another way, `not_found` where it is gone
 */
export async function cancelAssembly(
  current: Assembly,
  { store, now, ...settings }: CancelDependencies,
): Promise<Assembly> {
  let seen = current;
  // Each round lost means that somebody else's write succeeded, so the loop ends with the assembly at the latest.
  while (!isTerminal(seen.status)) {
    const time = now();
    const change = endChange(seen, { status: 'canceled' }, time, settings);
    const { written, assembly } = await store.change(seen.assembly_id, change, time);
    if (written) return assembly;
    if (!assembly) throw new WaybillError('not_found', 'The assembly is gone.');
    seen = assembly;
  }
  if (seen.status === 'canceled') return seen;
  throw new WaybillError('already_ended', `The assembly has ended as ${seen.status}.`, { current: seen });
}
