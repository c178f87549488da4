import type { NewAssembly } from '../../lambdas/shared/assembly-change.ts';

/** A queued one, as it is created on 2026-11-21 at noon; a test names the attributes that it is about. */
export const newAssembly = (attributes: Partial<NewAssembly> = {}): NewAssembly => ({
  assembly_id: 'a'.repeat(64),
  template_id: 'test-template',
  user_id: 'user-1',
  status: 'queued',
  attempt: 1,
  claim: 0,
  external: false,
  branch: 'main',
  progress: 0,
  retry_count: 0,
  max_retries: 0,
  created_at: '2026-11-21T12:00:00.000Z',
  deadline_at: Date.parse('2026-11-21T12:15:00.000Z') / 1000,
  ...attributes,
});
