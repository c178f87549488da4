import type { Assembly } from '../../lib/domain/assembly.ts';
import type { SubmissionResult } from '../../lib/domain/status-update.ts';
import { isSettled, type Submission, UNSETTLED } from '../../lib/domain/submission.ts';
import { asSeen, type SubmissionChange, TAKEN } from '../shared/submission-change.ts';
import { externalError } from './external-error.ts';

/** What a row has to say of a report: it is to be written, it is known already, or it says otherwise. */
export type Verdict = { readonly write: SubmissionChange } | 'known' | 'contradicted';

/** The write that most reports need: of an open submission, in the present attempt. */
export function firstWrite(result: SubmissionResult, { attempt }: Assembly, now: Date): SubmissionChange {
  const from = UNSETTLED.filter((status) => status !== result.status);
  return { from, attempt, ...valuesOf(result, now) };
}

/** What the report means where that write was refused. */
export function verdictOn(
  result: SubmissionResult,
  row: Submission,
  { attempt }: Assembly,
  now: Date,
): Verdict {
  const values = valuesOf(result, now);
  if (row.attempt < attempt && row.status !== 'submitted')
    return {
      write: { ...asSeen(row), set: { ...values.set, attempt, retry_count: 0 }, remove: values.remove },
    };
  if (isSettled(row.status) && !isSettled(result.status)) return 'known';
  if (row.status !== result.status)
    return isSettled(row.status) ? 'contradicted' : { write: { ...asSeen(row), ...values } };
  const said = Object.entries(detailsOf(result)).filter(([, value]) => value !== undefined);
  const known = row as unknown as Record<string, unknown>;
  const news = said.filter(([name, value]) => JSON.stringify(known[name]) !== JSON.stringify(value));
  if (news.length === 0) return 'known';
  // What was left out the first time is filled in; what was said stays, once it is over.
  if (isSettled(row.status) && news.some(([name]) => known[name] !== undefined)) return 'contradicted';
  return { write: { ...asSeen(row), set: Object.fromEntries(news) } };
}

function valuesOf(result: SubmissionResult, now: Date): Pick<SubmissionChange, 'set' | 'remove'> {
  const { status } = result;
  const details = detailsOf(result);
  const set: SubmissionChange['set'] = {
    status,
    ...details,
    ...(status === 'submitted' && { submitted_at: details.submitted_at ?? now.toISOString() }),
    ...(status === 'failed' && { error: details.error ?? externalError({}) }),
  };
  const stale = [...TAKEN, 'error'] as const;
  return { set, remove: stale.filter((name) => set[name] === undefined) };
}

/** What the report says beside the status, as it is stored. */
function detailsOf({
  confirmation,
  submitted_at,
  next_retry_at,
  ...result
}: SubmissionResult): Pick<Submission, 'confirmation' | 'submitted_at' | 'next_retry_at' | 'error'> {
  const { error, error_code, error_details } = result;
  const hasError = (error ?? error_code ?? error_details) !== undefined;
  return {
    confirmation,
    submitted_at: submitted_at && new Date(submitted_at).toISOString(),
    next_retry_at: next_retry_at && new Date(next_retry_at).toISOString(),
    ...(hasError && { error: externalError(result) }),
  };
}
