import { createHash } from 'node:crypto';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { listPosition } from '../../lib/domain/list-keys.ts';
import type { Status } from '../../lib/domain/state-machine.ts';

/** Whose all of them are. */
export const OWNER = { userId: 'owner-1' };
export const FREQUENT = 'image-thumbnails';
/** Of the oldest jobs alone, and always as many: what is found last. */
export const RARE = 'human-review';
const RARE_JOBS = 10;

/** One job each second. */
const BEGINNING = Date.UTC(2026, 0, 1);
export const createdAt = (number: number): string => new Date(BEGINNING + number * 1000).toISOString();

const idOf = (number: number): string => createHash('sha256').update(`listed ${number}`).digest('hex');

/** The place of the job of that number. */
export const positionOf = (number: number): string =>
  listPosition({ created_at: createdAt(number), assembly_id: idOf(number) });

export const REFERENCE = 'order-17';
/** One of so many jobs has a status of each kind that is not `completed`. */
const EACH = 20;
const OTHERS: readonly Partial<Assembly>[] = [
  { status: 'uploading' },
  { status: 'queued' },
  { status: 'queued', next_retry_at: '2099-01-01T00:00:00.000Z' },
  { status: 'processing' },
  { status: 'failed' },
  { status: 'canceled' },
];
/** In part ended one of so many of the oldest jobs, and none since. */
const RARE_STATUS = { each: 20, at: 10, jobs: 1_000 };

/** Jobs of one owner, as the table has them: of one file and two results, most of them completed. */
export function* listRows({
  from,
  to,
}: {
  readonly from: number;
  readonly to: number;
}): Generator<Record<string, unknown>> {
  for (let number = from; number < to; number++) yield toItem(jobOf(number));
}

function jobOf(number: number): Assembly {
  const at = createdAt(number);
  const md5hash = idOf(number).slice(0, 32);
  const file = { mime: 'image/jpeg', field: 'file', size: 482_113 };
  const result = (id: string, name: string) => ({ ...file, id, name, original_id: md5hash });
  return {
    assembly_id: idOf(number),
    template_id: number < RARE_JOBS ? RARE : FREQUENT,
    user_id: OWNER.userId,
    status: 'completed' satisfies Status,
    attempt: 1,
    claim: 1,
    version: 4,
    last_writer: '6f0c2c57-6d0a-4a43-9d1d-0a52d7c7f9b1',
    external: false,
    branch: 'main',
    // The same for ten jobs, however many there are.
    reference: number < RARE_JOBS ? REFERENCE : `order-${number}-of-many`,
    uploads: [{ ...file, id: md5hash, md5hash, name: 'harbour.jpg' }],
    received: [md5hash],
    results: { thumbnails: [result('1-1', 'harbour-small.webp'), result('1-2', 'harbour-small.jpg')] },
    progress: 100,
    retry_count: 0,
    max_retries: 3,
    created_at: at,
    updated_at: at,
    queued_at: at,
    started_at: at,
    ended_at: at,
    attempts: [{ attempt: 1, status: 'completed', started_at: at, ended_at: at }],
    ...OTHERS[number % EACH],
    ...(number < RARE_STATUS.jobs && number % RARE_STATUS.each === RARE_STATUS.at && { status: 'partial' }),
  };
}
