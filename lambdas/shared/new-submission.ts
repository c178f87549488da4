import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import type { Json } from '../../lib/domain/json.ts';
import { submissionIdOf } from '../../lib/domain/recipients.ts';
import type { NewSubmission } from './submission-change.ts';

/**
 * Days that a submission outlives its assembly's retention: no attempt is open for longer (an external one has 30 days), and
 * each new attempt renews those that it finds.
 */
const LONGEST_ATTEMPT_DAYS = 31;

export interface RowSettings {
  /** Days that an ended assembly can be looked up. */
  readonly retentionDays: number;
}

/** Until when a submission is kept that is written now. Epoch seconds. */
export const submissionExpiry = (now: Date, { retentionDays }: RowSettings): number =>
  epochSeconds(now) + (retentionDays + LONGEST_ATTEMPT_DAYS) * 86_400;

/** The submission of a recipient, queued for the present attempt. */
export function newSubmission(
  { assembly_id, created_at, attempt, external, submission_count = 0 }: Assembly,
  { recipient, position }: { readonly recipient: Readonly<Record<string, Json>>; readonly position: number },
  now: Date,
  settings: RowSettings,
): NewSubmission {
  return {
    assembly_id,
    submission_id: submissionIdOf(recipient) ?? '',
    assembly_created_at: created_at,
    submission_count,
    position,
    external,
    recipient,
    status: 'queued',
    attempt,
    retry_count: 0,
    expires_at: submissionExpiry(now, settings),
  };
}
