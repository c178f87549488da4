import { type Assembly, missingUploads } from '../../lib/domain/assembly.ts';
import type { AnnouncedUpload } from '../../lib/domain/assembly-answer.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { FileStore } from './file-store.ts';

/** The uploads of the status, each that is still to come with the request that brings it. */
export function tellUploads(
  assembly: Assembly,
  { uploads }: AssemblyStatus,
  files: Pick<FileStore, 'presignUpload'>,
): Promise<AnnouncedUpload[]> {
  const missing = assembly.status === 'uploading' ? missingUploads(assembly) : [];
  return Promise.all(
    uploads.map(async (shown) => {
      const upload = missing.find(({ id }) => id === shown.id);
      return upload ? { ...shown, ...(await files.presignUpload(assembly.assembly_id, upload)) } : shown;
    }),
  );
}
