import type { RateLimitStore } from '../../lambdas/shared/rate-limit-store.ts';
import { microsecondsOf, paceOf, type Reservation, turnsFrom } from '../../lib/domain/rate-limit.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { direct, type Transport } from './transport.ts';

const YEAR = 366 * 86_400_000_000;

/** A row of the table. */
export interface RateLimitRow {
  /** Microseconds. */
  readonly next_free_at: number;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** The store of rate limits in memory, held to the same contract as the one on DynamoDB. */
export class InMemoryRateLimitStore implements Pick<RateLimitStore, 'reserve'> {
  readonly rows: Map<string, RateLimitRow>;
  private readonly transport: Transport;

  /** Stores that share the rows are those of several functions. */
  constructor(rows: Map<string, RateLimitRow> = new Map(), transport: Transport = direct) {
    this.rows = rows;
    this.transport = transport;
  }

  async reserve({ limitKey, perSecond, count }: Reservation, now: Date): Promise<Date[]> {
    if (count === 0) return [];
    const pace = paceOf(perSecond);
    const at = microsecondsOf(now);
    const place = await this.transport('rateLimits.reserve', () => {
      const first = Math.max(at, this.rows.get(limitKey)?.next_free_at ?? 0);
      if (first > at + YEAR)
        throw new WaybillError('unavailable', `No turn of the rate limit ${limitKey} was to be had.`);
      const next_free_at = first + count * pace.interval;
      this.rows.set(limitKey, { next_free_at, expires_at: Math.ceil(next_free_at / 1_000_000) + 1 });
      return first;
    });
    return turnsFrom(place, count, pace, now);
  }
}
