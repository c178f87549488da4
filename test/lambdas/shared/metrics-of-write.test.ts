import { advanceAssembly } from '../../../lambdas/shared/advance-assembly.ts';
import type { AssemblyChange } from '../../../lambdas/shared/assembly-change.ts';
import { endChange, retryChange } from '../../../lambdas/shared/end-change.ts';
import { metricsOfWrite } from '../../../lambdas/shared/metrics-of-write.ts';
import { receiveUploads } from '../../../lambdas/shared/receive-uploads.ts';
import { restartChange } from '../../../lambdas/shared/restart-change.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { uploadsOf } from '../in-memory-files.ts';

const CREATED = '2026-03-01T12:00:00.000Z';
const at = (seconds: number): Date => new Date(Date.parse(CREATED) + seconds * 1000);
const time = (seconds: number): string => at(seconds).toISOString();
const SETTINGS = { retentionDays: 30, retry: { baseSeconds: 0, random: () => 0 } };
const LOST = { code: 'worker_lost', category: 'WORKER_ERROR' } as const;

/** What each change that is made to it counts, in short: name, value and what it is counted by. */
function counting(attributes: Partial<Assembly> = {}) {
  const memory = new InMemoryAssemblyStore({
    max_retries: 3,
    created_at: CREATED,
    queued_at: CREATED,
    ...attributes,
  });
  const counted: unknown[][] = [];
  const store = {
    async change(id: string, change: AssemblyChange, now: Date) {
      const outcome = await memory.change(id, change, now);
      if (outcome.written)
        for (const { name, value, by } of metricsOfWrite(change.set, outcome.assembly))
          counted.push([name, value, ...(by === undefined ? [] : [by])]);
      return outcome;
    },
  };
  const change = (make: (seen: Assembly) => AssemblyChange | undefined, now: Date) =>
    store.change(memory.assembly.assembly_id, make(memory.assembly) as AssemblyChange, now);
  return {
    counted,
    store,
    assembly: () => memory.assembly,
    claim: (seconds: number) =>
      change(
        ({ claim, user_id }) => ({
          from: ['queued'],
          owner: { user_id },
          set: { status: 'processing', claim: claim + 1, started_at: time(seconds), deadline_at: 1 },
          remove: ['next_retry_at'],
        }),
        at(seconds),
      ),
    end: (status: 'completed' | 'partial' | 'failed' | 'canceled', seconds: number, error?: typeof LOST) =>
      change((seen) => endChange(seen, { status, error }, at(seconds), SETTINGS), at(seconds)),
    retry: (seconds: number, error: { code: string; category: 'WORKER_ERROR' }) =>
      change((seen) => retryChange(seen, error, at(seconds), SETTINGS.retry), at(seconds)),
    restart: (seconds: number) =>
      change((seen) => restartChange(seen, { uploads: [], received: [], set: {} }, at(seconds)), at(seconds)),
  };
}

test('a new assembly is an accepted job', () => {
  expect(metricsOfWrite(undefined, sampleAssembly())).toEqual([{ name: 'JobsAccepted', value: 1 }]);
});

test('a job that is taken and completed says how long it waited and took', async () => {
  const { counted, claim, end } = counting();
  await claim(2);
  await end('completed', 5);
  expect(counted).toEqual([
    ['TimeToStart', 2_000],
    ['QueueWait', 2_000],
    ['JobsFinished', 1, 'completed'],
    ['TimeToEnd', 5_000],
    ['CompletionRate', 100, 'test-template'],
    ['RunsEnded', 1, 'completed'],
  ]);
});

test('the queue is not to blame for the time that uploads take', async () => {
  const uploads = uploadsOf('one', 'two');
  const { counted, claim, store, assembly } = counting({
    status: 'uploading',
    uploads,
    received: [],
    queued_at: undefined,
  });
  for (const [index, { id }] of uploads.entries())
    await receiveUploads(assembly(), [id], { store, now: () => at(10 + index) });
  expect(counted).toEqual([]);
  await claim(12);
  expect(counted).toEqual([
    ['TimeToStart', 12_000],
    ['QueueWait', 1_000],
  ]);
});

test('runs that are repeated are counted, and start and end of the attempt once', async () => {
  const { counted, claim, retry, end } = counting();
  await claim(1);
  await retry(2, { code: 'worker_error', category: 'WORKER_ERROR' });
  await claim(30);
  await retry(40, LOST);
  await claim(50);
  await end('failed', 60, LOST);
  expect(counted).toEqual([
    ['TimeToStart', 1_000],
    ['QueueWait', 1_000],
    ['RunsEnded', 1, 'retried'],
    ['RunsEnded', 1, 'lost'],
    ['JobsFinished', 1, 'failed'],
    ['TimeToEnd', 60_000],
    ['CompletionRate', 0, 'test-template'],
    ['RunsEnded', 1, 'lost'],
  ]);
});

test('an attempt that begins anew is accepted anew, and its times count from then', async () => {
  const { counted, claim, end, restart } = counting();
  await claim(1);
  await end('failed', 2);
  counted.length = 0;
  await restart(100);
  await claim(103);
  await end('completed', 105);
  expect(counted).toEqual([
    ['JobsAccepted', 1],
    ['TimeToStart', 3_000],
    ['QueueWait', 3_000],
    ['JobsFinished', 1, 'completed'],
    ['TimeToEnd', 5_000],
    ['CompletionRate', 100, 'test-template'],
    ['RunsEnded', 1, 'completed'],
  ]);
});

test('of a part the completion rate has the part', async () => {
  const uploads = uploadsOf('one', 'two', 'three', 'four');
  const file_errors = {
    [uploads[0]?.id ?? '']: { code: 'file_unreadable', category: 'FILE_ERROR' } as const,
  };
  const { counted, claim, end } = counting({ uploads, file_errors });
  await claim(1);
  await end('partial', 2);
  expect(counted).toContainEqual(['CompletionRate', 75, 'test-template']);
});

test('what is canceled in the queue was no run', async () => {
  const { counted, end } = counting();
  await end('canceled', 1);
  expect(counted).toEqual([
    ['JobsFinished', 1, 'canceled'],
    ['TimeToEnd', 1_000],
  ]);
});

test('an external worker starts jobs, takes none from our queue, and its progress counts nothing', async () => {
  const { counted, store, assembly } = counting({ external: true });
  const advance = (seconds: number, to: 'processing' | 'completed', progress: number) =>
    advanceAssembly(assembly(), { to, progress }, { ...SETTINGS, store, now: () => at(seconds) });
  await advance(4, 'processing', 0);
  await advance(5, 'processing', 50);
  await advance(5, 'processing', 50);
  expect(counted).toEqual([['TimeToStart', 4_000]]);
  await advance(6, 'completed', 100);
  await advance(6, 'completed', 100);
  expect(counted.slice(1)).toEqual([
    ['JobsFinished', 1, 'completed'],
    ['TimeToEnd', 6_000],
    ['CompletionRate', 100, 'test-template'],
    ['RunsEnded', 1, 'completed'],
  ]);
});

test('a clock that is behind makes no time negative', async () => {
  const { counted, claim } = counting();
  await claim(-3);
  expect(counted).toEqual([
    ['TimeToStart', 0],
    ['QueueWait', 0],
  ]);
});
