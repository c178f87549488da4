import type { WebhookPolicy } from '../../lib/domain/webhook-address.ts';

export const webhookPolicy = (env: {
  readonly WEBHOOK_ALLOW_HTTP: string;
  readonly WEBHOOK_ALLOWED_CIDRS: string;
  readonly API_URL: string;
}): WebhookPolicy => ({
  allowHttp: env.WEBHOOK_ALLOW_HTTP === 'true',
  apiUrl: env.API_URL,
  allowedCidrs: env.WEBHOOK_ALLOWED_CIDRS.split(',').filter((cidr) => cidr !== ''),
});
