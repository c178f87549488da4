import type { Delivery, DeliveryAttempt, DeliveryMessage, DeliveryState } from '../../lib/domain/delivery.ts';
import { webhookRetryDelay } from '../../lib/domain/retry-schedule.ts';
import { deriveSecret, ownerWebhookSecret, signatureHeaders } from '../../lib/domain/signature.ts';
import type { DeliveryStore } from '../shared/delivery-store.ts';
import type { MasterSecret } from '../shared/master-secret.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import { OVERDUE_AFTER_MS } from '../shared/queue-delivery.ts';
import type { WebhookAnswer, WebhookRequest } from './post-webhook.ts';

export interface DispatchDependencies {
  readonly deliveries: Pick<DeliveryStore, 'get' | 'recordAttempt'>;
  readonly webhooks: Pick<MessageQueue<DeliveryMessage>, 'send'>;
  post(request: WebhookRequest): Promise<WebhookAnswer>;
  readonly masterSecret: MasterSecret;
  readonly now: () => Date;
  /** 0 (inclusive) to 1. */
  readonly random: () => number;
}

const USER_AGENT = 'Waybill-Webhooks/1';

/**
 * Sends one delivery once and records the attempt, unless the row says that it is done or further than the message.
 * A retry is sent before it is recorded: a crash in between sends a message too many and never one too few.
 */
export async function dispatchDelivery(
  message: DeliveryMessage,
  dependencies: DispatchDependencies,
): Promise<DeliveryState | 'skipped'> {
  const { deliveries, webhooks, now, random } = dependencies;
  const delivery = await deliveries.get(message);
  if (delivery?.state !== 'pending' || delivery.attempt_count !== message.attempt_count) return 'skipped';
  const { attempt, retryAfter } = await attemptDelivery(delivery, dependencies);
  const ended = endOf(attempt);
  const attempt_count = delivery.attempt_count + 1;
  const delay = ended ? undefined : webhookRetryDelay(attempt_count, random(), retryAfter);
  if (delay !== undefined) await webhooks.send({ ...message, attempt_count }, { delaySeconds: delay });
  const state = ended ?? (delay === undefined ? 'exhausted' : 'pending');
  const dueAt = new Date(now().getTime() + (delay ?? 0) * 1000 + OVERDUE_AFTER_MS);
  const recorded = await deliveries.recordAttempt(delivery, { attempt, state, dueAt });
  return recorded ? state : 'skipped';
}

async function attemptDelivery(
  { url, payload, event_id, owner }: Delivery,
  { post, masterSecret, now }: DispatchDependencies,
): Promise<{ attempt: DeliveryAttempt; retryAfter: number | undefined }> {
  const secret = deriveSecret(await masterSecret(), ownerWebhookSecret(owner));
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
function endOf({ status_code = 0 }: DeliveryAttempt): DeliveryState | undefined {
  if (status_code >= 200 && status_code < 300) return 'delivered';
  return status_code === 410 ? 'gone' : undefined;
}
