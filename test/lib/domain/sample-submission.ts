import type { Submission } from '../../../lib/domain/submission.ts';
import { sampleAssembly } from './sample-assembly.ts';

const { assembly_id, created_at } = sampleAssembly();

/** The only recipient of the sample assembly, queued; a test names the attributes that it is about. */
export const sampleSubmission = (attributes: Partial<Submission> = {}): Submission => ({
  assembly_id,
  submission_id: 'ada',
  assembly_created_at: created_at,
  submission_count: 1,
  position: 0,
  external: false,
  recipient: { id: 'ada' },
  status: 'queued',
  attempt: 1,
  version: 1,
  last_writer: 'writer-1',
  retry_count: 0,
  updated_at: created_at,
  expires_at: Date.parse(created_at) / 1000 + 61 * 86_400,
  ...attributes,
});
