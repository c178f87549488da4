import { burySubmission } from '../../../lambdas/bury-submission/bury-submission.ts';
import type { NewSubmission } from '../../../lambdas/shared/submission-change.ts';
import { messageFor } from '../../../lambdas/shared/submission-message.ts';
import type { Submission, SubmissionMessage } from '../../../lib/domain/submission.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const SECONDS = NOW.getTime() / 1000;
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

async function bury(row: Partial<NewSubmission>, changes: Partial<SubmissionMessage> = {}) {
  const submissions = new InMemorySubmissionStore();
  const created = await submissions.create(newSubmissionRow(row), NOW);
  const message = { ...messageFor(created.item as Submission), ...changes };
  const outcome = await burySubmission(message, { submissions, now: () => NOW });
  return { outcome, row: submissions.table.of('a'.repeat(64))[0] };
}

test.each([
  ['queued', {}],
  ['due for its turn', { status: 'rate_limited', next_retry_at: at(0), has_turn: true }],
  ['left by its worker', { status: 'processing', lease_until: SECONDS }],
] as const)('one that is %s fails, and says why', async (_, given) => {
  const { outcome, row } = await bury(given);
  expect(outcome).toBe('buried');
  expect(row).toMatchObject({ status: 'failed', error: { code: 'message_undeliverable' } });
  for (const name of ['lease_until', 'next_retry_at', 'has_turn']) expect(row).not.toHaveProperty(name);
});

test.each([
  ['in work', { status: 'processing', lease_until: SECONDS + 1 }, {}],
  ['submitted', { status: 'submitted' }, {}],
  ['failed already', { status: 'failed' }, {}],
  ['queued for another attempt', { attempt: 2 }, { attempt: 1 }],
  ['left in another attempt', { attempt: 2, status: 'processing', lease_until: 1 }, { attempt: 1 }],
  ['to be taken later, which has a message of its own', { next_retry_at: at(1) }, {}],
  ['gone', {}, { submission_id: 'nobody' }],
] as const)('one that is %s is left alone', async (_, given, message) => {
  const { outcome, row } = await bury(given, message);
  expect([outcome, row?.version]).toEqual(['skipped', 1]);
});
