import { type Assembly, isExpired, MAX_RESULT_BYTES } from '../../lib/domain/assembly.ts';
import type { Json } from '../../lib/domain/json.ts';
import { type Sight, sees } from '../../lib/domain/owner.ts';
import type { StatusUpdate } from '../../lib/domain/status-update.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type Advance, type AdvanceDependencies, advanceAssembly } from '../shared/advance-assembly.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import { externalError } from './external-error.ts';
import { type UpdateSubmissionsDependencies, updateSubmissions } from './update-submissions.ts';

export interface UpdateDependencies extends AdvanceDependencies, UpdateSubmissionsDependencies {
  readonly store: Pick<AssemblyStore, 'change' | 'get'>;
}

/**
 * What an external worker says of its assembly.
 * @throws WaybillError `not_found`, `not_external`, `payload_too_large`, and as `advanceAssembly`
 */
export async function updateStatus(
  { assemblyId, sight }: { readonly assemblyId: string; readonly sight: Sight },
  update: StatusUpdate,
  dependencies: UpdateDependencies,
): Promise<Assembly> {
  if (Buffer.byteLength(JSON.stringify(update.result ?? null)) > MAX_RESULT_BYTES)
    throw new WaybillError('payload_too_large', 'See "errors" for the place.', {
      errors: [{ pointer: '/result', detail: `may have ${MAX_RESULT_BYTES / 1024} KB at most` }],
    });
  const current = await dependencies.store.get(assemblyId, { consistent: true });
  if (!current || !sees(sight, current) || isExpired(current, dependencies.now()))
    throw new WaybillError('not_found', 'It never was, or it is gone.');
  if (!current.external)
    throw new WaybillError('not_external', 'Only assemblies of an external template take updates.');
  if (current.submission_count !== undefined) return updateSubmissions(current, update, dependencies);
  if (update.submission_results)
    throw new WaybillError('invalid_request', 'See "errors" for the place.', {
      errors: [{ pointer: '/submission_results', detail: 'goes with assemblies with recipients only' }],
    });
  return advanceAssembly(current, advanceOf(update), dependencies);
}

const advanceOf = (update: StatusUpdate): Advance => ({
  to: update.status,
  attempt: update.attempt,
  claim: update.claim,
  progress: update.progress,
  progressMessage: update.progress_message,
  result: update.result as Json | undefined,
  error: update.status === 'failed' ? externalError(update) : undefined,
  endedAt: update.completed_at === undefined ? undefined : new Date(update.completed_at),
});
