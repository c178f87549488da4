import {
  type Delivery,
  type DeliveryMessage,
  type DeliveryOutcome,
  type DeliveryState,
  overdueAt,
} from '../../lib/domain/delivery.ts';
import { retryAfterSeconds, webhookRetryDelay } from '../../lib/domain/retry-schedule.ts';
import type { DeliveryAttempt } from '../../lib/domain/shown-delivery.ts';
import { deriveSecret, ownerWebhookSecret, signatureHeaders } from '../../lib/domain/signature.ts';
import type { DeliveryStore } from '../shared/delivery-store.ts';
import type { MasterSecret } from '../shared/master-secret.ts';
import { MAX_DELAY_SECONDS } from '../shared/message-queue.ts';
import { type SendDeliveryDependencies, sendDelivery } from '../shared/send-delivery.ts';
import type { WebhookAnswer, WebhookRequest } from './post-webhook.ts';

export interface DispatchDependencies extends SendDeliveryDependencies {
  readonly deliveries: Pick<DeliveryStore, 'hold' | 'recordAttempt' | 'moveDue'>;
  post(request: WebhookRequest): Promise<WebhookAnswer>;
  readonly masterSecret: MasterSecret;
  /** Seconds from each failed attempt to the next. */
  readonly schedule: readonly number[];
  readonly now: () => Date;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
}

const USER_AGENT = 'Waybill-Webhooks/1';

/** Longer than the function may run, and shorter than until SQS shows a message again whose function has died. */
const HOLD_MS = 60_000;

/**
 * Sends one delivery once and records the attempt, unless the row says that it is done, further than the message, or in
 * the hands of somebody else. What fails on our side throws before anything is posted: it costs the receiver no attempt.
 */
export async function dispatchDelivery(
  message: DeliveryMessage,
  dependencies: DispatchDependencies,
): Promise<DeliveryState | 'skipped'> {
  const { deliveries, masterSecret, now } = dependencies;
  const master = await masterSecret();
  const start = now();
  const until = new Date(start.getTime() + HOLD_MS);
  const delivery = await deliveries.hold(message, { now: start, until });
  if (!delivery) return 'skipped';
  const { attempt, retryAfter } = await attemptDelivery(delivery, master, dependencies);
  const { outcome, delaySeconds } = whatFollows(delivery, attempt, retryAfter, dependencies);
  if (!(await deliveries.recordAttempt(delivery, attempt, outcome))) return 'skipped';
  // After the attempt is recorded: a message that comes before its row is ready does nothing, and a retry can be due at once.
  if (outcome.state === 'pending' && delaySeconds !== undefined) {
    const { endpoint_id, event_id } = delivery;
    const retry = { endpoint_id, event_id, attempt_count: delivery.attempt_count + 1 };
    await sendDelivery(retry, { delaySeconds, expectedAt: outcome.nextAttemptAt }, dependencies);
  }
  return outcome.state;
}

async function attemptDelivery(
  { url, payload, event_id, owner }: Delivery,
  master: string,
  { post, now }: DispatchDependencies,
): Promise<{ attempt: DeliveryAttempt; retryAfter: string | undefined }> {
  const secret = deriveSecret(master, ownerWebhookSecret(owner));
  const sentAt = now();
  const { statusCode, retryAfter, error } = await post({
    url,
    body: payload,
    headers: {
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      ...signatureHeaders({ id: event_id, sentAt, body: payload }, secret),
    },
  });
  const attempt = {
    at: sentAt.toISOString(),
    duration_ms: now().getTime() - sentAt.getTime(),
    ...(statusCode !== undefined && { status_code: statusCode }),
    ...(error !== undefined && { error }),
  };
  return { attempt, retryAfter };
}

/** Only 2xx is success; 410 says that nobody is there any more. Undefined: it is worth another attempt. */
function endOf({ status_code = 0 }: DeliveryAttempt): 'delivered' | 'gone' | undefined {
  if (status_code >= 200 && status_code < 300) return 'delivered';
  return status_code === 410 ? 'gone' : undefined;
}

/** `delaySeconds` is absent where SQS cannot delay a message for so long: then `sweep` sends it when its time is near. */
function whatFollows(
  { attempt_count }: Delivery,
  attempt: DeliveryAttempt,
  retryAfter: string | undefined,
  { schedule, random, now }: DispatchDependencies,
): { readonly outcome: DeliveryOutcome; readonly delaySeconds?: number } {
  const ended = endOf(attempt);
  if (ended) return { outcome: { state: ended } };
  const from = now();
  const delaySeconds = webhookRetryDelay(attempt_count + 1, {
    schedule,
    random: random(),
    retryAfter: retryAfterSeconds(retryAfter, from),
  });
  if (delaySeconds === undefined) return { outcome: { state: 'exhausted' } };
  const nextAttemptAt = new Date(from.getTime() + delaySeconds * 1000);
  return delaySeconds > MAX_DELAY_SECONDS
    ? { outcome: { state: 'pending', nextAttemptAt, dueAt: nextAttemptAt } }
    : { outcome: { state: 'pending', nextAttemptAt, dueAt: overdueAt(nextAttemptAt) }, delaySeconds };
}
