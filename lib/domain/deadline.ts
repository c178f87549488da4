import { type Assembly, epochSeconds } from './assembly.ts';

/** How long a message or an upload may take before `sweep` looks after it: most are there within seconds. */
const PATIENCE_SECONDS = 15 * 60;
/** SQS forgets a message after four days: looked for once a day, work is never forgotten. */
const MAX_PATIENCE_SECONDS = 24 * 3600;

/** How long an external worker has where its template does not say. */
export const DEFAULT_EXTERNAL_TIMEOUT_SECONDS = 24 * 3600;

type Entering = Pick<Assembly, 'status' | 'deadline_at'> & Partial<Assembly>;

/** What an assembly gets that becomes queued; with `retryAt` it is to be taken then, and not at once. */
export const queuedAt = (
  now: Date,
  { timeout_seconds, submission_count }: Pick<Assembly, 'timeout_seconds' | 'submission_count'>,
  retryAt?: Date,
): Entering => ({
  status: 'queued',
  queued_at: now.toISOString(),
  ...(retryAt && { next_retry_at: retryAt.toISOString() }),
  // With recipients, an external assembly has to be expanded by us first: its time begins then.
  deadline_at:
    epochSeconds(retryAt ?? now) +
    (submission_count === undefined ? (timeout_seconds ?? PATIENCE_SECONDS) : PATIENCE_SECONDS),
});

/** What an assembly gets that begins to wait for its uploads. */
export const uploadingAt = (now: Date): Entering => ({
  status: 'uploading',
  uploading_since: now.toISOString(),
  deadline_at: epochSeconds(now) + PATIENCE_SECONDS,
});

/**
 * When to look again at an assembly that still waits for the same: after 15 min, then 30 min, 1 h, and so on, so that a
 * long queue does not fill up with copies.
 * @param since when the waiting began; ISO 8601
 */
export function nextLookAt(since: string, now: Date): number {
  const waited = Math.max(0, epochSeconds(now) - epochSeconds(new Date(since)));
  return epochSeconds(now) + Math.min(waited + PATIENCE_SECONDS, MAX_PATIENCE_SECONDS);
}
