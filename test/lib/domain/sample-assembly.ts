import type { Assembly } from '../../../lib/domain/assembly.ts';

/** A new, queued assembly; a test names the attributes that it is about. */
export const sampleAssembly = (attributes: Partial<Assembly> = {}): Assembly => ({
  assembly_id: 'a0'.repeat(32),
  template_id: 'text-statistics',
  user_id: 'ada',
  status: 'queued',
  attempt: 1,
  claim: 0,
  version: 1,
  last_writer: 'writer-1',
  external: false,
  branch: 'main',
  progress: 0,
  retry_count: 0,
  max_retries: 3,
  created_at: '2026-03-01T12:00:00.000Z',
  updated_at: '2026-03-01T12:00:00.000Z',
  queued_at: '2026-03-01T12:00:00.000Z',
  ...attributes,
});
