import { batchStatusRequest, batchStatusRequestForm, MAX_BATCH_IDS } from '../../lib/domain/batch-status.ts';
import { isAssemblyId } from '../../lib/domain/identifier.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { HttpRequest } from '../shared/http-handler.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';

/**
 * The ids of `POST /assemblies/batch-status`, as they were sent.
 * @throws WaybillError `invalid_request`; `invalid_id` where nothing but ids is wrong, with a pointer to each
 */
export function idsOfBody(body: unknown): readonly string[] {
  parseWith(batchStatusRequestForm, body);
  return parseWith(batchStatusRequest, body, { code: 'invalid_id' }).assembly_ids;
}

/**
 * Those of a `GET` with `batch=true`: the one in the path, or the list in the query. The gateway makes the same list of a
 * parameter that comes many times.
 * @throws WaybillError
 */
export function idsOfQuery({ path, query }: Pick<HttpRequest, 'path' | 'query'>): readonly string[] {
  // It is a promise about one assembly: to leave it out in silence would be to break it.
  if (query.min_version !== undefined)
    throw new WaybillError('invalid_request', '"min_version" goes with one assembly, not with "batch".');
  if (path.assembly_id !== undefined) return [parseAssemblyId(path.assembly_id)];
  const ids = (query.assemblyId ?? '').split(',');
  if (ids.length > MAX_BATCH_IDS)
    throw new WaybillError('invalid_request', `"assemblyId" may name ${MAX_BATCH_IDS} ids at most.`);
  const places = ids.flatMap((id, index) => (isAssemblyId(id) ? [] : [index + 1]));
  if (places.length > 0)
    throw new WaybillError(
      'invalid_id',
      `An assembly id has 64 digits, 0-9 and a-f in lower case. Not so of ${ids.length}: number ${places.join(', ')}.`,
    );
  return ids;
}
