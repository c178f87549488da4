import { type Assembly, receivedUploads, sizeOf } from './assembly.ts';
import { type AssemblyError, renderError } from './assembly-error.ts';
import type { AssemblyStatus } from './assembly-status.ts';
import { nameParts } from './file-name.ts';
import type { Language } from './language.ts';
import { type QueueReading, queueViewOf } from './queue-view.ts';
import { allResults, type ResultFile } from './result-file.ts';
import type { RunRecord } from './run-record.ts';
import { showSubmission } from './show-submission.ts';
import { isRestartable, type Status } from './state-machine.ts';
import { NO_SUBMISSIONS, type Submission } from './submission.ts';
import type { Upload } from './upload.ts';

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
  /** What it lists of its submissions; undefined where they are too many. */
  readonly submissions?: readonly Submission[];
  /** Where they are listed, for an assembly that has some. */
  readonly submissionsUrl?: string;
  /** Where it stands in the queue: undefined where nobody looked, null where that could not be read. */
  readonly queue?: QueueReading | null;
  /** The `ssl_url` of a result; needed only where there are results. */
  linkTo(result: ResultFile): string;
}

/** The status of a stored assembly. Pure: the same record, time and links give the same bytes. */
export function statusOf(assembly: Assembly, telling: Telling): AssemblyStatus {
  const { now, language, linkTo, queue } = telling;
  const { status, error, started_at, ended_at, uploads = [], results = {} } = assembly;
  const succeeded = status === 'completed' || status === 'partial';
  const duration_ms = started_at === undefined ? 0 : elapsedMs(started_at, ended_at, now);
  const shown = (file: ResultFile) => ({ ...file, ...nameParts(file.name), ssl_url: linkTo(file) });
  // While a part is done anew, the result of before is no longer what there is.
  const { result, result_file } = succeeded ? assembly : {};
  const reason = error ?? { code: status, category: 'WORKER_ERROR' };
  return withoutUndefined({
    assembly_id: assembly.assembly_id,
    ok: succeeded ? ('ASSEMBLY_COMPLETED' as const) : undefined,
    error: isRestartable(status) ? renderError(reason, language) : undefined,
    message: MESSAGES[language][status],
    uploads: uploads.map(({ name, ...upload }) => ({ ...upload, name, ...nameParts(name) })),
    results: Object.fromEntries(Object.entries(results).map(([step, files]) => [step, files.map(shown)])),
    bytes_expected: sizeOf(uploads),
    bytes_received: sizeOf(receivedUploads(assembly)),
    bytes_usage: allResults({ results, result_file }).reduce((sum, { size }) => sum + size, 0),
    execution_duration: duration_ms / 1000,
    execution_start: started_at,
    last_job_completed: ended_at,
    template_id: assembly.template_id,
    branch: assembly.branch,
    user: withoutUndefined({ userId: assembly.user_id, tenantId: assembly.tenant_id }),
    created_at: assembly.created_at,
    updated_at: assembly.updated_at,
    status,
    version: assembly.version,
    attempt: assembly.attempt,
    progress: status === 'uploading' ? uploadProgress(assembly) : assembly.progress,
    progress_message: assembly.progress_message,
    result,
    result_file: result_file && shown(result_file),
    ...submissionsOf(assembly, telling),
    reference: assembly.reference,
    queued_at: assembly.queued_at,
    queue: queueViewOf(assembly, queue, now),
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

type Submissions = Pick<
  AssemblyStatus,
  'submission_count' | 'submission_counts' | 'submissions' | 'message_ids' | 'submissions_url'
>;

function submissionsOf(assembly: Assembly, { language, submissions, submissionsUrl }: Telling): Submissions {
  const { submission_count, submission_counts } = assembly;
  if (submission_count === undefined) return {};
  if (!submissions) return { submission_count, submission_counts, submissions_url: submissionsUrl };
  const shown = submissions.map((submission) => showSubmission(submission, assembly, language));
  // Of a list that is whole the counts are taken, so that the two agree.
  const counts = { ...NO_SUBMISSIONS };
  for (const { status } of shown) counts[status] += 1;
  return {
    submission_count,
    submission_counts: shown.length === submission_count ? counts : submission_counts,
    submissions: shown,
    message_ids: shown.map(({ submission_id }) => submission_id),
  };
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

function canRetry({
  status,
  error,
  file_errors,
  retry_count,
  max_retries,
  retryable_submissions,
}: Assembly): boolean {
  if (retry_count >= max_retries) return false;
  if (status === 'partial' && retryable_submissions !== undefined) return retryable_submissions > 0;
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
