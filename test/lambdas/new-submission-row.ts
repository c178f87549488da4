import type { NewSubmission } from '../../lambdas/shared/submission-change.ts';

/** The first of two recipients of `newAssembly`, queued at noon; a test names the attributes that it is about. */
export const newSubmissionRow = (attributes: Partial<NewSubmission> = {}): NewSubmission => ({
  assembly_id: 'a'.repeat(64),
  submission_id: 'ada',
  assembly_created_at: '2026-11-21T12:00:00.000Z',
  submission_count: 2,
  position: 0,
  external: false,
  recipient: { id: 'ada' },
  status: 'queued',
  attempt: 1,
  retry_count: 0,
  expires_at: Date.parse('2027-01-21T12:00:00.000Z') / 1000,
  ...attributes,
});
