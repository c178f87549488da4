import * as z from 'zod';
import type { DeliveryMessage } from '../../lib/domain/delivery.ts';

/** The message on the `webhooks` queue, as its consumer takes it. */
export const deliveryMessage: z.ZodType<DeliveryMessage> = z.object({
  endpoint_id: z.string(),
  event_id: z.string(),
  attempt_count: z.number().int().nonnegative(),
});
