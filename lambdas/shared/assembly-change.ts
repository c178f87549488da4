import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Owned } from '../../lib/domain/owner.ts';
import {
  canTransition,
  isTerminal,
  predecessorsOf,
  STATUSES,
  type Status,
} from '../../lib/domain/state-machine.ts';

/** What the store itself sets with each write. */
type Bookkeeping = 'assembly_id' | 'version' | 'updated_at' | 'last_writer';

export type NewAssembly = Omit<Assembly, 'version' | 'updated_at' | 'last_writer'>;

/**
 * A conditional change. It is made only to an assembly that is in one of `from` and matches every given number. A change
 * of status without `from` is made from wherever the state machine lets it.
 */
export interface AssemblyChange {
  readonly from?: readonly Status[];
  readonly attempt?: number;
  readonly claim?: number;
  readonly version?: number;
  /** Whose it is. With a status and with a reference it has to be said: an owner's lists go by them. */
  readonly owner?: Owned;
  readonly set: Partial<Omit<Assembly, Bookkeeping>>;
  readonly remove?: readonly Exclude<keyof Assembly, Bookkeeping>[];
}

/** The conditions of a change that is made only to the assembly as it was seen. */
export const asSeen = ({ status, attempt, claim, version, ...assembly }: Assembly) => ({
  from: [status],
  attempt,
  claim,
  version,
  owner: assemblyOwner(assembly),
});

export const assemblyOwner = ({ tenant_id, user_id }: Owned): Owned => ({
  user_id,
  ...(tenant_id !== undefined && { tenant_id }),
});

/** A change as it is made, whatever the store is. */
export interface PlannedChange {
  readonly from: readonly Status[];
  /** `attempt`, `claim` and `version`, those that must match. */
  readonly fences: Readonly<Record<string, number>>;
  readonly owner: Owned | undefined;
  readonly set: AssemblyChange['set'];
  readonly remove: readonly Exclude<keyof Assembly, Bookkeeping>[];
}

/**
 * The change with what follows from it: what has ended has no deadline any more.
 * @throws Error for a move that the state machine does not have, or one that would leave an open assembly without a
 *   deadline, which nobody would look after, or in the lists of a status that it is no longer in: faults of ours, whatever is
 *   stored
 */
export function planChange(change: AssemblyChange): PlannedChange {
  const { attempt, claim, version, owner, set, remove = [] } = change;
  assertLookedAfter(set);
  assertListed(change);
  const ends = set.status !== undefined && isTerminal(set.status);
  const fences = Object.entries({ attempt, claim, version }).filter(([, value]) => value !== undefined);
  return {
    from: conditionOf(change),
    fences: Object.fromEntries(fences) as Record<string, number>,
    owner,
    set: Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)),
    remove: ends ? [...remove, 'deadline_at'] : remove,
  };
}

/** @throws Error for an open status without a deadline */
export function assertLookedAfter({ status, deadline_at }: Partial<Assembly>): void {
  if (status !== undefined && !isTerminal(status) && deadline_at === undefined)
    throw new Error(`No write may leave an assembly ${status} without a deadline`);
}

function assertListed({ set: { status, reference }, owner }: AssemblyChange): void {
  if ((status !== undefined || reference !== undefined) && owner === undefined)
    throw new Error('No write may change a status or a reference without saying whose assembly it is');
}

/** The statuses that the write is made from. */
function conditionOf({ from, set: { status } }: AssemblyChange): readonly Status[] {
  if (status === undefined) return from ?? STATUSES;
  const stray = from?.find(
    (before) => before !== status && !canTransition(before, status, { external: true }),
  );
  if (stray !== undefined) throw new Error(`No write may move an assembly from ${stray} to ${status}`);
  return from ?? predecessorsOf(status);
}
