import {
  assemblyOfEndpoint,
  type DeliveryMessage,
  DUE_SHARDS,
  type DueDelivery,
  overdueAt,
} from '../../lib/domain/delivery.ts';
import type { DeliveryStore, DuePosition } from '../shared/delivery-store.ts';
import { logContext } from '../shared/log-context.ts';
import { logger } from '../shared/logger.ts';
import { MAX_DELAY_SECONDS, type MessageQueue } from '../shared/message-queue.ts';

export interface SendDueDependencies {
  readonly deliveries: Pick<DeliveryStore, 'due' | 'moveDue'>;
  readonly webhooks: Pick<MessageQueue<DeliveryMessage>, 'send'>;
  readonly now: () => Date;
  /** False when the time for it is over: the rest is left to the next run. */
  readonly mayGoOn: () => boolean;
}

export interface SentDeliveries {
  /** Messages. */
  readonly sent: number;
  /** Deliveries, and pages of them, that an error has left to the next run. */
  readonly failed: number;
  /** How far the latest attempt is past its time; 0 where none is. Seconds. */
  readonly oldestDueSeconds: number;
}

/** A page is read before its first message is sent, and read again by the next run where time ends in the middle. */
const PAGE_SIZE = 100;

/**
 * Sends the message of each delivery whose attempt is at most 15 minutes away, with the delay that is left, and again
 * where one was sent that has led to nothing. The shards are worked side by side, each from its oldest delivery on, so
 * that after an outage none has to wait for another.
 */
export async function sendDueDeliveries(dependencies: SendDueDependencies): Promise<SentDeliveries> {
  const shards = await Promise.all(DUE_SHARDS.map((shard) => sendShard(shard, dependencies)));
  return {
    sent: shards.reduce((sum, { sent }) => sum + sent, 0),
    failed: shards.reduce((sum, { failed }) => sum + failed, 0),
    oldestDueSeconds: Math.max(...shards.map(({ oldestDueSeconds }) => oldestDueSeconds)),
  };
}

async function sendShard(shard: string, dependencies: SendDueDependencies): Promise<SentDeliveries> {
  const { deliveries, now, mayGoOn } = dependencies;
  const before = new Date(now().getTime() + MAX_DELAY_SECONDS * 1000);
  let [sent, failed, oldestDueSeconds] = [0, 0, 0];
  let from: DuePosition | undefined;
  try {
    do {
      const page = await deliveries.due(shard, before, { limit: PAGE_SIZE, from });
      for (const delivery of page.due) {
        oldestDueSeconds = Math.max(oldestDueSeconds, secondsPast(delivery.next_attempt_at, now()));
        if (!mayGoOn()) return { sent, failed, oldestDueSeconds };
        if (isUnderWay(delivery, now())) continue;
        const assembly_id = assemblyOfEndpoint(delivery.endpoint_id);
        if (await logContext.run({ assembly_id }, () => sendOne(delivery, dependencies))) sent++;
        else failed++;
      }
      from = page.next;
    } while (from && mayGoOn());
  } catch (error) {
    logger.error('Due deliveries could not be read', { shard, error: error as Error });
    failed++;
  }
  return { sent, failed, oldestDueSeconds };
}

/** Sent first and moved then: a crash in between sends a message too many, which does nothing, and never one too few. */
async function sendOne(
  { endpoint_id, event_id, attempt_count, due_at }: DueDelivery,
  { deliveries, webhooks, now }: SendDueDependencies,
): Promise<boolean> {
  const message = { endpoint_id, event_id, attempt_count };
  try {
    const start = now();
    // Up to a second late rather than early: SQS counts whole ones.
    const delaySeconds = Math.max(0, Math.ceil((Date.parse(due_at) - start.getTime()) / 1000));
    await webhooks.send(message, { delaySeconds });
    await deliveries.moveDue(message, overdueAt(new Date(start.getTime() + delaySeconds * 1000)));
    return true;
  } catch (error) {
    logger.error('A due delivery could not be sent on', { event_id, error: error as Error });
    return false;
  }
}

/** A message for it was sent and is not yet given up. */
const isUnderWay = ({ due_at, next_attempt_at }: DueDelivery, now: Date): boolean =>
  Date.parse(due_at) > Date.parse(next_attempt_at) && Date.parse(due_at) > now.getTime();

const secondsPast = (time: string, now: Date): number =>
  Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
