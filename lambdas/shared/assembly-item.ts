import { OPEN_INDEX } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { jsonAttributes } from './json-attributes.ts';

const json = jsonAttributes([
  'fields',
  'uploads',
  'received',
  'results',
  'file_errors',
  'result',
  'error',
  'attempts',
  'redo',
  'submission_counts',
] satisfies readonly (keyof Assembly)[]);

/** The shard of an assembly in the index of open ones: with one partition for all, it would be the hottest of the table. */
export const OPEN_SHARDS = [...'0123456789abcdef'] as const;
const shardOf = (assemblyId: string): string => assemblyId.charAt(0);

/** As it is stored: with a deadline, the assembly is in the index of open ones. */
export const toItem = (assembly: Partial<Assembly>): Record<string, unknown> => ({
  ...json.toText(assembly as Record<string, unknown>),
  ...(assembly.deadline_at !== undefined && { [OPEN_INDEX.partition]: shardOf(assembly.assembly_id ?? '') }),
});

/** The attributes that go with these members. */
export const removedAttributes = (members: readonly string[]): string[] =>
  members.flatMap((name) => (name === OPEN_INDEX.sort ? [name, OPEN_INDEX.partition] : [name]));

export function fromItem({ [OPEN_INDEX.partition]: _, ...item }: Record<string, unknown>): Assembly {
  return json.fromText(item) as unknown as Assembly;
}
