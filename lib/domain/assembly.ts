import type { AssemblyError } from './assembly-error.ts';
import type { Json } from './json.ts';
import type { ResultFile, ResultFiles } from './result-file.ts';
import type { RunRecord } from './run-record.ts';
import type { Status } from './state-machine.ts';
import type { SubmissionCounts } from './submission.ts';
import type { Upload } from './upload.ts';

/** An assembly as it is stored: what its status shows, and the bookkeeping that nobody outside sees. Times are ISO 8601. */
export interface Assembly {
  readonly assembly_id: string;
  readonly template_id: string;
  readonly user_id: string;
  /** Where tenants are on. */
  readonly tenant_id?: string;
  readonly status: Status;
  /** One run, as users see it: 1, 2, … */
  readonly attempt: number;
  /** Grows by one with each take by a worker; a write that carries an older one is refused. */
  readonly claim: number;
  /** Grows by one with each write. */
  readonly version: number;
  /** Unique per write: tells a writer whose answer was lost that the refused write had been its own. */
  readonly last_writer: string;
  readonly external: boolean;
  readonly branch: string;

  /** As they were submitted. Private: never in a status or webhook, but for each recipient in its submission. Larger ones lie in the bucket, under their md5. */
  readonly fields?: Json;
  readonly fields_md5?: string;
  readonly reference?: string;
  readonly webhook_url?: string;

  readonly uploads?: readonly Upload[];
  /** The ids of the uploads that are in the bucket. */
  readonly received?: readonly string[];
  readonly results?: ResultFiles;
  /** Why files were spoiled, by upload id. */
  readonly file_errors?: Readonly<Record<string, AssemblyError>>;

  /** 0 to 100. */
  readonly progress: number;
  readonly progress_message?: string;
  readonly result?: Json;
  /** In the place of `result`, where that is larger than the item should be: the file that holds it. */
  readonly result_file?: ResultFile;
  readonly error?: AssemblyError;
  readonly retry_count: number;
  readonly max_retries: number;

  readonly created_at: string;
  readonly updated_at: string;
  readonly queued_at?: string;
  readonly started_at?: string;
  readonly ended_at?: string;
  /** When the present attempt was accepted, where it is not the first. */
  readonly restarted_at?: string;
  /** Since when it waits for its uploads. */
  readonly uploading_since?: string;
  /** When a run that failed by a transient error is to be repeated, while it waits for that. */
  readonly next_retry_at?: string;
  /** The runs that are over, the last twenty, oldest first. */
  readonly attempts?: readonly RunRecord[];
  /** Ids of uploads: a new attempt at a partial assembly works on these alone and leaves the other results. */
  readonly redo?: readonly string[];
  /** How many submissions it has: one per recipient. Undefined where its template sends to nobody. */
  readonly submission_count?: number;
  /** How many submissions are in each status, as last counted. */
  readonly submission_counts?: SubmissionCounts;
  /** The sum of their versions at that count: it only grows, so that an older count never takes a newer one back. */
  readonly submissions_version?: number;
  /** When that was; ISO 8601. */
  readonly counted_at?: string;
  /** When it began to read them: it has seen all that was written before. ISO 8601. */
  readonly counted_from?: string;
  /** How many have failed by an error that may not come again. */
  readonly retryable_submissions?: number;
  /** Since when every submission of this attempt has its row; ISO 8601. */
  readonly expanded_at?: string;
  /** External only: how long it may take from queued to its end. */
  readonly timeout_seconds?: number;
  /**
   * When `sweep` looks after it, unless it has gone on by then: the end of the lease while a worker has it. Epoch seconds;
   * every open assembly has one.
   */
  readonly deadline_at?: number;
  /** From when on the item is gone, even if DynamoDB has not deleted it yet. Epoch seconds. */
  readonly expires_at?: number;
}

/** Bytes of `result` as JSON: it is read with every status. What is larger, our own worker writes as a file. */
export const MAX_RESULT_BYTES = 32 * 1024;

/** Bytes of a result that is a file: the worker has it in its memory three times over while it writes it. */
export const MAX_RESULT_FILE_BYTES = 100 * 1024 * 1024;

/** True where the item is past its time to live: DynamoDB deletes it only some days later, but it reads as gone. */
export const isExpired = ({ expires_at }: Assembly, now: Date): boolean =>
  expires_at !== undefined && expires_at <= epochSeconds(now);

export const epochSeconds = (time: Date): number => Math.floor(time.getTime() / 1000);

/**
 * True where our own worker has the next move. The submissions of an external assembly are written by ours, before somebody
 * else works on them.
 */
export const isWorkedHere = ({
  external,
  submission_count,
  expanded_at,
}: Pick<Assembly, 'external' | 'submission_count' | 'expanded_at'>): boolean =>
  !external || (submission_count !== undefined && expanded_at === undefined);

/** Bytes of those uploads. */
export const sizeOf = (uploads: readonly Upload[]): number =>
  uploads.reduce((sum, { size }) => sum + size, 0);

export const receivedUploads = ({ uploads = [], received = [] }: Assembly): readonly Upload[] =>
  uploads.filter(({ id }) => received.includes(id));

export const missingUploads = ({ uploads = [], received = [] }: Assembly): readonly Upload[] =>
  uploads.filter(({ id }) => !received.includes(id));
