import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';
import { secretReader, secretValues } from './secret-reader.ts';

/** Gives the secret that all others of owners are derived from. It has one value: it is never rotated in place. */
export type MasterSecret = () => Promise<string>;

export function masterSecretOf({ MASTER_SECRET }: { readonly MASTER_SECRET: string }): MasterSecret {
  const read = secretReader(new SecretsManagerClient(AWS_CLIENT_SETTINGS), MASTER_SECRET, {
    parse: secretValues,
  });
  return async () => (await read()).current;
}
