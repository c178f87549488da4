/**
 * How far the queue of jobs has come, in two numbers that only grow: the place that a job was enqueued at, and the place
 * that the workers have come to. What lies between is the line. Nobody counts the line itself, so no error of a count stays:
 * it leaves with the jobs that it was made with. (docs/decisions/0022-queue-position.md)
 */

/** Jobs that were enqueued together, with the places that they have. */
export interface QueueCheckpoint {
  /** The place of the last job before them. */
  readonly before: number;
  /** Epoch milliseconds at which the first of them was queued. */
  readonly from: number;
  /** Milliseconds from there to each of them, in order. */
  readonly offsets: readonly number[];
}

/** The places of the jobs that were queued in one millisecond. */
export interface Places {
  readonly first: number;
  readonly last: number;
}

/** Jobs that workers took at one time. */
export interface Claims {
  readonly count: number;
  /** Of those that were taken in their turn: how many, the first one's place, and how many are nearer to it than to the last. */
  readonly inTurn?: { readonly count: number; readonly lowest: number; readonly nearIt: number };
  /** The places that the one that was queued last can have, and how many of these were taken. Undefined where not known. */
  readonly newest?: Places & { readonly taken: number };
}

interface Slot {
  readonly count: number;
  /** The highest place that was taken. */
  readonly highest: number;
  /** Epoch milliseconds. */
  readonly began_at: number;
}

/** Jobs that were taken although those after them had passed them by far. */
interface Trail {
  /** The place of the last one. */
  readonly place: number;
  /** How many of the jobs that were taken lately are such, from 0 to 1. */
  readonly share: number;
}

interface Mark {
  readonly claimed: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Where the workers are in the line. Times are epoch milliseconds. */
export interface QueueHead {
  /** Jobs taken so far. */
  readonly claimed: number;
  readonly moved_at: number;
  /** How long the job that was taken last had waited. */
  readonly wait_ms: number;
  /** What was taken lately, and in the time before. */
  readonly slot: Slot;
  readonly previous?: Slot;
  readonly trail?: Trail;
  /** Where the workers were a minute ago, and before that: while jobs wait all the time, their rate follows from it. */
  readonly mark?: Mark;
  readonly prior?: Mark;
}

/** What is known of the line. */
export interface QueueProgress {
  /** Jobs enqueued so far: the place of the last one. */
  readonly enqueued: number;
  /** When any of it last changed; epoch milliseconds. */
  readonly updated_at: number;
  /** Undefined until a job was taken. */
  readonly head?: QueueHead;
}

const SLOT_MS = 30_000;
/** What was taken before this says nothing of where the workers are. */
const RECENT_MS = 300_000;
/** SQS keeps the order by and large: that many places are no reason to think otherwise. */
const UNORDERED = 20;
/** Nor are those that are taken while one shard of the stream is that far behind another. */
const SKEW_MS = 2_000;
/** More than shards read at once: a checkpoint that was added so much later tells jobs that came late, or anew. */
const AT_ONCE = 1_000;
/** As many jobs are `lately`. */
const LATELY = 20;
/** Fewer are jobs that come late, each for its own reason. */
const MIN_SHARE = 0.15;
/** Whoever waits for less than this waits for the machinery, and not for a worker. */
const SATURATED_MS = 2_000;
const MARK_MS = 60_000;
/** The rate of fewer seconds would be chance. */
const MIN_RATE_MS = 10_000;

/**
 * Of jobs that are enqueued together, at these times.
 * @param after the place of the last of them
 */
export function checkpointOf(times: readonly number[], after: number): QueueCheckpoint {
  const sorted = [...times].sort((a, b) => a - b);
  const from = sorted[0] ?? 0;
  return { before: after - sorted.length, from, offsets: sorted.map((time) => time - from) };
}

/**
 * The places of the jobs that were queued at that time. Shards of the stream are read at once, so checkpoints overlap. Counted
 * from the end of the one that came after all of them, back to that time.
 * @param next the first checkpoints that do not end before that time, by their ends
 * @param atLeast where a checkpoint is missing, it may be that of later jobs that is being written: they are left out
 * @returns undefined where there is none: the job has come after all, or alone
 */
export function placesAt(
  time: number,
  next: readonly QueueCheckpoint[],
  { atLeast = false }: { readonly atLeast?: boolean } = {},
): Places | undefined {
  const sorted = next.toSorted((a, b) => a.before - b.before);
  const added = sorted.filter(({ before }) => before - (sorted[0]?.before ?? 0) < AT_ONCE);
  const overlapping = added.findLastIndex(({ from }) => from <= time);
  const [last = added.at(-1), previous] = [added[overlapping + 1], added[overlapping]];
  if (last === undefined) return undefined;
  const end = atLeast && previous && endOf(previous) < last.before ? previous : last;
  const until = added.slice(0, added.indexOf(end) + 1);
  const count = (isCounted: (queued: number) => boolean): number =>
    until.reduce(
      (sum, { from, offsets }) => sum + offsets.filter((each) => isCounted(from + each)).length,
      0,
    );
  return {
    first: endOf(end) - count((each) => each >= time) + 1,
    last: endOf(end) - count((each) => each > time),
  };
}

const endOf = ({ before, offsets }: QueueCheckpoint): number => before + offsets.length;

/**
 * The head after jobs were taken.
 * @param waitMs how long the last one of them had waited
 */
export function advanceHead(
  { head, enqueued }: Pick<QueueProgress, 'head' | 'enqueued'>,
  claims: Claims,
  { now, waitMs }: { readonly now: number; readonly waitMs: number },
): QueueHead {
  const recent = head === undefined ? [] : recentSlots(head, now);
  // However long ago: a job that comes alone has no checkpoint, and its place is the one after.
  const reached = head === undefined ? 0 : highestOf(slotsOf(head));
  const taken: Slot = {
    count: claims.count,
    highest: claims.newest ? placeTaken(claims.newest, reached) : Math.min(enqueued, reached + claims.count),
    began_at: now,
  };
  const current = recent.find(({ began_at }) => now - began_at < SLOT_MS);
  const previous = recent.find((slot) => slot !== current);
  const claimed = (head?.claimed ?? 0) + claims.count;
  const trail = trailOf(head?.trail, claims, { slots: [taken, ...recent], now });
  return {
    claimed,
    moved_at: now,
    wait_ms: Math.max(0, waitMs),
    slot: current ? merged(current, taken) : taken,
    ...(previous && { previous }),
    ...(trail && { trail }),
    ...(waitMs >= SATURATED_MS && marksOf(head, { claimed, at: now })),
  };
}

const slotsOf = ({ slot, previous }: QueueHead): Slot[] => [slot, ...(previous ? [previous] : [])];

const recentSlots = (head: QueueHead, now: number): Slot[] =>
  slotsOf(head).filter(({ began_at }) => now - began_at < RECENT_MS);

const highestOf = (slots: readonly Slot[]): number => Math.max(0, ...slots.map(({ highest }) => highest));

/** Of those that were queued in one millisecond, nobody knows which was taken: as many have gone as were. */
const placeTaken = ({ first, last, taken }: Places & { readonly taken: number }, reached: number): number =>
  Math.min(last, Math.max(first - 1, reached) + taken);

const merged = (a: Slot, b: Slot): Slot => ({
  count: a.count + b.count,
  highest: Math.max(a.highest, b.highest),
  began_at: Math.min(a.began_at, b.began_at),
});

function trailOf(
  before: Trail | undefined,
  { inTurn, newest }: Claims,
  { slots, now }: { readonly slots: readonly Slot[]; readonly now: number },
): Trail | undefined {
  if (inTurn === undefined) return before;
  const { count, lowest, nearIt } = inTurn;
  const elapsed = now - Math.min(...slots.map(({ began_at }) => began_at));
  const taken = slots.reduce((sum, slot) => sum + slot.count, 0);
  const usual = UNORDERED + (taken * SKEW_MS) / Math.max(SKEW_MS, elapsed);
  const isPassed = (place: number): boolean => highestOf(slots) - place >= usual;
  const [passed, place] =
    newest && isPassed(newest.last)
      ? [count, newest.last]
      : isPassed(lowest)
        ? [nearIt, lowest]
        : [0, before?.place ?? 0];
  const kept = (1 - 1 / LATELY) ** count;
  const share = (before?.share ?? 0) * kept + (passed / count) * (1 - kept);
  return share < MIN_SHARE / LATELY ? undefined : { place, share: Number(share.toFixed(3)) };
}

function marksOf(head: QueueHead | undefined, current: Mark): Pick<QueueHead, 'mark' | 'prior'> {
  const { mark, prior } = head ?? {};
  if (mark === undefined) return { mark: current };
  if (current.at - mark.at >= MARK_MS) return { mark: current, prior: mark };
  return { mark, ...(prior && { prior }) };
}

/**
 * The place that the workers have come to. Where they take the jobs in order, the highest that was taken. Where a busy owner
 * makes SQS let the others pass, jobs of two places are taken at a time, far from each other: then it is the lower one, as
 * nobody of those behind it is to hear that it is their turn.
 */
export function headPlace({ head }: Pick<QueueProgress, 'head'>): number {
  if (head === undefined) return 0;
  const { trail } = head;
  return trail && trail.share >= MIN_SHARE ? trail.place : highestOf(slotsOf(head));
}

/** True where jobs have to wait for a worker. */
export const isSaturated = ({ head }: QueueProgress): boolean => (head?.wait_ms ?? 0) >= SATURATED_MS;

/** Jobs that are taken in a millisecond, of late; undefined where that is not known. */
export function claimRate({ head }: QueueProgress): number | undefined {
  const base = head?.prior ?? head?.mark;
  if (head === undefined || base === undefined) return undefined;
  const elapsed = head.moved_at - base.at;
  return elapsed < MIN_RATE_MS ? undefined : (head.claimed - base.claimed) / elapsed;
}
