import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import {
  DELIVERY_TTL_SECONDS,
  type Delivery,
  overdueAt,
  submissionEndpointId,
} from '../../lib/domain/delivery.ts';
import { eventId } from '../../lib/domain/events.ts';
import { ownerOf } from '../../lib/domain/owner.ts';
import { WEBHOOK_LINK_SECONDS } from '../../lib/domain/result-link.ts';
import type { DeliveryStore } from './delivery-store.ts';
import { type SendDeliveryDependencies, sendDelivery } from './send-delivery.ts';
import { type TellDependencies, tellStatus } from './tell-status.ts';

export interface QueueDeliveryDependencies extends TellDependencies, SendDeliveryDependencies {
  readonly deliveries: Pick<DeliveryStore, 'addOnce' | 'reopen' | 'moveDue'>;
  readonly now: () => Date;
}

/** Each stays in the row, which holds 400 KB; who wants to know more often does better to poll. */
const MAX_ATTEMPTS = 100;

/** What became of it: on its way, or why not. */
export type Queued = 'queued' | 'no webhook_url' | 'too many attempts';

/** A receiver is a program: it goes by the codes. */
const WEBHOOK_LANGUAGE = 'en';

/**
 * Puts the current version of the assembly on its way to its `webhook_url`. Calling it again for the same version adds
 * no second event: it sends the first message again, which does nothing once an attempt has been made.
 * @param again sends the delivery now, wherever it stands: also one that waits for its retry, or that has ended
 */
export async function queueDelivery(
  assembly: Assembly,
  dependencies: QueueDeliveryDependencies,
  { again = false }: { again?: boolean } = {},
): Promise<Queued> {
  if (assembly.webhook_url === undefined) return 'no webhook_url';
  const { deliveries, now } = dependencies;
  const status = await tellStatus(
    assembly,
    { now: now(), language: WEBHOOK_LANGUAGE, linkSeconds: WEBHOOK_LINK_SECONDS },
    dependencies,
  );
  const payload = JSON.stringify(status);
  const delivery = await deliveries.addOnce(
    newDelivery(assembly, { url: assembly.webhook_url, payload, now: now() }),
  );
  const { endpoint_id, event_id, state } = delivery;
  // A stream record that comes again must not make a retry come before its time.
  const attempt_count = again ? delivery.attempt_count : 0;
  if (again && delivery.attempt_count >= MAX_ATTEMPTS) return 'too many attempts';
  if (again && state !== 'pending')
    await deliveries.reopen(delivery, { nextAttemptAt: now(), dueAt: overdueAt(now()) });
  await sendDelivery({ endpoint_id, event_id, attempt_count }, { expectedAt: now() }, dependencies);
  return 'queued';
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
    next_attempt_at: now.toISOString(),
    due_at: overdueAt(now).toISOString(),
    expires_at: epochSeconds(now) + DELIVERY_TTL_SECONDS,
  };
}
