import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type AssemblyChange, assemblyOwner } from '../shared/assembly-change.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { changeAsSeen } from '../shared/change-as-seen.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { LimitHeaders, OwnerLimiter } from '../shared/owner-limiter.ts';
import { restartChange } from '../shared/restart-change.ts';
import { uploadsInBucket } from '../shared/uploads-in-bucket.ts';

export interface RetryDependencies {
  readonly store: Pick<AssemblyStore, 'change'>;
  readonly files: Pick<FileStore, 'has'>;
  readonly limiter: OwnerLimiter;
  readonly now: () => Date;
}

export interface RetryOutcome {
  readonly assembly: Assembly;
  /** False where there was nothing to retry: it is under way, completed, or no longer at the attempt that was named. */
  readonly restarted: boolean;
  /** What is left of the limits of the owner; nothing where none was asked for. */
  readonly limits: LimitHeaders;
}

/**
 * Begins a new attempt at what failed, was canceled or succeeded in part, out of the same retries; of a partial one, at its
 * failed files alone. Under way or completed, the assembly is returned as it is.
 * @param current the assembly as last seen
 * @param attempt that is to be repeated, or the last one as it was seen: with it, a request sent twice cannot start two
 * @throws WaybillError `retries_exhausted` where `max_retries` are spent, `not_found` where it is gone; `too_many_submissions`,
 *   `too_many_open`
 */
export async function retryAssembly(
  current: Assembly,
  attempt: number | undefined,
  dependencies: RetryDependencies,
): Promise<RetryOutcome> {
  // One that somebody else began in this moment is not what the caller wants repeated, even if it has failed by now.
  const repeated = attempt ?? current.attempt;
  let limits: LimitHeaders | undefined;
  const isOver = ({ status }: Assembly): boolean => isTerminal(status) && status !== 'completed';
  const { written, assembly } = await changeAsSeen(
    current,
    async (seen, now) => {
      if (!isOver(seen) || seen.attempt !== repeated) return undefined;
      assertRetriesLeft(seen);
      // Once for the request, however often the write is tried.
      limits ??= await dependencies.limiter.take(assemblyOwner(seen), true, now);
      return retryOf(seen, now, dependencies);
    },
    dependencies,
  );
  if (!assembly) throw new WaybillError('not_found', 'The assembly is gone.');
  return { assembly, restarted: written, limits: limits ?? {} };
}

async function retryOf(
  seen: Assembly,
  now: Date,
  { files }: Pick<RetryDependencies, 'files'>,
): Promise<AssemblyChange> {
  const { uploads = [], retry_count } = seen;
  const redo = failedPart(seen);
  const part = uploads.filter(({ id }) => redo?.includes(id) ?? true);
  const found = await uploadsInBucket(seen, part, files);
  const received = uploads
    .filter((each) => !part.includes(each) || found.includes(each.id))
    .map(({ id }) => id);
  return restartChange(seen, { uploads, received, redo, set: { retry_count: retry_count + 1 } }, now);
}

function assertRetriesLeft(seen: Assembly): void {
  const { retry_count, max_retries } = seen;
  if (retry_count < max_retries) return;
  // Submitted again, what succeeded in part is returned as it is.
  const wayOut =
    seen.status === 'partial'
      ? 'Submit it with another input, such as a nonce.'
      : 'Submitting the same again renews them.';
  const detail = `${retry_count} of ${max_retries} retries are spent. ${wayOut}`;
  throw new WaybillError('retries_exhausted', detail, { current: seen });
}

/** Ids of the files that failed while others succeeded; undefined where everything is done anew. */
function failedPart({ status, file_errors, redo }: Assembly): readonly string[] | undefined {
  return status === 'partial' && file_errors ? Object.keys(file_errors) : redo;
}
