import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyChange } from '../shared/assembly-change.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { changeAsSeen } from '../shared/change-as-seen.ts';
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
export async function cancelAssembly(current: Assembly, dependencies: CancelDependencies): Promise<Assembly> {
  const changeOf = (seen: Assembly, now: Date): AssemblyChange | undefined =>
    isTerminal(seen.status) ? undefined : endChange(seen, { status: 'canceled' }, now, dependencies);
  const { assembly } = await changeAsSeen(current, changeOf, dependencies);
  if (!assembly) throw new WaybillError('not_found', 'The assembly is gone.');
  if (assembly.status === 'canceled') return assembly;
  const detail = `The assembly has ended as ${assembly.status}.`;
  throw new WaybillError('already_ended', detail, { current: assembly });
}
