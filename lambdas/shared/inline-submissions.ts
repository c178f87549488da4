import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import type { SubmissionStore } from './submission-store.ts';

/** More are asked for page by page: a status is read often. */
const MAX_INLINE = 50;

/** The submissions that a status lists, in the order of the recipients; undefined where it names their page instead. */
export async function inlineSubmissions(
  { assembly_id, created_at, status, submission_count }: Assembly,
  submissions: Pick<SubmissionStore, 'page'>,
  { fresh = false }: { readonly fresh?: boolean } = {},
): Promise<readonly Submission[] | undefined> {
  if (submission_count === undefined || submission_count > MAX_INLINE) return undefined;
  // What is told of an end is kept and sent on: it has to be the whole truth.
  const page = await submissions.page(assembly_id, {
    limit: MAX_INLINE,
    consistent: fresh || isTerminal(status),
  });
  return page.submissions
    .filter(({ assembly_created_at }) => assembly_created_at === created_at)
    .sort((a, b) => a.position - b.position);
}
