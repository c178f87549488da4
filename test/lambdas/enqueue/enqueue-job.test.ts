import { enqueueJob } from '../../../lambdas/enqueue/enqueue-job.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { JobMessage } from '../../../lib/domain/events.ts';
import { STATUSES } from '../../../lib/domain/state-machine.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');

async function sentFor(before: Partial<Assembly> | undefined, after: Partial<Assembly> = {}) {
  const sent: { message: JobMessage; delaySeconds?: number }[] = [];
  await enqueueJob(
    { before: before && sampleAssembly(before), after: sampleAssembly(after) },
    {
      jobs: { send: async (message, options) => void sent.push({ message, ...options }) },
      now: () => NOW,
    },
  );
  return sent;
}

test.each<[string, Partial<Assembly> | undefined, Partial<Assembly>]>([
  ['is new', undefined, {}],
  ['has all its files', { status: 'uploading' }, {}],
  ['waits for another run', { status: 'processing', claim: 1 }, { claim: 1 }],
  ['begins a new attempt', { status: 'failed', attempt: 1 }, { attempt: 2 }],
])('one that %s and is queued is sent on its way', async (_, before, after) => {
  const { attempt, claim, assembly_id, template_id, user_id } = sampleAssembly(after);
  expect(await sentFor(before, after)).toEqual([
    {
      message: { assembly_id, attempt, claim, template_id, owner: { user_id } },
      delaySeconds: 0,
      group: expect.any(String),
    },
  ]);
});

test('one that is to wait for its run is delayed until then', async () => {
  const after = { claim: 1, retry_count: 1, next_retry_at: '2026-03-01T12:00:40.000Z' };
  expect(await sentFor({ status: 'processing', claim: 1 }, after)).toMatchObject([
    { message: { claim: 1 }, delaySeconds: 40 },
  ]);
});

// Replayed later, the record of the stream says the same, and less of the wait is left.
test('a record that comes late delays for what is left', async () => {
  const after = { claim: 1, next_retry_at: '2026-03-01T11:59:00.000Z' };
  expect(await sentFor({ status: 'processing', claim: 1 }, after)).toMatchObject([{ delaySeconds: 0 }]);
});

test('one whose deadline moved is not sent again', async () => {
  expect(await sentFor({ deadline_at: 1 }, { deadline_at: 2, version: 2 })).toEqual([]);
});

test.each(STATUSES.filter((status) => status !== 'queued'))('one that is %s is not sent', async (status) => {
  expect(await sentFor(undefined, { status })).toEqual([]);
});

test('one that an external worker has is never sent', async () => {
  expect(await sentFor(undefined, { external: true })).toEqual([]);
});
