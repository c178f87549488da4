import { type Assembly, epochSeconds, ownerOf } from '../../lib/domain/assembly.ts';
import {
  DELIVERY_TTL_SECONDS,
  type Delivery,
  type DeliveryMessage,
  submissionEndpointId,
} from '../../lib/domain/delivery.ts';
import { eventId } from '../../lib/domain/events.ts';
import { WEBHOOK_LINK_SECONDS } from '../../lib/domain/result-link.ts';
import type { DeliveryStore } from './delivery-store.ts';
import type { MessageQueue } from './message-queue.ts';
import { type TellDependencies, tellStatus } from './tell-status.ts';

export interface QueueDeliveryDependencies extends TellDependencies {
  readonly deliveries: Pick<DeliveryStore, 'addOnce' | 'reopen'>;
  readonly webhooks: Pick<MessageQueue<DeliveryMessage>, 'send'>;
  readonly now: () => Date;
}

/** A receiver is a program: it goes by the codes. */
const WEBHOOK_LANGUAGE = 'en';

/** A delivery that nobody has touched for this long past its time is one that was forgotten. */
export const OVERDUE_AFTER_MS = 5 * 60_000;

/**
 * Puts the current version of the assembly on its way to its `webhook_url`. Calling it again for the same version adds
 * no second event: it sends the message again, and the dispatcher knows what is done already.
 * @param again also sends a delivery that has ended
 * @returns false where the assembly has no `webhook_url`
 */
export async function queueDelivery(
  assembly: Assembly,
  dependencies: QueueDeliveryDependencies,
  { again = false }: { again?: boolean } = {},
): Promise<boolean> {
  if (assembly.webhook_url === undefined) return false;
  const { deliveries, webhooks, now } = dependencies;
  const status = await tellStatus(
    assembly,
    { now: now(), language: WEBHOOK_LANGUAGE, linkSeconds: WEBHOOK_LINK_SECONDS },
    dependencies,
  );
  const payload = JSON.stringify(status);
  const delivery = await deliveries.addOnce(
    newDelivery(assembly, { url: assembly.webhook_url, payload, now: now() }),
  );
  const { endpoint_id, event_id, attempt_count, state } = delivery;
  if (again && state !== 'pending')
    await deliveries.reopen(delivery, new Date(now().getTime() + OVERDUE_AFTER_MS));
  await webhooks.send({ endpoint_id, event_id, attempt_count });
  return true;
}

function newDelivery(
  assembly: Assembly,
  { url, payload, now }: { readonly url: string; readonly payload: string; readonly now: Date },
): Delivery {
  const endpoint_id = submissionEndpointId(assembly.assembly_id);
  return {
    endpoint_id,
    event_id: eventId(assembly, endpoint_id),
    assembly_id: assembly.assembly_id,
    owner: ownerOf(assembly),
    url,
    payload,
    state: 'pending',
    attempt_count: 0,
    attempts: [],
    created_at: now.toISOString(),
    due_at: new Date(now.getTime() + OVERDUE_AFTER_MS).toISOString(),
    expires_at: epochSeconds(now) + DELIVERY_TTL_SECONDS,
  };
}
