import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { deriveSecret, ownerWebhookSecret } from '../../lib/domain/signature.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { jwtSettings } from '../shared/jwt-settings.ts';
import { secretReader } from '../shared/secret-reader.ts';

const env = readEnvironment(process.env, ['JWT_SECRET', 'JWT_ISSUER', 'JWT_AUDIENCE', 'MASTER_SECRET']);
const jwt = jwtSettings(env);
const master = secretReader(new SecretsManagerClient(), env.MASTER_SECRET);

/** GET /webhook-secret: the caller's own secret, which signs the webhooks of every `webhook_url` that they submit. */
export const handler = httpHandler(async ({ headers }) => {
  const { owner } = await authenticateUser(headers, jwt);
  const { current } = await master();
  return { statusCode: 200, body: { secret: deriveSecret(current, ownerWebhookSecret(owner)) } };
});
