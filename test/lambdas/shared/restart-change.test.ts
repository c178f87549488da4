import { restartChange } from '../../../lambdas/shared/restart-change.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { sampleResult } from '../../lib/domain/sample-result.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { uploadsOf } from '../in-memory-files.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const SECONDS = NOW.getTime() / 1000;
const UPLOADS = uploadsOf('one', 'two');
const [ONE, TWO] = UPLOADS.map(({ id }) => id) as [string, string];
/** Everything that an attempt can leave behind. */
const ENDED: Partial<Assembly> = {
  status: 'failed',
  attempt: 2,
  claim: 3,
  uploads: UPLOADS,
  received: [ONE, TWO],
  results: { one: [sampleResult('1-1', ONE), sampleResult('1-2', TWO)] },
  file_errors: { [TWO]: { code: 'black', category: 'FILE_ERROR' } },
  progress: 80,
  progress_message: 'almost',
  result: 'old',
  error: { code: 'worker_lost', category: 'WORKER_ERROR' },
  queued_at: '2026-11-20T12:00:00.000Z',
  started_at: '2026-11-20T12:00:01.000Z',
  ended_at: '2026-11-20T12:00:02.000Z',
  uploading_since: '2026-11-20T11:00:00.000Z',
  attempts: [{ attempt: 2, status: 'failed', ended_at: '2026-11-20T12:00:02.000Z' }],
  expires_at: SECONDS + 86_400,
  deadline_at: undefined,
};

async function restart(stored: Partial<Assembly>, change: Partial<Parameters<typeof restartChange>[1]> = {}) {
  const store = new InMemoryAssemblyStore({ ...ENDED, ...stored });
  const given = { uploads: UPLOADS, received: [ONE, TWO], set: { retry_count: 1 }, ...change };
  const written = await store.change(
    store.assembly.assembly_id,
    restartChange(store.assembly, given, NOW),
    NOW,
  );
  expect(written.written).toBe(true);
  return store.assembly;
}

const OVER = ['progress_message', 'error', 'file_errors', 'started_at', 'ended_at', 'expires_at'];

test('with all its files there it is queued, and nothing of the last attempt is left but its record', async () => {
  const assembly = await restart({});
  expect(assembly).toMatchObject({
    status: 'queued',
    attempt: 3,
    claim: 3,
    progress: 0,
    retry_count: 1,
    queued_at: NOW.toISOString(),
    deadline_at: SECONDS + 900,
    received: [ONE, TWO],
    attempts: ENDED.attempts,
  });
  for (const name of [...OVER, 'result', 'results', 'redo', 'uploading_since'])
    expect(assembly).not.toHaveProperty(name);
});

test('with one missing it waits for that', async () => {
  const assembly = await restart({}, { received: [TWO] });
  expect(assembly).toMatchObject({
    status: 'uploading',
    attempt: 3,
    received: [TWO],
    uploading_since: NOW.toISOString(),
    deadline_at: SECONDS + 900,
  });
  for (const name of [...OVER, 'result', 'results', 'queued_at']) expect(assembly).not.toHaveProperty(name);
});

test('without files it is queued, and gets none', async () => {
  const assembly = await restart({ uploads: undefined, received: undefined }, { uploads: [], received: [] });
  expect(assembly.status).toBe('queued');
  expect(assembly).not.toHaveProperty('uploads');
  expect(assembly).not.toHaveProperty('received');
});

test('at a part, the results of the others stay, and so does what the last step returned', async () => {
  const assembly = await restart({ status: 'partial' }, { redo: [TWO] });
  expect(assembly).toMatchObject({
    status: 'queued',
    redo: [TWO],
    results: { one: [sampleResult('1-1', ONE)] },
    result: 'old',
  });
  expect(assembly.results?.one).toHaveLength(1);
  for (const name of OVER) expect(assembly).not.toHaveProperty(name);
});

test('at everything after a part, nothing of the part is left', async () => {
  const assembly = await restart({ redo: [TWO] });
  for (const name of ['redo', 'result', 'results']) expect(assembly).not.toHaveProperty(name);
});

test('an external worker has its whole time again', async () => {
  const assembly = await restart({ external: true, timeout_seconds: 3_600 });
  expect(assembly.deadline_at).toBe(SECONDS + 3_600);
});

test('what else is to go goes', async () => {
  expect(await restart({ reference: 'r' }, { remove: ['reference'] })).not.toHaveProperty('reference');
});

test.each<[string, Partial<Assembly>]>([
  ['in another status', { status: 'canceled' }],
  ['at another attempt', { attempt: 3 }],
  ['of another version', { version: 2 }],
])('is not made to the assembly %s', async (_, change) => {
  const store = new InMemoryAssemblyStore(ENDED);
  const planned = restartChange(store.assembly, { uploads: UPLOADS, received: [ONE, TWO], set: {} }, NOW);
  store.assembly = { ...store.assembly, ...change };
  expect(await store.change(store.assembly.assembly_id, planned, NOW)).toMatchObject({ written: false });
});

test('what was submitted to stays so, and every other recipient waits again', async () => {
  const submission_counts = {
    ...{ queued: 0, processing: 0, submitted: 3, failed: 2 },
    ...{ rate_limited: 0, canceled: 5 },
  };
  const assembly = await restart(
    {
      uploads: undefined,
      received: undefined,
      submission_count: 10,
      submission_counts,
      submissions_version: 30,
      counted_at: '2026-11-20T12:00:02.000Z',
      retryable_submissions: 2,
      expanded_at: '2026-11-20T12:00:01.500Z',
    },
    { uploads: [], received: [] },
  );
  expect(assembly).toMatchObject({
    status: 'queued',
    submission_count: 10,
    submission_counts: { queued: 7, processing: 0, submitted: 3, failed: 0, rate_limited: 0, canceled: 0 },
    // So that an older count stays one.
    submissions_version: 30,
    counted_at: '2026-11-20T12:00:02.000Z',
    deadline_at: SECONDS + 900,
  });
  for (const name of ['expanded_at', 'retryable_submissions']) expect(assembly).not.toHaveProperty(name);
});
