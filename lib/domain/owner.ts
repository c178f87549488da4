import type { Assembly } from './assembly.ts';

/** Who owns an assembly. With tenants, two persons of one name are two owners. */
export interface Owner {
  /** Undefined where tenants are off. */
  readonly tenantId?: string;
  readonly userId: string;
}

/** Whose assemblies somebody may see: their own, with `userId`; those of a tenant, without it; or all. */
export type Sight = 'all' | { readonly tenantId?: string | undefined; readonly userId?: string | undefined };

/** With this in the `scope` of their token, somebody may list and read what others have submitted, and do no more to it. */
export const OPERATOR_SCOPE = 'waybill:operator';

/** What somebody may read: an operator what there is, in their tenant where there are tenants; everybody else their own. */
export function sightOf({
  tenantId,
  userId,
  isOperator = false,
}: Owner & { readonly isOperator?: boolean }): Sight {
  if (!isOperator) return { tenantId, userId };
  return tenantId === undefined ? 'all' : { tenantId };
}

const TENANT_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Without a slash, so that the first one in `tenant/user` ends the tenant, whatever the user is called. */
export const isTenantId = (value: unknown): value is string =>
  typeof value === 'string' && TENANT_ID.test(value);

/** `tenant/user` where tenants are on; without them the user alone. Part of the assembly id and of derived secrets. */
export const ownerText = ({ tenantId, userId }: Owner): string =>
  tenantId === undefined ? userId : `${tenantId}/${userId}`;

/** Whose an assembly is, as it is stored. */
export type Owned = Pick<Assembly, 'tenant_id' | 'user_id'>;

export const ownerOf = ({ tenant_id, user_id }: Owned): string =>
  ownerText({ userId: user_id, ...(tenant_id !== undefined && { tenantId: tenant_id }) });

/** Both attributes are compared, and no text made of them: tenants can have been off when an assembly was submitted. */
export const sees = (sight: Sight, { tenant_id, user_id }: Owned): boolean =>
  sight === 'all' ||
  (sight.tenantId === tenant_id && (sight.userId === undefined || sight.userId === user_id));
