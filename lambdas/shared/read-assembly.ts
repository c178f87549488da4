import { type Assembly, isExpired } from '../../lib/domain/assembly.ts';
import { type Sight, sees } from '../../lib/domain/owner.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyStore } from './assembly-store.ts';

export interface AssemblyQuery {
  readonly assemblyId: string;
  /** Whose assembly it must be. */
  readonly sight: Sight;
  /** The reader knows of this version already: an older answer would take it back. */
  readonly minVersion?: number;
  /** The reader decides by it and does not only show it: an older state would be a wrong answer. */
  readonly forDecision?: boolean;
}

export interface ReadAssemblyDependencies {
  readonly store: Pick<AssemblyStore, 'get'>;
  readonly now: () => Date;
}

/**
 * The assembly as it stands. The first read is the cheap one; where it finds nothing that may be shown, a consistent
 * one decides. A stranger's assembly takes both reads too, so that the time does not tell it from one that never was.
 * @throws WaybillError `not_found`, the same for one that never was and one that belongs to somebody else
 */
export async function readAssembly(
  query: AssemblyQuery,
  { store, now }: ReadAssemblyDependencies,
): Promise<Assembly> {
  for (const consistent of query.forDecision ? [true] : [false, true]) {
    const assembly = await store.get(query.assemblyId, { consistent });
    if (assembly && isShown(assembly, query, now()) && (consistent || isRecent(assembly, query)))
      return assembly;
  }
  throw new WaybillError('not_found', 'It never was, it is gone, or it is not yours.');
}

/** Whether it is there for that reader at all: it is theirs, and not past its time to live. */
export const isShown = (assembly: Assembly, { sight }: Pick<AssemblyQuery, 'sight'>, now: Date): boolean =>
  !isExpired(assembly, now) && sees(sight, assembly);

const isRecent = ({ version }: Assembly, { minVersion = 0 }: AssemblyQuery): boolean => version >= minVersion;
