import { deriveSecret, ownerWebhookSecret } from '../../lib/domain/signature.ts';
import type { WebhookSecret } from '../../lib/domain/webhook-secret.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { masterSecretOf } from '../shared/master-secret.ts';

const env = readEnvironment(process.env, [...JWT_VARIABLES, 'MASTER_SECRET']);
const jwt = jwtSettings(env);
const masterSecret = masterSecretOf(env);

/** GET /webhook-secret: the caller's own secret, which signs the webhooks of every `webhook_url` that they submit. */
export const handler = httpHandler(async ({ headers }) => {
  const { owner } = await authenticateUser(headers, jwt);
  const body: WebhookSecret = { secret: deriveSecret(await masterSecret(), ownerWebhookSecret(owner)) };
  return { statusCode: 200, body };
});
