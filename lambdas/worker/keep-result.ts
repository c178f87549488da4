import { MAX_RESULT_BYTES, MAX_RESULT_FILE_BYTES } from '../../lib/domain/assembly.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { Advance } from '../shared/advance-assembly.ts';
import type { ResultCollector } from './result-collector.ts';

/**
 * Where what the last step returned is kept: in the status, or in a file beside it where it is larger than each reading of the
 * status should pay for. Undefined where it is larger than that, too.
 */
export async function keepResult(
  result: Json | undefined,
  results: Pick<ResultCollector, 'keep'>,
): Promise<Pick<Advance, 'result' | 'resultFile'> | undefined> {
  const json = JSON.stringify(result) as string | undefined;
  const size = json === undefined ? 0 : Buffer.byteLength(json);
  if (json === undefined || size <= MAX_RESULT_BYTES) return { result };
  if (size > MAX_RESULT_FILE_BYTES) return undefined;
  return { resultFile: await results.keep('result.json', Buffer.from(json), { mime: 'application/json' }) };
}
