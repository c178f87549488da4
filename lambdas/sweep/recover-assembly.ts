import { type Assembly, epochSeconds, isWorkedHere, missingUploads } from '../../lib/domain/assembly.ts';
import { type AssemblyError, ownError } from '../../lib/domain/assembly-error.ts';
import { nextLookAt } from '../../lib/domain/deadline.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import { type AssemblyChange, asSeen } from '../shared/assembly-change.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { type EndSettings, endChange, type RetrySettings, retryChange } from '../shared/end-change.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import { receiveUploads } from '../shared/receive-uploads.ts';
import { sendJob } from '../shared/send-job.ts';
import type { TallyMessage } from '../shared/tally-message.ts';
import { uploadsInBucket } from '../shared/uploads-in-bucket.ts';

export interface RecoverDependencies extends EndSettings {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly files: Pick<FileStore, 'has'>;
  readonly jobs: Pick<MessageQueue<JobMessage>, 'send'>;
  readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>;
  readonly retry: RetrySettings;
  /** How long uploads may take. */
  readonly uploadTimeoutSeconds: number;
  readonly now: () => Date;
}

/**
 * What was done for an assembly whose deadline has come. `overtaken`: it went on by itself in this moment, or its deadline
 * lies ahead again.
 */
export type Recovery =
  | 'overtaken'
  | 'sent_again'
  | 'queued'
  | 'retried'
  | 'failed'
  | 'still_waiting'
  | 'looked_after';

/**
 * The one way back for what stands still: a worker that died, a message or an S3 event that was lost, an external worker or
 * a submitter who never came back. Every write is conditional on the assembly as it was seen, so that two sweeps at once,
 * or a worker that was only slow, do no harm.
 */
export async function recoverAssembly(
  assembly: Assembly,
  dependencies: RecoverDependencies,
): Promise<Recovery> {
  const { status, expanded_at, deadline_at = Number.POSITIVE_INFINITY } = assembly;
  if (deadline_at > epochSeconds(dependencies.now())) return 'overtaken';
  if (status === 'uploading') return recoverUploading(assembly, dependencies);
  if (expanded_at !== undefined) return lookAfterSubmissions(assembly, expanded_at, dependencies);
  if (!isWorkedHere(assembly)) {
    const params = { seconds: assembly.timeout_seconds ?? 0 };
    return fail(assembly, ownError('external_timeout', params), dependencies);
  }
  return status === 'queued' ? sendAgain(assembly, dependencies) : takeBack(assembly, dependencies);
}

/** The events of S3 may be late or lost: looking into the bucket shows the same. */
async function recoverUploading(assembly: Assembly, dependencies: RecoverDependencies): Promise<Recovery> {
  const { files, uploadTimeoutSeconds, now } = dependencies;
  const found = await uploadsInBucket(assembly, missingUploads(assembly), files);
  const seen = await receiveUploads(assembly, found, dependencies);
  if (seen.status !== 'uploading') return seen.status === 'queued' ? 'queued' : 'overtaken';
  const since = seen.uploading_since ?? seen.created_at;
  const until = epochSeconds(new Date(since)) + uploadTimeoutSeconds;
  if (until > epochSeconds(now()))
    return moveDeadline(seen, Math.min(until, nextLookAt(since, now())), 'still_waiting', dependencies);
  const params = { missing: missingUploads(seen).length, announced: seen.uploads?.length ?? 0 };
  return fail(seen, ownError('uploads_missing', params), dependencies);
}

/** Sent before it is noted: a crash in between sends a message too many and never one too few. */
async function sendAgain(assembly: Assembly, dependencies: RecoverDependencies): Promise<Recovery> {
  await sendJob(assembly, dependencies);
  const { next_retry_at, queued_at, created_at } = assembly;
  const deadline = nextLookAt(next_retry_at ?? queued_at ?? created_at, dependencies.now());
  return moveDeadline(assembly, deadline, 'sent_again', dependencies);
}

/**
 * Every submission has its row, and nobody has the assembly. Our worker sends again what has not settled; of an external one,
 * the count sees that its time is over. In both cases a message is sent before it is noted.
 */
async function lookAfterSubmissions(
  assembly: Assembly,
  since: string,
  dependencies: RecoverDependencies,
): Promise<Recovery> {
  const { tallyQueue, now } = dependencies;
  const { assembly_id, external } = assembly;
  if (external) await tallyQueue.send({ assembly_id });
  else await sendJob(assembly, dependencies);
  // The next count ends an external one for certain: should this one get lost, it must not be a day before the other.
  const waitsSince = external ? now().toISOString() : since;
  return moveDeadline(assembly, nextLookAt(waitsSince, now()), 'looked_after', dependencies);
}

/** The lease is over: whatever the worker does now, its writes are refused. */
async function takeBack(assembly: Assembly, dependencies: RecoverDependencies): Promise<Recovery> {
  const error = ownError('worker_lost');
  const again = retryChange(assembly, error, dependencies.now(), dependencies.retry);
  return again ? write(assembly, again, 'retried', dependencies) : fail(assembly, error, dependencies);
}

const fail = (
  assembly: Assembly,
  error: AssemblyError,
  dependencies: RecoverDependencies,
): Promise<Recovery> => {
  const change = endChange(assembly, { status: 'failed', error }, dependencies.now(), dependencies);
  return write(assembly, change, 'failed', dependencies);
};

const moveDeadline = (
  assembly: Assembly,
  deadline_at: number,
  recovery: Recovery,
  dependencies: RecoverDependencies,
): Promise<Recovery> => {
  return write(assembly, { ...asSeen(assembly), set: { deadline_at } }, recovery, dependencies);
};

async function write(
  { assembly_id }: Assembly,
  change: AssemblyChange,
  recovery: Recovery,
  { store, now }: RecoverDependencies,
): Promise<Recovery> {
  const { written } = await store.change(assembly_id, change, now());
  return written ? recovery : 'overtaken';
}
