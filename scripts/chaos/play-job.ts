import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { putUpload, type UploadRequest } from '../../lib/client/put-upload.ts';
import type { JobWatch } from './job-watch.ts';
import type { Answer } from './patient-client.ts';
import { playReview } from './play-review.ts';
import type { PlayedJob } from './played-job.ts';

/** A file as it is uploaded. */
export interface LoadFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What all jobs are played on. */
export interface JobStage {
  readonly watch: JobWatch;
  readonly random: () => number;
  readonly over: AbortSignal;
  readonly tokenOf: (user: string) => string;
  readonly updateSecret: string;
  readonly webhookUrl: string;
  readonly pictures: readonly LoadFile[];
  readonly brokenPicture: LoadFile;
}

/** 20 KB of prose: it goes to the bucket, and takes a part of a second to count. */
const LONG_TEXT = 'A ship came in with the tide and left with it. '.repeat(440);
/** Seconds of work, so that a cancel meets it in the middle. */
const ENDLESS_TEXT = 'A ship came in with the tide.\n\n'.repeat(8_000);
const LONGEST_CHANGE_OF_MIND_MS = 1_500;

/**
 * Plays one job as its user does, until there is nothing left for the user to do.
 * @throws Error when the run is over
 */
export async function playJob(job: PlayedJob, stage: JobStage): Promise<void> {
  const { nonce, kind } = job.plan;
  const { pictures, brokenPicture, random } = stage;
  const submit = (body: object, files: readonly LoadFile[] = []): Promise<Answer> =>
    submitJob(job, body, files, stage);
  const text = (words: string) => ({ template_id: 'text-statistics', fields: { text: words, nonce } });
  const thumbnails = { template_id: 'image-thumbnails', fields: { sizes: { s: 32 }, nonce } };
  const review = { template_id: 'human-review', fields: { title: 'Is it good?', nonce } };
  switch (kind) {
    case 'short text':
      await submit(text(`A ship came in. ${nonce}`));
      return;
    case 'long text':
      await submit(text(LONG_TEXT));
      return;
    case 'pictures':
      await submit(thumbnails, random() < 0.5 ? pictures : pictures.slice(0, 1));
      return;
    case 'broken picture, retried':
      await submit(thumbnails, [brokenPicture]);
      return retryJob(job, stage);
    case 'pictures in part, retried':
      await submit(thumbnails, [...pictures, brokenPicture]);
      return retryJob(job, stage);
    case 'review':
      await submit(review);
      return playReview(job, { attempt: 1, outcome: 'completed' }, stage);
    case 'failed review, retried':
      await submit(review);
      await playReview(job, { attempt: 1, outcome: 'failed' }, stage);
      await retryJob(job, stage);
      return playReview(job, { attempt: 2, outcome: 'completed' }, stage);
    case 'canceled':
      if (random() < 0.5) {
        await submit(text(ENDLESS_TEXT));
        return cancelJob(job, stage);
      }
      await submit(review);
      await Promise.all([
        playReview(job, { attempt: 1, outcome: 'completed' }, stage),
        cancelJob(job, stage),
      ]);
      return;
    case 'canceled and submitted again':
      await submit(text(LONG_TEXT));
      await cancelJob(job, stage);
      await submit(text(LONG_TEXT));
      return;
    case 'submitted twice at once':
      await Promise.all([submit(text(LONG_TEXT)), submit(text(LONG_TEXT))]);
      return;
  }
}

const bearer = (job: PlayedJob, { tokenOf }: JobStage) => ({
  authorization: `Bearer ${tokenOf(job.plan.user)}`,
});

/** Submits, and uploads what is asked for. */
async function submitJob(
  job: PlayedJob,
  body: object,
  files: readonly LoadFile[],
  stage: JobStage,
): Promise<Answer> {
  const announced = files.map((file) => ({
    name: file.name,
    mime: 'image/jpeg',
    size: file.bytes.length,
    md5hash: md5Of(file),
  }));
  const answer = await job.call('/assemblies', {
    method: 'POST',
    headers: bearer(job, stage),
    body: { ...body, webhook_url: stage.webhookUrl, ...(files.length > 0 && { uploads: announced }) },
  });
  if (answer.status > 202) {
    job.wonder('a submission', answer);
    throw new Error('It was not accepted.');
  }
  job.id = answer.body.assembly_id;
  job.note(`submitted (${job.plan.kind}): ${answer.status}`);
  const wanted = (answer.body.uploads ?? []) as readonly (Partial<UploadRequest> & { md5hash: string })[];
  for (const { md5hash, method, url, headers } of wanted) {
    const file = files.find((each) => md5Of(each) === md5hash);
    if (!file || !method || !url || !headers) continue;
    await putUpload({ method, url, headers }, file.bytes);
    job.note(`uploaded ${file.name}`);
  }
  return answer;
}

/** Tries once more what has failed, in whole or in part. */
async function retryJob(job: PlayedJob, stage: JobStage): Promise<void> {
  if (job.id === undefined) return;
  await stage.watch.end(job.id, 1);
  const answer = await job.call(`/assemblies/${job.id}/retry?attempt=1`, {
    method: 'POST',
    headers: bearer(job, stage),
  });
  // Workers that died have spent the same retries.
  if (answer.status > 202 && answer.body.code !== 'retries_exhausted') job.wonder('a retry', answer);
}

async function cancelJob(job: PlayedJob, stage: JobStage): Promise<void> {
  await wait(stage.random() * LONGEST_CHANGE_OF_MIND_MS, undefined, { signal: stage.over });
  const answer = await job.call(`/assemblies/${job.id}`, { method: 'DELETE', headers: bearer(job, stage) });
  if (answer.status > 202 && answer.body.code !== 'already_ended') job.wonder('a cancel', answer);
}

const md5Of = ({ bytes }: LoadFile): string => createHash('md5').update(bytes).digest('hex');
