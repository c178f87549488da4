import type { Assembly } from '../../lib/domain/assembly.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import type { FileStore } from './file-store.ts';

/** The ids of those uploads that are in the bucket. */
export async function uploadsInBucket(
  { assembly_id }: Pick<Assembly, 'assembly_id'>,
  uploads: readonly Upload[],
  files: Pick<FileStore, 'has'>,
): Promise<string[]> {
  const found = await Promise.all(
    uploads.map((upload) => files.has(uploadKey(assembly_id, upload), upload.size)),
  );
  return uploads.filter((_, index) => found[index]).map(({ id }) => id);
}
