import type { Assembly } from './assembly.ts';
import type { AssemblyError } from './assembly-error.ts';
import type { Json } from './json.ts';
import { isTerminal } from './state-machine.ts';

/** Where the work for one recipient stands. `rate_limited` waits for `next_retry_at`. */
export const SUBMISSION_STATUSES = [
  'queued',
  'processing',
  'submitted',
  'failed',
  'rate_limited',
  'canceled',
] as const;
export type SubmissionStatus = (typeof SUBMISSION_STATUSES)[number];

/** Those that an attempt of the assembly leaves as they are. A row never says `canceled`: `statusIn` does. */
export const SETTLED = ['submitted', 'failed', 'canceled'] as const satisfies readonly SubmissionStatus[];
export const UNSETTLED = [
  'queued',
  'processing',
  'rate_limited',
] as const satisfies readonly SubmissionStatus[];

/** Those that wait for a worker. */
export const WAITING = ['queued', 'rate_limited'] as const satisfies readonly SubmissionStatus[];

export const isWaiting = (status: SubmissionStatus): boolean =>
  (WAITING as readonly SubmissionStatus[]).includes(status);

export const isSettled = (status: SubmissionStatus): boolean =>
  (SETTLED as readonly SubmissionStatus[]).includes(status);

/** One recipient of an assembly, as it is stored. Times are ISO 8601. */
export interface Submission {
  readonly assembly_id: string;
  /** The recipient's id; unique in the assembly. */
  readonly submission_id: string;
  /** The assembly's `created_at`: one that expired and came anew has submissions of its own. */
  readonly assembly_created_at: string;
  /** How many submissions the assembly has. */
  readonly submission_count: number;
  /** Its place in `fields.recipients`, from 0. */
  readonly position: number;
  /** True where somebody else does the work and reports. */
  readonly external: boolean;
  /** As it was submitted. */
  readonly recipient: Json;
  readonly status: SubmissionStatus;
  /** The attempt of the assembly that it was last queued for. */
  readonly attempt: number;
  /**
   * Grows by one with each write, and never begins anew while the assembly lives. It is the fence of whoever has the
   * submission in work: a write that carries an older one is refused.
   */
  readonly version: number;
  /** Unique per write, as that of an assembly. */
  readonly last_writer: string;
  /** Runs that failed by a transient error, in this attempt. */
  readonly retry_count: number;
  /** When it is to be taken again, or is first. */
  readonly next_retry_at?: string;
  /** `next_retry_at` is its turn by the template's rate limit: coming then, it does not ask for another. */
  readonly has_turn?: true;
  /** Since when the receiver asks to wait, in this attempt. */
  readonly asked_to_wait_at?: string;
  /** Until when a worker has it to itself. Epoch seconds. */
  readonly lease_until?: number;
  /** What the receiver called it: the proof that it arrived. */
  readonly confirmation?: string;
  readonly error?: AssemblyError;
  readonly submitted_at?: string;
  readonly updated_at: string;
  /** Epoch seconds. */
  readonly expires_at: number;
}

/** The message on the `submissions` queue. */
export interface SubmissionMessage {
  readonly assembly_id: string;
  readonly submission_id: string;
  /** That it is queued for: a copy of an older message does nothing. */
  readonly attempt: number;
  readonly position: number;
  /** When it is to be taken, where that is later. A queue holds a message back for a quarter of an hour at most. */
  readonly not_before?: string;
  /** `not_before` is its turn by the rate limit. */
  readonly has_turn?: true;
}

/** How many submissions are in each status. */
export type SubmissionCounts = Readonly<Record<SubmissionStatus, number>>;

export const NO_SUBMISSIONS: SubmissionCounts = {
  queued: 0,
  processing: 0,
  submitted: 0,
  failed: 0,
  rate_limited: 0,
  canceled: 0,
};

type Whole = Pick<Assembly, 'status' | 'attempt'>;
type Part = Pick<Submission, 'status' | 'attempt'>;

/**
 * What a submission is, seen from its assembly. A row is written by whoever works on it alone: what a cancel, a deadline or a
 * new attempt means for ten thousand rows follows from the assembly, in one place and at once.
 */
export function statusIn({ status, attempt }: Whole, submission: Part): SubmissionStatus {
  if (submission.status === 'submitted') return 'submitted';
  if (isTerminal(status)) {
    const hasFailed = submission.status === 'failed' && submission.attempt === attempt;
    return status === 'canceled' && !hasFailed ? 'canceled' : 'failed';
  }
  return submission.attempt < attempt ? 'queued' : submission.status;
}

/** The counts once the assembly has ended in that way, whoever ended it: see `statusIn`. */
export const endedCounts = (
  { submitted, failed, ...open }: SubmissionCounts,
  status: Assembly['status'],
): SubmissionCounts => {
  const left = Object.values(open).reduce((sum, count) => sum + count, 0);
  return status === 'canceled'
    ? { ...NO_SUBMISSIONS, submitted, failed, canceled: left }
    : { ...NO_SUBMISSIONS, submitted, failed: failed + left };
};

/** The counts of a new attempt: what has been submitted stays so, and everything else is to be done again. */
export const requeued = ({ submitted }: SubmissionCounts, count: number): SubmissionCounts => ({
  ...NO_SUBMISSIONS,
  submitted,
  queued: count - submitted,
});
