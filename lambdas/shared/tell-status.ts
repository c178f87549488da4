import { type Assembly, ownerOf } from '../../lib/domain/assembly.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { Language } from '../../lib/domain/language.ts';
import { linkExpiry, ResultLinks, STATUS_LINK_SECONDS } from '../../lib/domain/result-link.ts';
import { statusOf } from '../../lib/domain/status-of.ts';
import type { MasterSecret } from './master-secret.ts';

export interface TellDependencies {
  readonly masterSecret: MasterSecret;
  /** Of the HTTP API, where links lead to. */
  readonly apiUrl: string;
}

export interface TellOptions {
  readonly now: Date;
  readonly language: Language;
  /** How long links must hold at least. */
  readonly linkSeconds?: number;
}

/** Until when the links of the status hold, in epoch seconds; undefined where it has none. */
export const linksExpireAt = (
  { results = {} }: Assembly,
  { now, linkSeconds = STATUS_LINK_SECONDS }: Pick<TellOptions, 'now' | 'linkSeconds'>,
): number | undefined => (Object.keys(results).length === 0 ? undefined : linkExpiry(now, linkSeconds));

/** The status with links that open by themselves. The master secret is read only where there are results to link to. */
export async function tellStatus(
  assembly: Assembly,
  options: TellOptions,
  { masterSecret, apiUrl }: TellDependencies,
): Promise<AssemblyStatus> {
  const { now, language } = options;
  const expires = linksExpireAt(assembly, options);
  if (expires === undefined) return statusOf(assembly, { now, language, linkTo: () => '' });
  const links = new ResultLinks(await masterSecret(), ownerOf(assembly));
  const { assembly_id: assemblyId, attempt } = assembly;
  const linkTo = ({ id: resultId }: { readonly id: string }): string =>
    links.url(apiUrl, { assemblyId, attempt, resultId, expires });
  return statusOf(assembly, { now, language, linkTo });
}
