import { enqueueSubmission } from '../../../lambdas/enqueue-submissions/enqueue-submission.ts';
import type { SendOptions } from '../../../lambdas/shared/message-queue.ts';
import type { Submission, SubmissionMessage } from '../../../lib/domain/submission.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();
const row = (changes: Partial<Submission> = {}): Submission => ({
  ...newSubmissionRow(),
  version: 1,
  updated_at: NOW.toISOString(),
  last_writer: 'w',
  ...changes,
});

async function sentFor(before: Submission | undefined, after: Submission) {
  const sent: (SubmissionMessage & SendOptions)[] = [];
  const send = async (message: SubmissionMessage, options = {}) => void sent.push({ ...message, ...options });
  await enqueueSubmission({ before, after }, { submissionsQueue: { send }, now: () => NOW });
  return sent;
}

const MESSAGE = { assembly_id: 'a'.repeat(64), submission_id: 'ada', attempt: 1, position: 0 };
const GROUP = { group: 'a'.repeat(64) };

test('a new submission is sent at once, in the group of its assembly', async () => {
  expect(await sentFor(undefined, row())).toEqual([{ ...MESSAGE, ...GROUP, delaySeconds: 0 }]);
});

test.each([
  ['after a failure', {}, 20, 20],
  ['for its turn', { status: 'rate_limited', has_turn: true }, 5.2, 6],
  ['hours later', { status: 'rate_limited' }, 36_000, 900],
  ['for a time that has passed', {}, -5, 0],
] as const)(
  'one that waits %s is sent for its time, or as near as a queue can wait',
  async (_, changes, seconds, delaySeconds) => {
    const next_retry_at = at(seconds);
    const [message] = await sentFor(row({ status: 'processing' }), row({ next_retry_at, ...changes }));
    const turn = 'has_turn' in changes ? { has_turn: true } : {};
    expect(message).toEqual({ ...MESSAGE, ...GROUP, ...turn, not_before: next_retry_at, delaySeconds });
  },
);

test.each([
  ['another attempt', row({ attempt: 2, version: 2 }), row()],
  ['another time', row({ next_retry_at: at(9), version: 2 }), row({ next_retry_at: at(5) })],
  ['another life of its assembly', row({ assembly_created_at: at(0) }), row()],
])('one that waits for %s is sent again', async (_, after, before) => {
  expect(await sentFor(before, after)).toHaveLength(1);
});

test.each([
  ['that waits as before', row({ version: 2 }), row()],
  ['in work', row({ status: 'processing' }), row()],
  ['that was sent', row({ status: 'submitted' }), row({ status: 'processing' })],
  ['that failed', row({ status: 'failed' }), row({ status: 'processing' })],
  ['that somebody else works on', row({ external: true }), undefined],
])('one %s is not sent', async (_, after, before) => {
  expect(await sentFor(before, after)).toEqual([]);
});
