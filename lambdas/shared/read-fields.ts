import { text } from 'node:stream/consumers';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { sentenceOf, ValidationError } from '../../lib/domain/assembly-error.ts';
import { fieldsMd5 } from '../../lib/domain/identifier.ts';
import type { Json } from '../../lib/domain/json.ts';
import { fieldsKey } from '../../lib/domain/object-key.ts';
import type { FileStore } from './file-store.ts';

/**
 * The fields as they were submitted: from the item, or from the bucket where they were too large for it.
 * @throws ValidationError where they are gone or not those of the submission any more
 */
export async function readFields(
  { assembly_id, fields, fields_md5 }: Assembly,
  files: Pick<FileStore, 'read'>,
): Promise<Json> {
  if (fields !== undefined || fields_md5 === undefined) return fields ?? {};
  const body = await files.read(fieldsKey(assembly_id, fields_md5));
  const canonical = body && (await text(body));
  if (canonical === undefined || fieldsMd5(canonical) !== fields_md5)
    // Submitted again, they come with the request; a retry has nothing to bring them from.
    throw new ValidationError('fields_missing', sentenceOf('fields_missing'));
  return JSON.parse(canonical);
}
