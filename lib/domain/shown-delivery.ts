import * as z from 'zod';
import { DELIVERY_STATES, type Delivery } from './delivery.ts';

const isoTime = z.iso.datetime();

/** One POST to the receiver, and how it was answered. */
const deliveryAttempt = z.strictObject({
  at: isoTime,
  duration_ms: z.number().int().nonnegative(),
  status_code: z.number().int().optional(),
  error: z.string().optional().describe('Why there was no answer, or no whole one.'),
});
export type DeliveryAttempt = Readonly<z.infer<typeof deliveryAttempt>>;

/** What the owner of the assembly is shown of a delivery. The payload is the status, and a secret is never stored. */
export const shownDelivery = z.strictObject({
  event_id: z.string(),
  endpoint_id: z.string(),
  url: z.string().describe('Whole, its query too: whoever sees it has submitted it, or is an operator.'),
  state: z
    .enum(DELIVERY_STATES)
    .describe('`exhausted`: every attempt failed. `gone`: the receiver answered 410.'),
  attempt_count: z.number().int().nonnegative(),
  attempts: z.array(deliveryAttempt),
  created_at: isoTime,
  next_attempt_at: isoTime
    .optional()
    .describe('When the next attempt is expected; absent where none is to come.'),
});
export type ShownDelivery = z.infer<typeof shownDelivery>;

/** The answer to `GET /assemblies/{id}/deliveries`. */
export const deliveriesPage = z.strictObject({
  deliveries: z.array(shownDelivery).describe('The newest first.'),
  cursor: z.string().optional().describe('Gives the next page; absent on the last one.'),
});
export type DeliveriesPage = z.infer<typeof deliveriesPage>;

export const showDelivery = ({
  event_id,
  endpoint_id,
  url,
  state,
  attempt_count,
  attempts,
  created_at,
  next_attempt_at,
}: Pick<Delivery, keyof ShownDelivery>): ShownDelivery => ({
  event_id,
  endpoint_id,
  url,
  state,
  attempt_count,
  attempts: attempts.map(showAttempt),
  created_at,
  ...(next_attempt_at !== undefined && { next_attempt_at }),
});

/** DynamoDB gives members in any order: people read this one. */
const showAttempt = ({ at, duration_ms, status_code, error }: DeliveryAttempt): DeliveryAttempt => ({
  at,
  duration_ms,
  ...(status_code !== undefined && { status_code }),
  ...(error !== undefined && { error }),
});
