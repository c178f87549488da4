import { defineTemplate } from '../../lib/domain/template.ts';
import { buildRegistry } from '../../lib/domain/template-registry.ts';
import { messageDelivery } from '../../templates/message-delivery.ts';

if (messageDelivery.external || !messageDelivery.fanOut)
  throw new Error('message-delivery has nobody to send to');

/** The same without a rate limit, which would decide how long everything takes. */
const unlimitedDelivery = defineTemplate({
  ...messageDelivery,
  id: 'unlimited-delivery',
  fanOut: { send: messageDelivery.fanOut.send },
});

/** The templates of the deployment in which many recipients are measured. */
export const templates = buildRegistry([messageDelivery, unlimitedDelivery]);
