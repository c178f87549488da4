import { createHash } from 'node:crypto';
import type { Submission } from './submission.ts';

/**
 * What a receiver knows a submission by: 32 hex digits, the same for every try in every attempt. An assembly that expired and
 * came anew has others.
 */
export const idempotencyKey = ({
  assembly_id,
  assembly_created_at,
  submission_id,
}: Pick<Submission, 'assembly_id' | 'assembly_created_at' | 'submission_id'>): string =>
  createHash('sha256')
    .update(JSON.stringify([assembly_id, assembly_created_at, submission_id]))
    .digest('hex')
    .slice(0, 32);
