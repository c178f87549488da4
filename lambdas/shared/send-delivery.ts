import type { DeliveryMessage } from '../../lib/domain/delivery.ts';
import type { DeliveryStore } from './delivery-store.ts';
import { logger } from './logger.ts';
import type { MessageQueue } from './message-queue.ts';

export interface SendDeliveryDependencies {
  readonly deliveries: Pick<DeliveryStore, 'moveDue'>;
  readonly webhooks: Pick<MessageQueue<DeliveryMessage>, 'send'>;
}

/**
 * Sends the message of a delivery whose row says when it is expected. Where the queue does not take it, that is no failure
 * of the caller: `sweep` sends what is due. So an outage of the queue holds nothing else up, least of all a stream, which
 * forgets its records after a day.
 * @param expectedAt when the message is to be received
 */
export async function sendDelivery(
  message: DeliveryMessage,
  { expectedAt, delaySeconds = 0 }: { readonly expectedAt: Date; readonly delaySeconds?: number },
  { deliveries, webhooks }: SendDeliveryDependencies,
): Promise<void> {
  try {
    await webhooks.send(message, { delaySeconds });
  } catch (error) {
    const { event_id } = message;
    logger.warn('A delivery could not be sent and is left to sweep', { event_id, error: error as Error });
    // Without this it would be found five minutes later.
    await deliveries.moveDue(message, expectedAt);
  }
}
