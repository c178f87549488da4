import { createHash } from 'node:crypto';

/** What is asked of a limit: so many turns, together. */
export interface Reservation {
  /** As `limitKeyOf` makes it. */
  readonly limitKey: string;
  /** 1/86400 to 1,000. */
  readonly perSecond: number;
  readonly count: number;
}

/**
 * How a limit counts, in microseconds: at 1,000 a second a millisecond would be too coarse, and as whole numbers they are
 * exact until the year 2255.
 */
export interface Pace {
  /** From one turn to the next. Rounded up, so that the rate is never exceeded; it loses a thousandth at most. */
  readonly interval: number;
  /** How long before its place in the line a turn may be used: what allows as many at once after a pause. */
  readonly tolerance: number;
}

/** `TEMPLATE_ID` has neither of these, so that no two limits share a name. */
const PLAIN = ':';
const HASHED = '#';
/** Longer ones say nothing to whoever reads the table. */
const MAX_PLAIN_KEY = 128;
const MILLISECOND = 1_000;
const SECOND = 1_000_000;

/** The row of a limit. Without a key all submissions of the template share one. */
export function limitKeyOf(templateId: string, key?: string): string {
  if (key === undefined) return templateId;
  if (key.length <= MAX_PLAIN_KEY && key.isWellFormed()) return `${templateId}${PLAIN}${key}`;
  return `${templateId}${HASHED}${createHash('sha256').update(JSON.stringify(key)).digest('hex')}`;
}

/**
 * The generic cell rate algorithm, which is a token bucket that needs one number: the place in line of the next turn. In T
 * seconds it gives `perSecond * T + max(1, perSecond)` turns at most.
 * Source: ITU-T I.371, annex A
 */
export function paceOf(perSecond: number): Pace {
  const interval = Math.ceil(SECOND / perSecond);
  const burst = Math.max(1, perSecond);
  const tolerance = Math.floor((burst - 1) * interval);
  if (tolerance >= MILLISECOND) return { interval, tolerance };
  // A Date has whole milliseconds, to which a turn is put off. Without tolerance the next one would then come too soon.
  return { interval: Math.ceil(interval / MILLISECOND) * MILLISECOND, tolerance: 0 };
}

export const microsecondsOf = (time: Date): number => time.getTime() * MILLISECOND;

/** When the turns from that place on may be used: `now` is at once. */
export function turnsFrom(place: number, count: number, { interval, tolerance }: Pace, now: Date): Date[] {
  return Array.from({ length: count }, (_, index) => {
    const at = Math.ceil((place + index * interval - tolerance) / MILLISECOND);
    return new Date(Math.max(now.getTime(), at));
  });
}
