import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { JwtSettings } from './authenticate.ts';
import { secretReader } from './secret-reader.ts';

export const jwtSettings = (env: {
  readonly JWT_SECRET: string;
  readonly JWT_ISSUER: string;
  readonly JWT_AUDIENCE: string;
}): JwtSettings => ({
  secret: secretReader(new SecretsManagerClient(), env.JWT_SECRET),
  issuer: env.JWT_ISSUER,
  audience: env.JWT_AUDIENCE,
});
