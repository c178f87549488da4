import type { Assembly } from '../../lib/domain/assembly.ts';
import { queuedAt } from '../../lib/domain/deadline.ts';
import { asSeen } from './assembly-change.ts';
import type { AssemblyStore } from './assembly-store.ts';
import { changeAsSeen } from './change-as-seen.ts';

/**
 * Notes that these uploads are in the bucket; with the last one, in the same write, the assembly becomes queued. What is
 * known already, and an assembly that no longer waits for uploads, changes nothing: the event of S3, a second copy of it
 * and a look with HEAD may all say the same.
 */
export async function receiveUploads(
  current: Assembly,
  uploadIds: readonly string[],
  dependencies: { readonly store: Pick<AssemblyStore, 'change'>; readonly now: () => Date },
): Promise<Assembly> {
  const { assembly } = await changeAsSeen(
    current,
    (seen, now) => {
      const { status, uploads = [], received: known = [] } = seen;
      const ids = uploads.map(({ id }) => id);
      const received = ids.filter((id) => known.includes(id) || uploadIds.includes(id));
      if (status !== 'uploading' || received.length === known.length) return undefined;
      const isLast = received.length === uploads.length;
      return { ...asSeen(seen), set: { received, ...(isLast && queuedAt(now, seen)) } };
    },
    dependencies,
  );
  return assembly ?? current;
}
