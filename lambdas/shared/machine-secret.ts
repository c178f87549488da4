import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { isTenantId } from '../../lib/domain/owner.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';
import { logger } from './logger.ts';
import { type SecretValues, secretReader, secretValues } from './secret-reader.ts';

/** A secret of machines, and the tenant that it is for; undefined where tenants are off. */
export interface TenantSecret {
  readonly tenantId: string | undefined;
  readonly values: SecretValues;
}

/** Reads the secrets that machines may send. */
export type MachineSecret = () => Promise<readonly TenantSecret[]>;

/**
 * The secret as it is in Secrets Manager: without tenants `{ "current": "…", "previous": "…" }`; with them
 * `{ "tenants": { "<tenant id>": { "current": "…", "previous": "…" }, … } }`, one for each that machines ask for. In the wrong
 * one of the two forms it lets nobody pass, and neither does the part of a tenant that is malformed.
 */
export const machineSecret = (
  client: SecretsManagerClient,
  secretId: string,
  { tenants }: { readonly tenants: boolean },
): MachineSecret =>
  secretReader(client, secretId, { parse: (json) => (tenants ? perTenant(json) : forAll(json)) });

/** The same for a function that finds the secret's id in its environment. */
export const machineSecretOf = (secretId: string, { TENANTS }: { readonly TENANTS: string }): MachineSecret =>
  machineSecret(new SecretsManagerClient(AWS_CLIENT_SETTINGS), secretId, { tenants: TENANTS === 'true' });

function forAll(json: unknown): TenantSecret[] | undefined {
  const values = secretValues(json);
  if (values) return [{ tenantId: undefined, values }];
  return tenantsOf(json) && [];
}

function perTenant(json: unknown): TenantSecret[] | undefined {
  if (secretValues(json)) return [];
  const tenants = tenantsOf(json);
  return tenants?.flatMap(([tenantId, each]) => {
    const values = secretValues(each);
    if (isTenantId(tenantId) && values) return [{ tenantId, values }];
    // A typo for one tenant must not lock out all others.
    logger.error('A tenant has no secret of the form that it must have', { tenant: tenantId });
    return [];
  });
}

function tenantsOf(json: unknown): [string, unknown][] | undefined {
  const { tenants } = (json ?? {}) as { readonly tenants?: unknown };
  return typeof tenants === 'object' && tenants !== null ? Object.entries(tenants) : undefined;
}
