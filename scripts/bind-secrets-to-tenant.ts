import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { LocalCloud } from './local-cloud/start-local-cloud.ts';
import type { LocalWaybill } from './local-waybill.ts';

/** Makes the secrets of machines, which are generated for none, good for that tenant. Their values stay. */
export async function bindSecretsToTenant(
  { outputs, endpoints, credentials }: Pick<LocalCloud, 'outputs' | 'endpoints' | 'credentials'>,
  { update_secret, read_secret }: Pick<LocalWaybill, 'update_secret' | 'read_secret'>,
  tenant: string,
): Promise<void> {
  const client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: endpoints.secretsManager,
    credentials,
  });
  for (const [SecretId, current] of [
    [outputs.UpdateSecretArn, update_secret],
    [outputs.ReadSecretArn, read_secret],
  ]) {
    const SecretString = JSON.stringify({ tenants: { [tenant]: { current } } });
    await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
  }
  client.destroy();
}
