import type { DeliveryKey } from '../../lambdas/shared/delivery-store.ts';
import type { Delivery, DeliveryMessage } from '../../lib/domain/delivery.ts';
import { withoutUndefined } from './without-undefined.ts';

/** A delivery as it lies in the table. */
export interface DeliveryRow extends Delivery {
  readonly due_shard?: string;
  readonly held_by?: string;
  readonly held_until?: string;
}

/** A refused write and what is stored instead, if anything. */
export interface Refused {
  readonly stored: DeliveryRow | undefined;
}

const keyOf = ({ endpoint_id, event_id }: DeliveryKey): string => `${endpoint_id} ${event_id}`;

/** What DynamoDB does with the deliveries table: conditional writes, by endpoint and event. */
export class InMemoryDeliveriesTable {
  readonly rows = new Map<string, DeliveryRow>();
  private readonly onWritten: (row: DeliveryRow) => void;

  constructor(onWritten: (row: DeliveryRow) => void = () => {}) {
    this.onWritten = onWritten;
  }

  row(key: DeliveryKey): DeliveryRow | undefined {
    return this.rows.get(keyOf(key));
  }

  /** Undefined where it was added. */
  add(row: DeliveryRow): Refused | undefined {
    const stored = this.row(row);
    if (stored) return { stored };
    this.write(row);
    return undefined;
  }

  /** Changes a row that still has as many attempts and meets the condition; removes what is undefined. */
  update(
    message: DeliveryMessage,
    isMet: (stored: DeliveryRow) => boolean,
    changes: (stored: DeliveryRow) => Partial<DeliveryRow>,
  ): Refused | DeliveryRow {
    const stored = this.row(message);
    if (!stored || stored.attempt_count !== message.attempt_count || !isMet(stored)) return { stored };
    return this.write(withoutUndefined({ ...stored, ...changes(stored) }));
  }

  private write(row: DeliveryRow): DeliveryRow {
    this.rows.set(keyOf(row), row);
    this.onWritten(row);
    return row;
  }
}
