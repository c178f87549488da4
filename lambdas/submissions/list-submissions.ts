import * as z from 'zod';
import type { Language } from '../../lib/domain/language.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { pageCursor, positionOf } from '../../lib/domain/page-cursor.ts';
import { showSubmission } from '../../lib/domain/show-submission.ts';
import type { ShownSubmission, SubmissionsPage } from '../../lib/domain/shown-submission.ts';
import { NO_SUBMISSIONS, type SubmissionStatus } from '../../lib/domain/submission.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { type ReadAssemblyDependencies, readAssembly } from '../shared/read-assembly.ts';
import type { SubmissionStore } from '../shared/submission-store.ts';

export interface SubmissionsQuery {
  readonly assemblyId: string;
  /** Whose assembly it must be. */
  readonly sight: Sight;
  /** All where absent. */
  readonly status?: SubmissionStatus;
  readonly limit: number;
  readonly cursor?: string;
  readonly language: Language;
}

export interface ListSubmissionsDependencies extends ReadAssemblyDependencies {
  readonly submissions: Pick<SubmissionStore, 'page'>;
}

/** Rows that one request reads at most, to find those in a status: a tenth of ten thousand, in some 20 ms. */
const MAX_READ = 1_000;
const PAGE_ROWS = 200;

/** The id that a page ended with. */
const position = z.string().regex(/^[\x21-\x7e]{1,128}$/);

/**
 * A page of the submissions of an assembly, by id. With a status it may be short, or empty, and be followed by another one.
 * @throws WaybillError `not_found` as for the status, `invalid_request` for a cursor of something else
 */
export async function listSubmissions(
  { assemblyId, sight, status, limit, cursor, language }: SubmissionsQuery,
  { store, submissions, now }: ListSubmissionsDependencies,
): Promise<SubmissionsPage> {
  const assembly = await readAssembly({ assemblyId, sight }, { store, now });
  const { submission_count = 0, submission_counts = NO_SUBMISSIONS, created_at } = assembly;
  const list = ['submissions', assemblyId, status ?? ''];
  let after = cursor === undefined ? undefined : parsePosition(list, cursor);
  const found: ShownSubmission[] = [];
  let isMore = submission_count > 0;
  for (let read = 0; isMore && found.length < limit && read < MAX_READ; ) {
    const rows = status === undefined ? limit : PAGE_ROWS;
    const page = await submissions.page(assemblyId, { limit: rows, after });
    read += rows;
    isMore = page.next !== undefined;
    after = page.next;
    for (const submission of page.submissions) {
      if (submission.assembly_created_at !== created_at) continue;
      const shown = showSubmission(submission, assembly, language);
      if (status !== undefined && shown.status !== status) continue;
      found.push(shown);
      if (found.length < limit) continue;
      // The rest of what was read belongs to the next page.
      isMore ||= submission !== page.submissions.at(-1);
      after = submission.submission_id;
      break;
    }
  }
  return {
    submission_count,
    submission_counts,
    submissions: found,
    message_ids: found.map(({ submission_id }) => submission_id),
    ...(isMore && after !== undefined && { cursor: pageCursor(list, after) }),
  };
}

function parsePosition(list: readonly string[], cursor: string): string {
  const { success, data } = position.safeParse(positionOf(list, cursor));
  if (success) return data;
  throw new WaybillError(
    'invalid_request',
    '"cursor" must be one that a page of these submissions, with the same "status", has given.',
  );
}
