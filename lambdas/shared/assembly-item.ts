import { OPEN_INDEX } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';

/**
 * Free-form JSON is stored as text: DynamoDB's own maps hold neither 1e200 nor 33 levels, and a status is read far more
 * often than anything looks inside.
 */
const JSON_ATTRIBUTES = [
  'fields',
  'uploads',
  'received',
  'results',
  'file_errors',
  'result',
  'error',
  'attempts',
  'redo',
] as const satisfies readonly (keyof Assembly)[];

/** The shard of an assembly in the index of open ones: with one partition for all, it would be the hottest of the table. */
export const OPEN_SHARDS = [...'0123456789abcdef'] as const;
const shardOf = (assemblyId: string): string => assemblyId.charAt(0);

/** As it is stored: with a deadline, the assembly is in the index of open ones. */
export const toItem = (assembly: Partial<Assembly>): Record<string, unknown> => ({
  ...mapJsonAttributes(assembly as Record<string, unknown>, JSON.stringify),
  ...(assembly.deadline_at !== undefined && { [OPEN_INDEX.partition]: shardOf(assembly.assembly_id ?? '') }),
});

/** The attributes that go with these members. */
export const removedAttributes = (members: readonly string[]): string[] =>
  members.flatMap((name) => (name === OPEN_INDEX.sort ? [name, OPEN_INDEX.partition] : [name]));

export function fromItem({ [OPEN_INDEX.partition]: _, ...item }: Record<string, unknown>): Assembly {
  return mapJsonAttributes(item, (value) => JSON.parse(String(value))) as unknown as Assembly;
}

function mapJsonAttributes(
  record: Record<string, unknown>,
  map: (value: unknown) => unknown,
): Record<string, unknown> {
  const mapped = { ...record };
  for (const name of JSON_ATTRIBUTES) if (mapped[name] !== undefined) mapped[name] = map(mapped[name]);
  return mapped;
}
