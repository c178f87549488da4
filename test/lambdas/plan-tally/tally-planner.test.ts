import { TallyPlanner } from '../../../lambdas/plan-tally/tally-planner.ts';
import type { SendOptions } from '../../../lambdas/shared/message-queue.ts';
import type { Submission } from '../../../lib/domain/submission.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

const START = Date.parse('2026-11-21T12:00:00.000Z');

function planner() {
  const sent: { assembly_id: string; delaySeconds?: number }[] = [];
  const given = { ms: 0, failure: undefined as Error | undefined };
  const tallyQueue = {
    send: async (message: { assembly_id: string }, { delaySeconds }: SendOptions = {}) => {
      sent.push({ ...message, delaySeconds });
      if (given.failure) throw given.failure;
    },
  };
  const made = new TallyPlanner({ tallyQueue, now: () => new Date(START + given.ms) });
  const plan = (row: Partial<Submission> = {}) =>
    made.plan({ ...newSubmissionRow(), version: 1, updated_at: '', last_writer: '', ...row });
  return { sent, given, plan };
}

test('a thousand changes at once are one count, a second later', async () => {
  const { sent, plan } = planner();
  await Promise.all(Array.from({ length: 1_000 }, (_, position) => plan({ position })));
  expect(sent).toMatchObject([{ assembly_id: 'a'.repeat(64), delaySeconds: 1 }]);
});

test('a batch that takes its time is one count all the same', async () => {
  const { sent, given, plan } = planner();
  const plans = Array.from({ length: 30 }, () => {
    given.ms += 1;
    return plan();
  });
  await Promise.all(plans);
  expect(sent).toHaveLength(1);
});

test('each assembly is counted for itself', async () => {
  const { sent, plan } = planner();
  await Promise.all([plan({ assembly_id: 'a' }), plan({ assembly_id: 'b' }), plan({ assembly_id: 'a' })]);
  expect(sent.map(({ assembly_id }) => assembly_id)).toEqual(['a', 'b']);
});

test.each([
  [2, 1],
  [500, 1],
  [5_000, 10],
  [10_000, 20],
])('changes of %d submissions without end are counted each %d s', async (submission_count, interval) => {
  const { sent, given, plan } = planner();
  const MINUTES = 5;
  for (given.ms = 0; given.ms < MINUTES * 60_000; given.ms += 100) await plan({ submission_count });
  const expected = (MINUTES * 60) / interval;
  expect(sent.length).toBeGreaterThanOrEqual(expected / 3);
  expect(sent.length).toBeLessThanOrEqual(expected + 2);
  expect(Math.max(...sent.map(({ delaySeconds = 0 }) => delaySeconds))).toBeLessThanOrEqual(interval + 2);
});

test('a count that SQS hands out a second early has still seen every change that was planned for it', async () => {
  const { sent, given, plan } = planner();
  const counts: number[] = [];
  let seen = 0;
  for (given.ms = 0; given.ms < 60_000; given.ms += 50) {
    const before = sent.length;
    await plan({ submission_count: 5_000 });
    for (const { delaySeconds = 0 } of sent.slice(before)) counts.push(given.ms + (delaySeconds - 1) * 1000);
    // Whatever changed at this moment is in a count that has not begun.
    if (counts.some((at) => at >= given.ms)) seen++;
  }
  expect(seen).toBe(60_000 / 50);
});

test('a change after the count has begun is planned anew', async () => {
  const { sent, given, plan } = planner();
  await plan();
  given.ms = 5_000;
  await plan();
  expect(sent.map(({ delaySeconds }) => delaySeconds)).toEqual([1, 1]);
});

test('another container plans another count, which does no harm', async () => {
  const [one, two] = [planner(), planner()];
  await Promise.all([one.plan(), two.plan()]);
  expect([one.sent.length, two.sent.length]).toEqual([1, 1]);
});

test('a plan that could not be sent is told to every change that it was for, and made anew', async () => {
  const { sent, given, plan } = planner();
  given.failure = new Error('throttled');
  const outcomes = await Promise.allSettled([plan(), plan()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  given.failure = undefined;
  await plan();
  expect(sent).toHaveLength(2);
});
