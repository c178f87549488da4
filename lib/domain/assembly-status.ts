import * as z from 'zod';
import { type Assembly, epochSeconds, receivedUploads, sizeOf } from './assembly.ts';
import { type AssemblyError, ERROR_CATEGORIES, renderError } from './assembly-error.ts';
import type { Language } from './language.ts';
import type { ResultFile } from './result-file.ts';
import type { RunRecord } from './run-record.ts';
import { isRestartable, isTerminal, STATUSES, type Status } from './state-machine.ts';
import { nameParts, type Upload } from './upload.ts';

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
  /**
   * True where a retry may end better and retries are left. Where it is false, submitting the same again starts a new
   * attempt all the same, with all its retries; input at fault then fails in the same way.
   */
  can_retry: z.boolean(),
  /** The files that could not be used, where others could: then the status is partial. */
  file_errors: z
    .array(
      z.strictObject({
        upload_id: z.string(),
        name: z.string(),
        error: z.string(),
        error_code: z.string(),
        error_category: z.enum(ERROR_CATEGORIES),
      }),
    )
    .optional(),
  /** Of `max_retries`, spent in this attempt and by `POST …/retry`. */
  retry_count: count,
  max_retries: count,
  /** When the next run begins, where the last one failed by an error that may not come again. */
  next_retry_at: isoTime.optional(),
  /** The runs that are over, the last twenty, oldest first. */
  attempts: z.array(
    z.strictObject({
      attempt: z.number().int().positive(),
      /** What the assembly became: how the attempt ended, or `queued` where it went on with another run. */
      status: z.enum(STATUSES as [Status, ...Status[]]),
      /** Absent where no worker had taken it. */
      started_at: isoTime.optional(),
      ended_at: isoTime,
      error: z.string().optional(),
      error_code: z.string().optional(),
      error_category: z.enum(ERROR_CATEGORIES).optional(),
    }),
  ),
});

export type AssemblyStatus = z.infer<typeof assemblyStatus>;

const MESSAGES: Record<Language, Record<Status, string>> = {
  en: {
    uploading: 'Waiting for the uploads',
    queued: 'Waiting for a worker',
    processing: 'In work',
    completed: 'Completed',
    partial: 'Completed in part',
    failed: 'Failed',
    canceled: 'Canceled',
  },
  fr: {
    uploading: 'En attente des fichiers',
    queued: 'En attente de traitement',
    processing: 'En cours de traitement',
    completed: 'Terminé',
    partial: 'Terminé en partie',
    failed: 'Échoué',
    canceled: 'Annulé',
  },
};

/** How a status is told: in whose language, with links that whoever may open. */
export interface Telling {
  readonly now: Date;
  readonly language: Language;
  /** The `ssl_url` of a result; needed only where there are results. */
  linkTo(result: ResultFile): string;
}

/** The status of a stored assembly. Pure: the same record, time and links give the same bytes. */
export function statusOf(assembly: Assembly, { now, language, linkTo }: Telling): AssemblyStatus {
  const { status, error, started_at, ended_at, uploads = [], results = {} } = assembly;
  const succeeded = status === 'completed' || status === 'partial';
  const duration_ms = started_at === undefined ? 0 : elapsedMs(started_at, ended_at, now);
  const reason = error ?? { code: status, category: 'WORKER_ERROR' };
  return withoutUndefined({
    assembly_id: assembly.assembly_id,
    ok: succeeded ? ('ASSEMBLY_COMPLETED' as const) : undefined,
    error: isRestartable(status) ? renderError(reason, language) : undefined,
    message: MESSAGES[language][status],
    uploads: uploads.map(({ name, ...upload }) => ({ ...upload, name, ...nameParts(name) })),
    results: Object.fromEntries(
      Object.entries(results).map(([step, files]) => [
        step,
        files.map((file) => ({ ...file, ...nameParts(file.name), ssl_url: linkTo(file) })),
      ]),
    ),
    bytes_expected: sizeOf(uploads),
    bytes_received: sizeOf(receivedUploads(assembly)),
    bytes_usage: Object.values(results)
      .flat()
      .reduce((sum, { size }) => sum + size, 0),
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
    progress: status === 'uploading' ? uploadProgress(assembly) : assembly.progress,
    progress_message: assembly.progress_message,
    // While a part is done anew, the result of before is no longer what there is.
    result: succeeded ? assembly.result : undefined,
    reference: assembly.reference,
    queued_at: assembly.queued_at,
    completed_at: ended_at,
    duration_ms,
    error_code: error?.code,
    error_category: error?.category,
    error_details: error?.details,
    can_retry: canRetry(assembly),
    file_errors: fileErrors(uploads, assembly.file_errors, language),
    retry_count: assembly.retry_count,
    max_retries: assembly.max_retries,
    next_retry_at: assembly.next_retry_at,
    attempts: (assembly.attempts ?? []).map((run) => toldRun(run, language)),
  });
}

function toldRun(
  { attempt, status, started_at, ended_at, error }: RunRecord,
  language: Language,
): AssemblyStatus['attempts'][number] {
  return withoutUndefined({
    attempt,
    status,
    started_at,
    ended_at,
    error: error && renderError(error, language),
    error_code: error?.code,
    error_category: error?.category,
  });
}

/** An external worker does not say which files. */
const UNKNOWN_REASON: Pick<AssemblyError, 'retryable'> = {};

function canRetry({ status, error, file_errors, retry_count, max_retries }: Assembly): boolean {
  if (retry_count >= max_retries) return false;
  if (status === 'partial')
    return Object.values(file_errors ?? { unknown: UNKNOWN_REASON }).some(
      ({ retryable }) => retryable !== false,
    );
  return isRestartable(status) && error?.retryable !== false;
}

/** Of the bytes that are to come; the work itself begins at 0 again, with the status that says so. */
const uploadProgress = (assembly: Assembly): number =>
  Math.floor((100 * sizeOf(receivedUploads(assembly))) / Math.max(1, sizeOf(assembly.uploads ?? [])));

function fileErrors(
  uploads: readonly Upload[],
  errors: Assembly['file_errors'] = {},
  language: Language,
): AssemblyStatus['file_errors'] {
  const entry = ({ id, name }: Upload, error: AssemblyError) => ({
    upload_id: id,
    name,
    error: renderError(error, language),
    error_code: error.code,
    error_category: error.category,
  });
  const spoiled = uploads.flatMap((upload) => {
    const error = errors[upload.id];
    return error ? [entry(upload, error)] : [];
  });
  return spoiled.length > 0 ? spoiled : undefined;
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
  { status, created_at, queued_at = created_at, next_retry_at }: Assembly,
  now: Date,
): number | undefined {
  if (isTerminal(status)) return undefined;
  const untilRetry = next_retry_at === undefined ? 0 : (Date.parse(next_retry_at) - now.getTime()) / 1000;
  const base = status === 'processing' ? 2 : Math.max(5, Math.ceil(untilRetry));
  const minutesOld = Math.floor((epochSeconds(now) - Date.parse(queued_at) / 1000) / 60);
  return Math.min(MAX_RETRY_AFTER, base + Math.max(0, minutesOld));
}

/** Half a minute late is nothing for work that has run for half an hour, and a poll costs a read. */
const MAX_RETRY_AFTER = 30;

/**
 * Weak, because durations grow while the version stands still; no tag while queued, as the position will move.
 * @param linkExpiry of the links, where there are any
 */
export const etagOf = (
  { created_at, version, status }: Assembly,
  { language, linkExpiry = 0 }: { readonly language: Language; readonly linkExpiry?: number },
): string | undefined =>
  status === 'queued'
    ? undefined
    : `W/"${[Date.parse(created_at).toString(36), version, language, linkExpiry.toString(36)].join('-')}"`;
