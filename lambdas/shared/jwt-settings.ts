import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { jwtKeySource } from '../../lib/domain/jwt-key-source.ts';
import type { JwtSettings } from './authenticate.ts';
import { AWS_CLIENT_SETTINGS } from './aws-client-settings.ts';
import { rememberingVerifier } from './remembering-verifier.ts';
import { remoteKeySet } from './remote-key-set.ts';
import { readAhead, secretReader, secretValues } from './secret-reader.ts';
import { keySetVerifier, secretVerifier, type TokenVerifier } from './token-verifier.ts';

/** What a function needs that authenticates users. */
export const JWT_VARIABLES = [
  'JWT_KEYS',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'JWT_TYPE',
  'TENANTS',
  'SITE_ID_REQUIRED',
] as const;

export const jwtSettings = (env: Readonly<Record<(typeof JWT_VARIABLES)[number], string>>): JwtSettings => ({
  verify: rememberingVerifier(verifierOf(env.JWT_KEYS)),
  issuer: env.JWT_ISSUER,
  audience: env.JWT_AUDIENCE,
  tenants: env.TENANTS === 'true',
  siteIdRequired: env.SITE_ID_REQUIRED === 'true',
  ...(env.JWT_TYPE !== '' && { type: env.JWT_TYPE }),
});

function verifierOf(keys: string): TokenVerifier {
  const source = jwtKeySource(keys);
  switch (source.kind) {
    case 'secret':
      return secretVerifier(
        readAhead(
          secretReader(new SecretsManagerClient(AWS_CLIENT_SETTINGS), source.arn, { parse: secretValues }),
        ),
      );
    case 'url':
      return keySetVerifier(remoteKeySet(source.url));
    case 'set':
      return keySetVerifier(createLocalJWKSet(source.set as JSONWebKeySet));
  }
}
