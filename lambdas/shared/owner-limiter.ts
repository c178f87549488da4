import type { Owned } from '../../lib/domain/owner.ts';
import {
  correctionOf,
  isSettled,
  isWorthCounting,
  type OwnerLimits,
  type OwnerRow,
  type Refusal,
  rateLimitHeaders,
  refusalOf,
  retryAfterOf,
} from '../../lib/domain/owner-limit.ts';
import { type ErrorCode, WaybillError } from '../../lib/domain/waybill-error.ts';
import { logger } from './logger.ts';
import { logMetrics } from './metric.ts';
import { type OwnerLimitStore, PATIENCE_MS } from './owner-limit-store.ts';

export type LimitHeaders = Readonly<Record<string, string>>;

/** Asked in front of the write that opens an assembly. */
export interface OwnerLimiter {
  /**
   * Takes a turn of the owner, and returns the headers that tell what is left.
   * @param opens false where nothing is opened, so that the rate alone counts
   * @throws WaybillError `too_many_submissions`, `too_many_open`
   */
  take(owner: Owned, opens: boolean, now: Date): Promise<LimitHeaders>;
}

/** Where nothing is limited. */
export const unlimited: OwnerLimiter = { take: async () => ({}) };

export interface OwnerLimiterDependencies {
  readonly limits: OwnerLimits;
  readonly store: Pick<OwnerLimitStore, 'take' | 'mark' | 'correct'>;
  /** As `countOpen`. */
  readonly countOpen: (owner: Owned) => Promise<number>;
}

export function ownerLimiter(dependencies: OwnerLimiterDependencies): OwnerLimiter {
  const { limits } = dependencies;
  if (limits.perMinute === 0 && limits.open === 0) return unlimited;
  return {
    async take(owner, opens, now) {
      if (!opens && limits.perMinute === 0) return {};
      try {
        return await Promise.race([takeTurn(owner, opens, now, dependencies), outOfPatience()]);
      } catch (error) {
        if (error instanceof WaybillError) throw error;
        // Work that can be stored is accepted: the limits keep neighbours apart, and are no reason to turn everybody away.
        logger.error('The limits of the owner could not be asked, so they do not hold', {
          error: error as Error,
        });
        logMetrics({ name: 'LimitsNotAsked', value: 1 });
        return {};
      }
    },
  };
}

/** For all of a turn, which is up to four calls and a count. */
const outOfPatience = (): Promise<never> =>
  new Promise((_, reject) => {
    const give = () => reject(new Error(`No answer in ${PATIENCE_MS} ms`));
    setTimeout(give, PATIENCE_MS).unref();
  });

async function takeTurn(
  owner: Owned,
  opens: boolean,
  now: Date,
  dependencies: OwnerLimiterDependencies,
): Promise<LimitHeaders> {
  const { store, limits } = dependencies;
  const first = await store.take(owner, opens, limits, now);
  if (!first.refusal)
    return rateLimitHeaders(await recounted(owner, first.row, now, dependencies), limits, now);
  if (first.refusal === 'too_many_open') {
    const row = await recounted(owner, first.row, now, dependencies);
    if (!refusalOf(row, limits, { opens, now })) {
      const second = await store.take(owner, opens, limits, now);
      if (!second.refusal) return rateLimitHeaders(second.row, limits, now);
      throw refused(second.refusal, second.row, limits, now);
    }
  }
  throw refused(first.refusal, first.row, limits, now);
}

/**
 * Sets `open` right where it has grown. The row counts turns and hears of no end; how many are open is in the index, which is a
 * moment behind. So the count is held against what was given out up to a mark that is old enough to be in the index, and what
 * came after it is taken for open. One count in `SETTLED_MS` for each owner: whoever moves the mark makes it.
 */
async function recounted(
  owner: Owned,
  row: OwnerRow,
  now: Date,
  { store, limits, countOpen }: OwnerLimiterDependencies,
): Promise<OwnerRow> {
  if (!isWorthCounting(row, limits)) return row;
  if (!isSettled(row, now)) {
    // At the limit nothing more is given out, so that a mark set now is exact when it has settled.
    const isFull = (row.open ?? 0) >= limits.open;
    return isFull && row.mark_open !== row.open ? (await store.mark(owner, row, now)).row : row;
  }
  const marked = await store.mark(owner, row, now);
  if (!marked.written) return marked.row;
  const correction = correctionOf(row.mark_open ?? 0, marked.row.open ?? 0, await countOpen(owner));
  return correction === 0 ? marked.row : (await store.correct(owner, marked.row, correction)).row;
}

const DETAILS = {
  too_many_submissions: ({ perMinute }) => `Each owner may submit ${perMinute} times a minute.`,
  too_many_open: ({ open }) =>
    `Each owner may have ${open} assemblies that have not ended. Wait for one to end, or cancel one.`,
} as const satisfies Record<Refusal & ErrorCode, (limits: OwnerLimits) => string>;

const refused = (refusal: Refusal, row: OwnerRow, limits: OwnerLimits, now: Date): WaybillError =>
  new WaybillError(refusal, DETAILS[refusal](limits), {
    headers: {
      'retry-after': String(retryAfterOf(refusal, row, limits, now)),
      ...rateLimitHeaders(row, limits, now),
    },
  });
