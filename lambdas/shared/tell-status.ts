import { type Assembly, ownerOf } from '../../lib/domain/assembly.ts';
import { type AssemblyStatus, statusOf } from '../../lib/domain/assembly-status.ts';
import type { Language } from '../../lib/domain/language.ts';
import { linkExpiry, ResultLinks, STATUS_LINK_SECONDS } from '../../lib/domain/result-link.ts';
import type { SecretReader } from './secret-reader.ts';

export interface TellDependencies {
  readonly master: SecretReader;
  /** Of the HTTP API, where links lead to. */
  readonly apiUrl: string;
}

export interface TellOptions {
  readonly now: Date;
  readonly language: Language;
  /** How long links must hold at least. */
  readonly linkSeconds?: number;
}

export interface Told {
  readonly status: AssemblyStatus;
  /** Epoch seconds; undefined where the status has no links. */
  readonly linkExpiry: number | undefined;
}

/** The status with links that open by themselves. The master secret is read only where there are results to link to. */
export async function tellStatus(
  assembly: Assembly,
  { now, language, linkSeconds = STATUS_LINK_SECONDS }: TellOptions,
  { master, apiUrl }: TellDependencies,
): Promise<Told> {
  if (Object.keys(assembly.results ?? {}).length === 0)
    return { status: statusOf(assembly, { now, language, linkTo: () => '' }), linkExpiry: undefined };
  const links = new ResultLinks((await master()).current, ownerOf(assembly));
  const expires = linkExpiry(now, linkSeconds);
  const { assembly_id: assemblyId, attempt } = assembly;
  const linkTo = ({ id: resultId }: { readonly id: string }): string =>
    links.url(apiUrl, { assemblyId, attempt, resultId, expires });
  return { status: statusOf(assembly, { now, language, linkTo }), linkExpiry: expires };
}
