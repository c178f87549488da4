import type { EnvName } from '../bindings.ts';
import type { WaybillSettings } from '../settings.ts';

/** Where webhooks may go: what checks a `webhook_url` and what sends to it must be of one mind. */
export const webhookPolicy = ({
  webhookAllowHttp,
  webhookAllowedCidrs,
}: WaybillSettings): Partial<Record<EnvName, string>> => ({
  WEBHOOK_ALLOW_HTTP: String(webhookAllowHttp),
  WEBHOOK_ALLOWED_CIDRS: webhookAllowedCidrs.join(','),
});
