import type { Assembly } from '../../lib/domain/assembly.ts';
import { queuedAt } from '../../lib/domain/deadline.ts';
import type { AssemblyStore } from './assembly-store.ts';

/**
 * Notes that these uploads are in the bucket; with the last one, in the same write, the assembly becomes queued. What is
 * known already, and an assembly that no longer waits for uploads, changes nothing: the event of S3, a second copy of it
 * and a look with HEAD may all say the same.
 */
export async function receiveUploads(
  current: Assembly,
  uploadIds: readonly string[],
  { store, now }: { readonly store: Pick<AssemblyStore, 'change'>; readonly now: () => Date },
): Promise<Assembly> {
  let seen = current;
  // Each round lost means that another upload was noted, so there are at most as many rounds as uploads.
  for (;;) {
    const { status, uploads = [], received: known = [], attempt, version } = seen;
    const received = uploads.map(({ id }) => id).filter((id) => known.includes(id) || uploadIds.includes(id));
    if (status !== 'uploading' || received.length === known.length) return seen;
    const time = now();
    const { written, assembly } = await store.change(
      seen.assembly_id,
      {
        from: ['uploading'],
        attempt,
        version,
        set: {
          received,
          ...(received.length === uploads.length && queuedAt(time, seen)),
        },
      },
      time,
    );
    if (written || !assembly) return assembly ?? seen;
    seen = assembly;
  }
}
