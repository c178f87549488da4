import type { Assembly } from './assembly.ts';
import type { Owned } from './owner.ts';

/**
 * Keys of the indexes for lists. As JSON no two owners, and no owner and status, can make the same text: a user may be called
 * anything, and tenants can have been off when an assembly was submitted.
 */
export const ownerKey = ({ tenant_id, user_id }: Owned): string =>
  JSON.stringify([tenant_id ?? null, user_id]);

export const ownerStatusKey = ({ tenant_id, user_id }: Owned, status: Assembly['status']): string =>
  JSON.stringify([tenant_id ?? null, user_id, status]);

export const ownerReferenceKey = ({ tenant_id, user_id }: Owned, reference: string): string =>
  JSON.stringify([tenant_id ?? null, user_id, 'reference', reference]);

/** @param shard one of `ID_SHARDS` */
export const templateShardKey = (
  { tenant_id, template_id }: Pick<Assembly, 'tenant_id' | 'template_id'>,
  shard: string,
): string => JSON.stringify([tenant_id ?? null, template_id, shard]);

/** What spreads assemblies evenly: the first digit of their id. With one partition for all, it would be the hottest of the table. */
export const ID_SHARDS = [...'0123456789abcdef'] as const;
export const idShard = (assemblyId: string): string => assemblyId.charAt(0);

/** Of the id. Two of one owner and one millisecond that share these do not happen. */
const TIE_DIGITS = 16;

/**
 * The place of an assembly in every list, whatever becomes of it: by the time of its creation, and of one millisecond by its
 * id, so that no two share a place. A page goes on after the last place of the one before.
 */
export const listPosition = ({
  created_at,
  assembly_id,
}: Pick<Assembly, 'created_at' | 'assembly_id'>): string =>
  `${created_at}#${assembly_id.slice(0, TIE_DIGITS)}`;

/** Between these are all places. */
export const FIRST_POSITION = '0';
export const LAST_POSITION = ':';

/** Where a page ends that begins right after this place: there is no place between the two. Digits come before letters. */
export function justBefore(position: string): string {
  const digits = '/0123456789abcdef';
  return position.slice(0, -1) + digits.charAt(digits.indexOf(position.slice(-1)) - 1);
}
