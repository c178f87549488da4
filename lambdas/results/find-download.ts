import { type Assembly, epochSeconds, isExpired } from '../../lib/domain/assembly.ts';
import { resultKey } from '../../lib/domain/object-key.ts';
import { ownerOf, type Sight, sees } from '../../lib/domain/owner.ts';
import { findResult, type ResultFile } from '../../lib/domain/result-file.ts';
import { ResultLinks } from '../../lib/domain/result-link.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { AssemblyStore } from '../shared/assembly-store.ts';
import type { FileStore } from '../shared/file-store.ts';
import type { MasterSecret } from '../shared/master-secret.ts';

/** How somebody shows that they may have a result: as its owner, or with a signed link. */
export type DownloadRight =
  | { readonly sight: Sight }
  | { readonly expires: number; readonly signature: string };

export interface FindDownloadDependencies {
  readonly store: Pick<AssemblyStore, 'get'>;
  readonly files: Pick<FileStore, 'has'>;
  readonly masterSecret: MasterSecret;
  readonly now: () => Date;
}

interface Wanted {
  readonly assemblyId: string;
  readonly resultId: string;
}

/**
 * The result, where there is one that the caller may have. As with a status, the first read is the cheap one, and before
 * a refusal a consistent one decides: a link may be younger than what the first read saw.
 * @throws WaybillError `not_found`, the same for a result that never was and one that is not theirs; only who may see it
 *   hears `link_expired` for a link that was good once, and `result_gone` for a file that is no longer in the bucket
 */
export async function findDownload(
  wanted: Wanted,
  right: DownloadRight,
  { store, files, masterSecret, now }: FindDownloadDependencies,
): Promise<ResultFile> {
  for (const consistent of [false, true]) {
    const assembly = await store.get(wanted.assemblyId, { consistent });
    if (!assembly || isExpired(assembly, now())) continue;
    if (!(await isAllowed(assembly, wanted, right, masterSecret))) continue;
    if ('expires' in right && right.expires <= epochSeconds(now()))
      throw new WaybillError('link_expired', 'Ask for the status again: it has fresh links.');
    const result = findResult(assembly, wanted.resultId);
    if (!result) continue;
    // The bucket would say it too, in XML, and to whoever followed the redirect.
    if (await files.has(resultKey(wanted.assemblyId, result.id), result.size)) return result;
    throw new WaybillError('result_gone', 'Its file has been deleted from the bucket.');
  }
  throw notFound();
}

async function isAllowed(
  assembly: Assembly,
  { resultId }: Wanted,
  right: DownloadRight,
  masterSecret: MasterSecret,
): Promise<boolean> {
  if ('sight' in right) return sees(right.sight, assembly);
  const { assembly_id: assemblyId, attempt } = assembly;
  const links = new ResultLinks(await masterSecret(), ownerOf(assembly));
  const { expires, signature } = right;
  // What a new attempt at the failed part left as it was is opened by the links of before, too.
  const oldest = findResult(assembly, resultId) ? Math.max(1, attempt - MAX_OLDER_ATTEMPTS) : attempt;
  for (let made = attempt; made >= oldest; made--)
    if (links.isSigned({ assemblyId, attempt: made, resultId, expires }, signature)) return true;
  return false;
}

/** Each costs a hash of a hostile request; a link lives for seven days at most. */
const MAX_OLDER_ATTEMPTS = 20;

export const notFound = (): WaybillError =>
  new WaybillError('not_found', 'It never was, it is gone, or the link does not open it.');
