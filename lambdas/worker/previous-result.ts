import { text } from 'node:stream/consumers';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { StepError, sentenceOf } from '../../lib/domain/assembly-error.ts';
import type { Json } from '../../lib/domain/json.ts';
import { resultKey } from '../../lib/domain/object-key.ts';
import type { FileStore } from '../shared/file-store.ts';

/**
 * What the last step returned before, where this attempt redoes a part: from the item, or from the bucket where it was too
 * large for it.
 * @throws StepError where it is gone. Not retryable: submitting the same again does everything anew
 */
export async function previousResult(
  { assembly_id, redo, result, result_file }: Assembly,
  files: Pick<FileStore, 'read'>,
): Promise<Json | undefined> {
  if (redo === undefined || !result_file) return redo && result;
  const body = await files.read(resultKey(assembly_id, result_file.id));
  if (body) return JSON.parse(await text(body));
  throw new StepError('result_missing', 'WORKER_ERROR', sentenceOf('result_missing'), { retryable: false });
}
