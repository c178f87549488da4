import { LIST_INDEXES, LIST_POSITION, OPEN_INDEX } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import {
  idShard,
  listPosition,
  ownerKey,
  ownerReferenceKey,
  ownerStatusKey,
  templateShardKey,
} from '../../lib/domain/list-keys.ts';
import type { Owned } from '../../lib/domain/owner.ts';
import { jsonAttributes } from './json-attributes.ts';

const json = jsonAttributes([
  'fields',
  'uploads',
  'received',
  'results',
  'file_errors',
  'result',
  'result_file',
  'error',
  'attempts',
  'redo',
  'submission_counts',
] satisfies readonly (keyof Assembly)[]);

const { byOwner, byOwnerStatus, byReference, byTemplate } = LIST_INDEXES;

/** The attributes that follow from these, and go with them. */
const FOLLOWING: Readonly<Record<string, string>> = {
  [OPEN_INDEX.sort]: OPEN_INDEX.partition,
  reference: byReference.partition,
};

/** A new assembly as it is stored, with a place in every list. */
export const toItem = (assembly: Assembly): Record<string, unknown> => ({
  ...toChangedItem(assembly, assembly),
  [byOwner.partition]: ownerKey(assembly),
  [byTemplate.partition]: templateShardKey(assembly, idShard(assembly.assembly_id)),
  [LIST_POSITION]: listPosition(assembly),
});

/**
 * A part of an assembly as it is stored: with a deadline, the assembly is in the index of open ones; with a status or a
 * reference, in the lists of those.
 * @param owner whose it is; needed with a status and with a reference
 */
export function toChangedItem(
  changed: Partial<Assembly>,
  { assembly_id, ...owner }: Pick<Assembly, 'assembly_id'> & Partial<Owned>,
): Record<string, unknown> {
  const { status, reference, deadline_at } = changed;
  return {
    ...json.toText(changed as Record<string, unknown>),
    ...(deadline_at !== undefined && { [OPEN_INDEX.partition]: idShard(assembly_id) }),
    ...(status !== undefined && { [byOwnerStatus.partition]: ownerStatusKey(known(owner), status) }),
    ...(reference !== undefined && { [byReference.partition]: ownerReferenceKey(known(owner), reference) }),
  };
}

/** `planChange` has seen to it. */
function known(owner: Partial<Owned>): Owned {
  if (owner.user_id === undefined) throw new Error('Whose assembly it is has to be known for its lists');
  return owner as Owned;
}

/** The attributes that go with these members. */
export const removedAttributes = (members: readonly string[]): string[] =>
  members.flatMap((name) => [name, ...(FOLLOWING[name] ? [FOLLOWING[name]] : [])]);

/** Without what is stored for the indexes alone. */
export function fromItem({
  [OPEN_INDEX.partition]: _open,
  [LIST_POSITION]: _position,
  [byOwner.partition]: _owner,
  [byOwnerStatus.partition]: _ownerStatus,
  [byReference.partition]: _reference,
  [byTemplate.partition]: _template,
  ...item
}: Record<string, unknown>): Assembly {
  return json.fromText(item) as unknown as Assembly;
}
