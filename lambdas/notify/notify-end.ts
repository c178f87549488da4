import { becameTerminal } from '../../lib/domain/events.ts';
import { type QueueDeliveryDependencies, queueDelivery } from '../shared/queue-delivery.ts';
import type { AssemblyWritten } from '../shared/stream-consumer.ts';

/** Puts a webhook on its way when an attempt has ended. */
export async function notifyEnd(
  { before, after }: AssemblyWritten,
  dependencies: QueueDeliveryDependencies,
): Promise<void> {
  if (becameTerminal(before, after)) await queueDelivery(after, dependencies);
}
