import * as z from 'zod';
import { type Assembly, epochSeconds } from './assembly.ts';
import { ERROR_CATEGORIES, renderError } from './assembly-error.ts';
import { isRestartable, isTerminal, STATUSES, type Status } from './state-machine.ts';

const isoTime = z.iso.datetime();
const count = z.number().int().nonnegative();

const fileShape = {
  id: z.string(),
  name: z.string(),
  basename: z.string(),
  ext: z.string(),
  size: count,
  mime: z.string(),
  field: z.string(),
  meta: z.record(z.string(), z.unknown()).optional(),
};

/**
 * What everybody who asks is told: by GET, by a direct call and as the body of a webhook.
 * Seed 003's (Transflow's) shape under its own names, then what Waybill adds.
 */
export const assemblyStatus = z.strictObject({
  assembly_id: z.string().regex(/^[0-9a-f]{64}$/),
  /** Present for completed and partial. A client written for the seed stops at `ok || error`. */
  ok: z.literal('ASSEMBLY_COMPLETED').optional(),
  /** A sentence for people; present for failed and canceled. */
  error: z.string().optional(),
  message: z.string(),
  uploads: z.array(z.strictObject({ ...fileShape, md5hash: z.string() })),
  results: z.record(
    z.string(),
    z.array(z.strictObject({ ...fileShape, original_id: z.string(), ssl_url: z.url() })),
  ),
  bytes_expected: count,
  bytes_received: count,
  bytes_usage: count,
  /** Seconds in work; grows while it runs. */
  execution_duration: z.number().nonnegative(),
  /** Absent until a worker has taken it. */
  execution_start: isoTime.optional(),
  last_job_completed: isoTime.optional(),
  template_id: z.string(),
  branch: z.string(),
  user: z.strictObject({ userId: z.string() }),
  created_at: isoTime,
  updated_at: isoTime,

  status: z.enum(STATUSES as [Status, ...Status[]]),
  /** Grows with every change: of two statuses with one `created_at`, the higher version is the newer. */
  version: z.number().int().positive(),
  attempt: z.number().int().positive(),
  /** 0 to 100. */
  progress: z.number().min(0).max(100),
  progress_message: z.string().optional(),
  /** What the last step of the template returned. */
  result: z.json().optional(),
  /** The caller's own string from the submission. */
  reference: z.string().optional(),
  queued_at: isoTime.optional(),
  completed_at: isoTime.optional(),
  /** `execution_duration` in milliseconds. */
  duration_ms: count,
  error_code: z.string().optional(),
  error_category: z.enum(ERROR_CATEGORIES).optional(),
  /** The raw text of the error, for developers. */
  error_details: z.string().optional(),
  /** True where submitting the same again starts a new attempt. */
  can_retry: z.boolean(),
  retry_count: count,
  max_retries: count,
});

export type AssemblyStatus = z.infer<typeof assemblyStatus>;

const MESSAGES: Record<Status, string> = {
  uploading: 'Waiting for the uploads',
  queued: 'Waiting for a worker',
  processing: 'In work',
  completed: 'Completed',
  partial: 'Completed in part',
  failed: 'Failed',
  canceled: 'Canceled',
};

/** The status of a stored assembly as of `now`. Pure: the same record and time give the same bytes. */
export function statusOf(assembly: Assembly, now: Date): AssemblyStatus {
  const { status, error, started_at, ended_at } = assembly;
  const succeeded = status === 'completed' || status === 'partial';
  const duration_ms = started_at === undefined ? 0 : elapsedMs(started_at, ended_at, now);
  return withoutUndefined({
    assembly_id: assembly.assembly_id,
    ok: succeeded ? ('ASSEMBLY_COMPLETED' as const) : undefined,
    error: isRestartable(status)
      ? renderError(error ?? { code: status, category: 'WORKER_ERROR' })
      : undefined,
    message: MESSAGES[status],
    uploads: [],
    results: {},
    bytes_expected: 0,
    bytes_received: 0,
    bytes_usage: 0,
    execution_duration: duration_ms / 1000,
    execution_start: started_at,
    last_job_completed: ended_at,
    template_id: assembly.template_id,
    branch: assembly.branch,
    user: { userId: assembly.user_id },
    created_at: assembly.created_at,
    updated_at: assembly.updated_at,
    status,
    version: assembly.version,
    attempt: assembly.attempt,
    progress: assembly.progress,
    progress_message: assembly.progress_message,
    result: assembly.result,
    reference: assembly.reference,
    queued_at: assembly.queued_at,
    completed_at: ended_at,
    duration_ms,
    error_code: error?.code,
    error_category: error?.category,
    error_details: error?.details,
    can_retry: isRestartable(status),
    retry_count: assembly.retry_count,
    max_retries: assembly.max_retries,
  });
}

/** Clocks of two machines differ: a duration is never negative. */
const elapsedMs = (from: string, to: string | undefined, now: Date): number =>
  Math.max(0, (to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from));

const withoutUndefined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

/** 202 while it runs, 200 when it ended (docs/decisions/0004-202-and-200.md). */
export const httpStatusOf = (status: Status): 200 | 202 => (isTerminal(status) ? 200 : 202);

/** Seconds until asking again is worth it, or undefined when it has ended; seed 003's 2 s and 5 s, longer for old work. */
export function retryAfterSeconds(
  { status, created_at, queued_at = created_at }: Assembly,
  now: Date,
): number | undefined {
  if (isTerminal(status)) return undefined;
  const base = status === 'processing' ? 2 : 5;
  const minutesOld = Math.floor((epochSeconds(now) - Date.parse(queued_at) / 1000) / 60);
  return Math.min(MAX_RETRY_AFTER, base + Math.max(0, minutesOld));
}

/** Half a minute late is nothing for work that has run for half an hour, and a poll costs a read. */
const MAX_RETRY_AFTER = 30;

/** Weak, because durations grow while the version stands still; no tag while queued, as the position will move. */
export const etagOf = ({ created_at, version, status }: Assembly, language: string): string | undefined =>
  status === 'queued' ? undefined : `W/"${Date.parse(created_at).toString(36)}-${version}-${language}"`;
