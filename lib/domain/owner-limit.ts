import { microsecondsOf } from './rate-limit.ts';

/** What one owner may do; 0 is no limit. */
export interface OwnerLimits {
  /** Submissions a minute; as many at once after a pause. */
  readonly perMinute: number;
  /** Assemblies that have not ended. */
  readonly open: number;
}

/** What is kept of an owner. */
export interface OwnerRow {
  /** The place in line of the next submission, in microseconds of the epoch. See rate-limit.ts. */
  readonly next_free_at?: number;
  /** Turns to open an assembly that were given out, less those that a count found to be over. Never fewer than are open. */
  readonly open?: number;
  /** What `open` was at `mark_at`, in milliseconds of the epoch. */
  readonly mark_open?: number;
  readonly mark_at?: number;
}

export type Refusal = 'too_many_submissions' | 'too_many_open';

const MINUTE = 60_000_000;
const SECOND = 1_000_000;

/**
 * Milliseconds after which a turn that was given out is in the index of open assemblies: the write that opens it comes at once,
 * and DynamoDB takes less than a second as a rule to carry it on.
 */
export const SETTLED_MS = 2_000;
/** Until another count may find that some have ended. */
const OPEN_RETRY_SECONDS = SETTLED_MS / 1_000;

/** From one submission to the next, in microseconds. Rounded up, so that the rate is never exceeded. */
export const submissionInterval = ({ perMinute }: OwnerLimits): number => Math.ceil(MINUTE / perMinute);

/** The last place in line that may go at this time: a whole minute's submissions may go at once. */
export const lastPlace = (limits: OwnerLimits, now: Date): number =>
  microsecondsOf(now) + (limits.perMinute - 1) * submissionInterval(limits);

/**
 * Why the row gives no turn; undefined where it gives one.
 * @param opens whether the turn is to open an assembly
 */
export function refusalOf(
  row: OwnerRow,
  limits: OwnerLimits,
  { opens, now }: { readonly opens: boolean; readonly now: Date },
): Refusal | undefined {
  const { next_free_at = 0, open = 0 } = row;
  // The rate first: a wait for it is short and sure.
  if (limits.perMinute > 0 && next_free_at > lastPlace(limits, now)) return 'too_many_submissions';
  return opens && limits.open > 0 && open >= limits.open ? 'too_many_open' : undefined;
}

/**
 * From here on it is worth knowing how many of them are really open. A quarter: an owner whose assemblies end as fast as they
 * come can submit the rest at once, before a count has been made, and is not refused.
 */
export const isWorthCounting = ({ open = 0 }: OwnerRow, limits: OwnerLimits): boolean =>
  limits.open > 0 && open >= Math.ceil(limits.open / 4);

/** What was given out before the mark is in the index by now. */
export const isSettled = ({ mark_at = 0 }: OwnerRow, now: Date): boolean =>
  now.getTime() - mark_at >= SETTLED_MS;

/**
 * By how much a count changes `open`. Of what was given out up to the mark, only what was counted is left; what came after it
 * counts as open, seen or not.
 * @param marked `open` at the mark
 * @param open as it is
 * @param counted in the index, after the mark has settled
 */
export const correctionOf = (marked: number, open: number, counted: number): number =>
  counted <= marked ? counted - marked : Math.max(0, counted - open);

/** Whole seconds until asking again is worth it, at least 1. */
export function retryAfterOf(refusal: Refusal, row: OwnerRow, limits: OwnerLimits, now: Date): number {
  if (refusal === 'too_many_open') return OPEN_RETRY_SECONDS;
  return Math.max(1, Math.ceil(((row.next_free_at ?? 0) - lastPlace(limits, now)) / SECOND));
}

/**
 * `RateLimit-Policy` and `RateLimit`: what the limits are, and what is left of them. `t` is when there is one submission more
 * than that.
 * Source: draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4
 */
export function rateLimitHeaders(row: OwnerRow, limits: OwnerLimits, now: Date): Record<string, string> {
  const policies: string[] = [];
  const left: string[] = [];
  if (limits.perMinute > 0) {
    const interval = submissionInterval(limits);
    const next = Math.max(row.next_free_at ?? 0, microsecondsOf(now));
    const remaining = Math.max(0, Math.floor((lastPlace(limits, now) - next) / interval) + 1);
    const oneMore = next + remaining * interval - lastPlace(limits, now);
    policies.push(`"submissions";q=${limits.perMinute};w=60`);
    left.push(`"submissions";r=${remaining};t=${Math.max(1, Math.ceil(oneMore / SECOND))}`);
  }
  if (limits.open > 0) {
    policies.push(`"open";q=${limits.open};qu="concurrent-requests"`);
    left.push(`"open";r=${Math.max(0, limits.open - (row.open ?? 0))}`);
  }
  return { 'ratelimit-policy': policies.join(', '), ratelimit: left.join(', ') };
}
