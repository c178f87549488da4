import * as z from 'zod';
import { epochSeconds } from '../../lib/domain/assembly.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { pageCursor, positionOf } from '../../lib/domain/page-cursor.ts';
import { type DeliveriesPage, showDelivery } from '../../lib/domain/shown-delivery.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import type { DeliveryStore, ListPosition } from '../shared/delivery-store.ts';
import { readAssembly } from '../shared/read-assembly.ts';

export interface DeliveriesQuery {
  readonly assemblyId: string;
  /** Whose assembly it must be. */
  readonly sight: Sight;
  /** 1 to 100. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface ListDeliveriesDependencies {
  readonly store: Pick<AssemblyStore, 'get'>;
  readonly deliveries: Pick<DeliveryStore, 'byAssembly'>;
  readonly now: () => Date;
}

/** A key of the index. Whatever else a forged cursor says, DynamoDB would refuse it as a fault of ours. */
const position = z.strictObject({
  created_at: z.iso.datetime(),
  endpoint_id: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  event_id: z.string().regex(/^evt_[0-9a-f]{32}$/),
});

/**
 * A page of the webhook deliveries of an assembly, the newest first.
 * @throws WaybillError `not_found` as for the status, `invalid_request` for a cursor of something else
 */
export async function listDeliveries(
  { assemblyId, sight, limit, cursor }: DeliveriesQuery,
  { store, deliveries, now }: ListDeliveriesDependencies,
): Promise<DeliveriesPage> {
  await readAssembly({ assemblyId, sight }, { store, now });
  const list = ['deliveries', assemblyId];
  const from = cursor === undefined ? undefined : parsePosition(list, cursor);
  const page = await deliveries.byAssembly(assemblyId, { limit, from });
  const time = epochSeconds(now());
  return {
    deliveries: page.deliveries.filter(({ expires_at }) => expires_at > time).map(showDelivery),
    ...(page.next && { cursor: pageCursor(list, page.next) }),
  };
}

function parsePosition(list: readonly string[], cursor: string): ListPosition {
  const { success, data } = position.safeParse(positionOf(list, cursor));
  if (success) return data;
  throw new WaybillError(
    'invalid_request',
    '"cursor" must be one that a page of these deliveries has given.',
  );
}
