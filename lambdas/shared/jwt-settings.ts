import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { JwtSettings } from './authenticate.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';
import { secretReader } from './secret-reader.ts';

export const jwtSettings = (env: {
  readonly JWT_SECRET: string;
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
}): JwtSettings => ({
  secret: secretReader(new SecretsManagerClient(AWS_CLIENT_SETTINGS), env.JWT_SECRET),
  issuer: env.JWT_ISSUER,
  audience: env.JWT_AUDIENCE,
});
