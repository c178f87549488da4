import { randomUUID } from 'node:crypto';
import type { DeliveryStore, DuePosition, ListPosition } from '../../lambdas/shared/delivery-store.ts';
import {
  type Delivery,
  type DeliveryMessage,
  type DueDelivery,
  dueShard,
} from '../../lib/domain/delivery.ts';
import type { DeliveryRow, InMemoryDeliveriesTable, Refused } from './in-memory-deliveries-table.ts';
import { direct, type Transport } from './transport.ts';

interface Options {
  readonly transport?: Transport;
  readonly newHolder?: () => string;
}

/** The store of deliveries on a table in memory, held to the same contract as the one on DynamoDB. */
export class InMemoryDeliveryStore
  implements
    Pick<DeliveryStore, 'addOnce' | 'hold' | 'recordAttempt' | 'reopen' | 'moveDue' | 'due' | 'byAssembly'>
{
  private readonly table: InMemoryDeliveriesTable;
  private readonly transport: Transport;
  private readonly newHolder: () => string;

  constructor(table: InMemoryDeliveriesTable, { transport = direct, newHolder = randomUUID }: Options = {}) {
    this.table = table;
    this.transport = transport;
    this.newHolder = newHolder;
  }

  async addOnce(delivery: Delivery): Promise<Delivery> {
    const row = {
      ...delivery,
      ...(delivery.state === 'pending' && { due_shard: dueShard(delivery.event_id) }),
    };
    const refused = await this.transport('deliveries.addOnce', () => this.table.add(row));
    return refused?.stored ? fromRow(refused.stored) : delivery;
  }

  async hold(
    message: DeliveryMessage,
    { now, until }: { now: Date; until: Date },
  ): Promise<Delivery | undefined> {
    const holder = this.newHolder();
    const isFree = ({ state, held_until }: DeliveryRow): boolean =>
      state === 'pending' && (held_until === undefined || held_until <= now.toISOString());
    const held = { held_by: holder, held_until: until.toISOString() };
    const answer = await this.transport('deliveries.hold', () =>
      this.table.update(message, isFree, () => held),
    );
    if (!isRefused(answer)) return fromRow(answer);
    return answer.stored?.held_by === holder ? fromRow(answer.stored) : undefined;
  }

  async recordAttempt(
    delivery: DeliveryMessage,
    attempt: Parameters<DeliveryStore['recordAttempt']>[1],
    outcome: Parameters<DeliveryStore['recordAttempt']>[2],
  ): Promise<boolean> {
    const follows: Partial<DeliveryRow> =
      outcome.state === 'pending'
        ? waiting(delivery, outcome)
        : { state: outcome.state, next_attempt_at: undefined, due_at: undefined, due_shard: undefined };
    const answer = await this.transport('deliveries.recordAttempt', () =>
      this.table.update(delivery, isPending, ({ attempts }) => ({
        ...follows,
        held_until: undefined,
        attempt_count: delivery.attempt_count + 1,
        attempts: [...attempts, attempt],
      })),
    );
    return !isRefused(answer) || answer.stored?.attempts[delivery.attempt_count]?.at === attempt.at;
  }

  async reopen(
    delivery: DeliveryMessage,
    times: { readonly nextAttemptAt: Date; readonly dueAt: Date },
  ): Promise<void> {
    await this.transport('deliveries.reopen', () =>
      this.table.update(
        delivery,
        (stored) => !isPending(stored),
        () => ({ state: 'pending', ...waiting(delivery, times) }),
      ),
    );
  }

  async moveDue(delivery: DeliveryMessage, dueAt: Date): Promise<boolean> {
    const answer = await this.transport('deliveries.moveDue', () =>
      this.table.update(delivery, isPending, () => ({ due_at: dueAt.toISOString() })),
    );
    return !isRefused(answer);
  }

  async due(
    shard: string,
    before: Date,
    { limit, from }: { limit: number; from?: DuePosition },
  ): Promise<{ due: DueDelivery[]; next: DuePosition | undefined }> {
    const latest = before.toISOString();
    const found = await this.transport('deliveries.due', () => {
      const due: DeliveryRow[] = [];
      for (const row of this.table.rows.values())
        if (row.due_shard === shard && (row.due_at ?? '') <= latest) due.push(row);
      return due.sort((a, b) => compare(a.due_at, b.due_at));
    });
    const { page, next } = pageOf(found, limit, from);
    return { due: page as DueDelivery[], next };
  }

  async byAssembly(assemblyId: string, { limit, from }: { limit: number; from?: ListPosition }) {
    const found = await this.transport('deliveries.byAssembly', () =>
      [...this.table.rows.values()]
        .filter(({ assembly_id }) => assembly_id === assemblyId)
        .sort((a, b) => compare(b.created_at, a.created_at)),
    );
    const { page, next } = pageOf(found, limit, from);
    return {
      deliveries: page.map((row) => {
        const { payload: _, ...listed } = fromRow(row);
        return listed;
      }),
      next,
    };
  }
}

const isRefused = (answer: Refused | DeliveryRow): answer is Refused => 'stored' in answer;

const isPending = ({ state }: DeliveryRow): boolean => state === 'pending';

const waiting = (
  { event_id }: DeliveryMessage,
  { nextAttemptAt, dueAt }: { readonly nextAttemptAt: Date; readonly dueAt: Date },
): Partial<DeliveryRow> => ({
  next_attempt_at: nextAttemptAt.toISOString(),
  due_at: dueAt.toISOString(),
  due_shard: dueShard(event_id),
});

function fromRow({
  due_shard: _shard,
  held_by: _by,
  held_until: _until,
  ...delivery
}: DeliveryRow): Delivery {
  return delivery;
}

const compare = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whatever lies after the row of that key. */
function pageOf(
  rows: readonly DeliveryRow[],
  limit: number,
  from: Partial<ListPosition> | undefined,
): { page: DeliveryRow[]; next: ListPosition | undefined } {
  const isLast = ({ endpoint_id, event_id }: DeliveryRow): boolean =>
    endpoint_id === from?.endpoint_id && event_id === from?.event_id;
  const start = from === undefined ? 0 : rows.findIndex(isLast) + 1;
  const page = rows.slice(start, start + limit);
  const last = page.at(-1);
  const next = start + limit < rows.length && last ? positionOf(last) : undefined;
  return { page, next };
}

const positionOf = ({ created_at, endpoint_id, event_id }: DeliveryRow): ListPosition => ({
  created_at,
  endpoint_id,
  event_id,
});
