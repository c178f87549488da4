import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { EnvName } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { Language } from '../../lib/domain/language.ts';
import { ownerOf } from '../../lib/domain/owner.ts';
import { allResults } from '../../lib/domain/result-file.ts';
import { linkExpiry, ResultLinks, STATUS_LINK_SECONDS } from '../../lib/domain/result-link.ts';
import { statusOf } from '../../lib/domain/status-of.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import { inlineSubmissions } from './inline-submissions.ts';
import { type MasterSecret, masterSecretOf } from './master-secret.ts';
import type { ReadQueue } from './read-queue.ts';
import { SubmissionStore } from './submission-store.ts';

export interface TellDependencies {
  readonly masterSecret: MasterSecret;
  /** Of the HTTP API, where links lead to. */
  readonly apiUrl: string;
  readonly submissions: Pick<SubmissionStore, 'page'>;
  /** For whoever is asked where an assembly stands; others say only that it waits. */
  readonly readQueue?: ReadQueue;
}

/** What `tellingOf` reads. */
export const TELL_VARIABLES = [
  'MASTER_SECRET',
  'API_URL',
  'SUBMISSIONS_TABLE',
] as const satisfies readonly EnvName[];

export const tellingOf = (
  env: Readonly<Record<(typeof TELL_VARIABLES)[number], string>>,
  documents: DynamoDBDocumentClient,
): TellDependencies => ({
  masterSecret: masterSecretOf(env),
  apiUrl: env.API_URL,
  submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
});

export interface TellOptions {
  readonly now: Date;
  readonly language: Language;
  /** How long links must hold at least. */
  readonly linkSeconds?: number;
  /** The reader has just written some of it, and must not be told what was before. */
  readonly fresh?: boolean;
  /** The submissions to list, where they were read already; null for their page only. */
  readonly listed?: readonly Submission[] | null;
}

/** Until when the links of the status hold, in epoch seconds; undefined where it has none. */
export const linksExpireAt = (
  assembly: Assembly,
  { now, linkSeconds = STATUS_LINK_SECONDS }: Pick<TellOptions, 'now' | 'linkSeconds'>,
): number | undefined => (allResults(assembly).length === 0 ? undefined : linkExpiry(now, linkSeconds));

/** The status with links that open by themselves. The master secret is read only where there are results to link to. */
export async function tellStatus(
  assembly: Assembly,
  options: TellOptions,
  { masterSecret, apiUrl, submissions, readQueue }: TellDependencies,
): Promise<AssemblyStatus> {
  const {
    now,
    language,
    fresh,
    listed = await inlineSubmissions(assembly, submissions, { fresh }),
  } = options;
  const { assembly_id: assemblyId, attempt } = assembly;
  const expires = linksExpireAt(assembly, options);
  const links = expires === undefined ? undefined : new ResultLinks(await masterSecret(), ownerOf(assembly));
  return statusOf(assembly, {
    now,
    language,
    submissions: listed ?? undefined,
    queue: await readQueue?.(assembly),
    submissionsUrl: `${apiUrl}/assemblies/${assemblyId}/submissions`,
    linkTo: ({ id: resultId }) =>
      links?.url(apiUrl, { assemblyId, attempt, resultId, expires: expires ?? 0 }) ?? '',
  });
}
