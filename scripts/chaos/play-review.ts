import { setTimeout as wait } from 'node:timers/promises';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { Answer } from './patient-client.ts';
import type { JobStage } from './play-job.ts';
import type { PlayedJob } from './played-job.ts';

export interface Review {
  readonly attempt: number;
  readonly outcome: 'completed' | 'failed';
}

const LONGEST_READING_MS = 2_000;

/** An external worker that takes the job, reports progress, and ends it. */
export async function playReview(
  job: PlayedJob,
  { attempt, outcome }: Review,
  { updateSecret, random, over }: JobStage,
): Promise<void> {
  const report = (body: object): Promise<Answer> =>
    job.call(`/assemblies/${job.id}/status`, {
      method: 'POST',
      headers: { 'x-webhook-secret': updateSecret },
      body: { attempt, ...body },
    });
  const taken = await report({ status: 'processing', progress: 20 });
  if (!isTaken(job, taken)) return;
  const { claim } = taken.body;
  await wait(random() * LONGEST_READING_MS, undefined, { signal: over });
  isTaken(job, await report({ status: 'processing', progress: 60, progress_message: 'Reading', claim }));
  const end =
    outcome === 'completed' ? { result: { verdict: 'yes' } } : { error: 'The reviewer could not read it.' };
  const ended = await report({ status: outcome, claim, ...end });
  // Its own update, repeated because the answer was lost, is 200. Only somebody else's end is a conflict.
  isTaken(job, ended);
}

/** False where somebody else has ended the job, which a worker learns from the conflict. */
function isTaken(job: PlayedJob, answer: Answer): boolean {
  if (answer.status === 200) return true;
  const { status } = answer.body.current ?? {};
  const isEnded = answer.status === 409 && status !== undefined && isTerminal(status);
  if (!isEnded || job.plan.kind !== 'canceled') job.wonder('an update by the worker', answer);
  return false;
}
