import type { Assembly } from '../../lib/domain/assembly.ts';
import type { AssemblyBatch } from './assembly-batch.ts';
import { type AssemblyQuery, isShown } from './read-assembly.ts';

export interface AssembliesQuery extends Pick<AssemblyQuery, 'sight'> {
  readonly assemblyIds: Iterable<string>;
  /** What else must hold of them. */
  readonly isWanted?: (assembly: Assembly) => boolean;
}

export interface ReadAssembliesDependencies {
  readonly batch: Pick<AssemblyBatch, 'read'>;
  readonly now: () => Date;
}

/**
 * Those of these assemblies that may be shown, in any order. As for one: what the cheap read does not show is read once more,
 * consistently, also that of a stranger, so that the time does not tell it from one that never was.
 * @throws WaybillError `unavailable` where not all could be read: then nothing can be said of the rest
 */
export async function* readAssemblies(
  { assemblyIds, sight, isWanted = () => true }: AssembliesQuery,
  { batch, now }: ReadAssembliesDependencies,
): AsyncGenerator<Assembly> {
  const left = new Set(assemblyIds);
  for (const consistent of [false, true]) {
    if (left.size === 0) return;
    for await (const assembly of batch.read([...left], { consistent })) {
      if (!isShown(assembly, { sight }, now()) || !isWanted(assembly)) continue;
      left.delete(assembly.assembly_id);
      yield assembly;
    }
  }
}
