import { type Assembly, isExpired, ownerOf } from '../../lib/domain/assembly.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';

export interface StatusQuery {
  readonly assemblyId: string;
  /** Whose assembly it must be; undefined for a machine that may read all. */
  readonly owner: string | undefined;
  /** The reader knows of this version already: an older answer would take it back. */
  readonly minVersion?: number;
}

export interface ReadStatusDependencies {
  readonly store: Pick<AssemblyStore, 'get'>;
  readonly now: () => Date;
}

/**
 * The assembly as it stands. The first read is the cheap one; where it finds nothing that may be shown, a consistent
 * one decides. A stranger's assembly takes both reads too, so that the time does not tell it from one that never was.
 * @throws WaybillError `not_found`, the same for one that never was and one that belongs to somebody else
 */
export async function readStatus(
  query: StatusQuery,
  { store, now }: ReadStatusDependencies,
): Promise<Assembly> {
  for (const consistent of [false, true]) {
    const assembly = await store.get(query.assemblyId, { consistent });
    if (assembly && isShown(assembly, query, now()) && (consistent || isRecent(assembly, query)))
      return assembly;
  }
  throw new WaybillError('not_found', 'It never was, it is gone, or it is not yours.');
}

const isShown = (assembly: Assembly, { owner }: StatusQuery, now: Date): boolean =>
  !isExpired(assembly, now) && (owner === undefined || ownerOf(assembly) === owner);

const isRecent = ({ version }: Assembly, { minVersion = 0 }: StatusQuery): boolean => version >= minVersion;
