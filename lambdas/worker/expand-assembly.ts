import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { nextLookAt } from '../../lib/domain/deadline.ts';
import { recipientsOf, submissionIdOf } from '../../lib/domain/recipients.ts';
import type { Submission, SubmissionMessage } from '../../lib/domain/submission.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { MessageQueue } from '../shared/message-queue.ts';
import { newSubmission, type RowSettings, submissionExpiry } from '../shared/new-submission.ts';
import { readFields } from '../shared/read-fields.ts';
import { asSeen, queuedFor } from '../shared/submission-change.ts';
import { messageFor, sendSubmissionMessage } from '../shared/submission-message.ts';
import type { SubmissionStore } from '../shared/submission-store.ts';
import type { TallyMessage } from '../shared/tally-message.ts';

export interface ExpandDependencies extends RowSettings {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly files: Pick<FileStore, 'read'>;
  readonly submissions: Pick<SubmissionStore, 'create' | 'change' | 'all'>;
  readonly submissionsQueue: Pick<MessageQueue<SubmissionMessage>, 'send'>;
  readonly tallyQueue: Pick<MessageQueue<TallyMessage>, 'send'>;
  readonly now: () => Date;
}

/** Writes under way at once: some thousand a second, and a partition takes no more. */
const AT_ONCE = 10;
/** A submission of which nothing was heard for so long has lost its message. */
const SILENT_SECONDS = 15 * 60;
const DAY_SECONDS = 86_400;

/**
 * Gives every recipient its submission, queued for the present attempt, and then the assembly back: from now on the
 * submissions go their own ways, and nobody has a claim on the whole. What was submitted in an earlier attempt stays so. It
 * goes on where an earlier run has stopped.
 * @returns false where the assembly was taken away meanwhile
 */
export async function expandAssembly(
  assembly: Assembly,
  signal: AbortSignal,
  dependencies: ExpandDependencies,
): Promise<boolean> {
  // Before the first claim of all there was no worker of ours to write any.
  const known = assembly.claim === 1 ? new Map() : await knownSubmissions(assembly, dependencies);
  await writeSubmissions(assembly, known, signal, dependencies);
  const { store, tallyQueue, now } = dependencies;
  const { assembly_id, attempt, claim, external, timeout_seconds = 0 } = assembly;
  // Where an earlier run, or an external worker that was faster, has done everything, no submission changes any more: this
  // counts them.
  if (known.size > 0 || external) await tallyQueue.send({ assembly_id }, { delaySeconds: 1 });
  const time = now();
  const expanded_at = time.toISOString();
  const deadline_at = external ? epochSeconds(time) + timeout_seconds : nextLookAt(expanded_at, time);
  const { written } = await store.change(
    assembly_id,
    { from: ['processing'], attempt, claim, set: { expanded_at, deadline_at } },
    time,
  );
  return written;
}

/** Sends again what has not settled and is silent, and has the submissions counted. For an assembly that was expanded. */
export async function lookAfterSubmissions(
  assembly: Assembly,
  dependencies: ExpandDependencies,
): Promise<void> {
  const known = await knownSubmissions(assembly, dependencies);
  await writeSubmissions(assembly, known, new AbortController().signal, dependencies);
  await dependencies.tallyQueue.send({ assembly_id: assembly.assembly_id });
}

async function writeSubmissions(
  assembly: Assembly,
  known: ReadonlyMap<string, Submission>,
  signal: AbortSignal,
  dependencies: ExpandDependencies,
): Promise<void> {
  const recipients = [...(recipientsOf(await readFields(assembly, dependencies.files)) ?? [])].entries();
  const failure = new AbortController();
  const stopped = AbortSignal.any([signal, failure.signal]);
  const work = async (): Promise<void> => {
    // One iterator for all: each takes the next that nobody has.
    for (const [position, recipient] of recipients) {
      stopped.throwIfAborted();
      const row = known.get(submissionIdOf(recipient) ?? '');
      if (row) await renew(row, assembly, dependencies);
      else await create(assembly, { recipient, position }, dependencies);
    }
  };
  // The others would go on with ten thousand while the next run does the same.
  const workOrStop = () =>
    work().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    });
  await Promise.all(Array.from({ length: AT_ONCE }, workOrStop));
}

async function knownSubmissions(
  { assembly_id, created_at }: Assembly,
  { submissions }: ExpandDependencies,
): Promise<Map<string, Submission>> {
  const known = new Map<string, Submission>();
  for await (const row of submissions.all(assembly_id))
    if (row.assembly_created_at === created_at) known.set(row.submission_id, row);
  return known;
}

async function create(
  assembly: Assembly,
  of: Parameters<typeof newSubmission>[1],
  dependencies: ExpandDependencies,
): Promise<void> {
  const { submissions, now } = dependencies;
  const row = newSubmission(assembly, of, now(), dependencies);
  const { written, item } = await submissions.create(row, now());
  if (!written && item) await renew(item, assembly, dependencies);
}

/** Queues the submission for the present attempt, sends its message again, or leaves it as it is. */
async function renew(
  row: Submission,
  { attempt }: Assembly,
  dependencies: ExpandDependencies,
): Promise<void> {
  // A newer attempt has it: this run is of one that is over.
  if (row.attempt > attempt) return;
  const { submissions, now } = dependencies;
  const time = now();
  const expires_at = submissionExpiry(time, dependencies);
  if (row.status === 'submitted') {
    // It has to be there for as long as the new attempt can be looked up; a day more or less is not worth a write.
    if (row.expires_at < expires_at - DAY_SECONDS)
      await submissions.change(row, { ...asSeen(row), set: { expires_at } }, time);
    return;
  }
  // A worker is at it: what it writes counts, and it queues the submission anew where that was no success.
  if (row.status === 'processing' && (row.lease_until ?? 0) > epochSeconds(time)) return;
  if (row.attempt === attempt) return sendIfSilent(row, dependencies);
  const queued = queuedFor(attempt);
  await submissions.change(
    row,
    { ...asSeen(row), set: { ...queued.set, expires_at }, remove: queued.remove },
    time,
  );
}

async function sendIfSilent(row: Submission, dependencies: ExpandDependencies): Promise<void> {
  const { status, external, updated_at, next_retry_at = updated_at } = row;
  if (external || status === 'failed') return;
  const silentSince = Math.max(Date.parse(updated_at), Date.parse(next_retry_at)) / 1000;
  if (epochSeconds(dependencies.now()) - silentSince < SILENT_SECONDS) return;
  await sendSubmissionMessage(messageFor(row), dependencies);
}
