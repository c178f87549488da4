import { type Advance, advanceAssembly } from '../../../lambdas/shared/advance-assembly.ts';
import type { RetrySettings } from '../../../lambdas/shared/end-change.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../../lib/domain/assembly-error.ts';
import { STATUSES, type Status, TERMINAL } from '../../../lib/domain/state-machine.ts';
import { NO_SUBMISSIONS, requeued } from '../../../lib/domain/submission.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const SECONDS = NOW.getTime() / 1000;
const STARTED = '2026-11-21T12:00:01.000Z';
const LEASE = SECONDS + 300;
const ERROR: AssemblyError = { code: 'step_failed', category: 'WORKER_ERROR', params: { step: 'one' } };
const RETRY: RetrySettings = { baseSeconds: 10, random: () => 0.5 };

/** One that our own worker has. */
const ours = (changes: Partial<Assembly> = {}): InMemoryAssemblyStore =>
  new InMemoryAssemblyStore({
    status: 'processing',
    claim: 1,
    started_at: STARTED,
    deadline_at: LEASE,
    max_retries: 3,
    ...changes,
  });

/** One that somebody else works on. */
const external = (changes: Partial<Assembly> = {}): InMemoryAssemblyStore =>
  new InMemoryAssemblyStore({ external: true, timeout_seconds: 3_600, deadline_at: LEASE, ...changes });

const advance = (
  store: InMemoryAssemblyStore,
  what: Advance,
  { seen = store.assembly, retry }: { seen?: Assembly; retry?: RetrySettings } = {},
) => advanceAssembly(seen, what, { store, retry, retentionDays: 30, now: () => NOW });

const refusal = (code: string) => expect.objectContaining({ code });

/** As if somebody else had written it. */
const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

describe('a transient error', () => {
  const failed: Advance = { to: 'failed', attempt: 1, claim: 1, error: ERROR, transient: true };

  test('makes the same attempt wait for another run while retries are left', async () => {
    const store = ours({ progress: 60, progress_message: 'Doing one' });
    const assembly = await advance(store, failed, { retry: RETRY });
    expect(assembly).toMatchObject({
      status: 'queued',
      attempt: 1,
      claim: 1,
      retry_count: 1,
      progress: 0,
      next_retry_at: '2026-11-21T12:00:20.000Z',
      deadline_at: SECONDS + 10 + 900,
      attempts: [{ attempt: 1, status: 'queued', started_at: STARTED, error: ERROR }],
    });
    for (const name of ['error', 'progress_message', 'started_at', 'ended_at', 'expires_at'])
      expect(assembly).not.toHaveProperty(name);
    expect(store.history).toHaveLength(1);
  });

  test('ends the attempt in its own words when the retries are spent', async () => {
    const store = ours({ retry_count: 3 });
    expect(await advance(store, failed, { retry: RETRY })).toMatchObject({
      status: 'failed',
      retry_count: 3,
      error: ERROR,
      ended_at: NOW.toISOString(),
      attempts: [{ attempt: 1, status: 'failed', error: ERROR }],
    });
  });

  test('ends the attempt where nobody retries', async () => {
    expect(await advance(ours(), failed)).toMatchObject({ status: 'failed', retry_count: 0 });
  });

  test('that is none ends it at once, whatever retries are left', async () => {
    const assembly = await advance(ours(), { ...failed, transient: false }, { retry: RETRY });
    expect(assembly).toMatchObject({ status: 'failed', error: ERROR, retry_count: 0 });
  });

  test.each<[string, Partial<Assembly>, Status]>([
    ['that gave the run back', {}, 'queued'],
    ['that ended the attempt', { retry_count: 3 }, 'failed'],
  ])('said twice, as where the answer to one %s was lost, changes nothing', async (_, stored, status) => {
    const store = ours(stored);
    const seen = store.assembly;
    const first = await advance(store, failed, { retry: RETRY });
    const second = await advance(store, failed, { retry: RETRY, seen });
    expect(first.status).toBe(status);
    expect(second).toEqual(first);
    expect(store.history).toHaveLength(1);
  });

  test('of a run that another worker has begun since is refused', async () => {
    const store = ours();
    const seen = store.assembly;
    await advance(store, failed, { retry: RETRY });
    become(store, { status: 'processing', claim: 2 });
    await expect(advance(store, failed, { retry: RETRY, seen })).rejects.toEqual(refusal('stale_update'));
    expect(store.assembly).toMatchObject({ status: 'processing', claim: 2, retry_count: 1 });
  });

  test('counts once where progress came in between', async () => {
    const store = ours();
    const seen = store.assembly;
    become(store, { progress: 50 });
    await advance(store, failed, { retry: RETRY, seen });
    expect(store.assembly).toMatchObject({ status: 'queued', retry_count: 1, progress: 0 });
  });

  test('of an external worker’s assembly is no reason to wait: it was not given back', async () => {
    const store = external();
    const said: Advance = { to: 'failed', error: ERROR, transient: true };
    expect((await advance(store, said)).status).toBe('failed');
  });
});

describe('our own worker', () => {
  const WORDS: readonly Advance[] = [
    { to: 'processing', progress: 50 },
    { to: 'completed', result: 1 },
    { to: 'partial', result: 1 },
    { to: 'failed', error: ERROR },
  ];

  test.each(WORDS)('may say of what it has in work: %j', async (word) => {
    const store = ours();
    expect(await advance(store, { ...word, attempt: 1, claim: 1 })).toMatchObject({
      status: word.to,
      claim: 1,
    });
    // The lease stays as it was taken.
    if (word.to === 'processing') expect(store.assembly.deadline_at).toBe(LEASE);
    else expect(store.assembly).not.toHaveProperty('deadline_at');
  });

  // Its lease was over: the assembly waits for another run under the same claim, so that the claim alone would let it pass.
  test.each(WORDS)('whose run was taken back may not say: %j', async (word) => {
    const store = ours();
    const seen = store.assembly;
    become(store, { status: 'queued', retry_count: 1, next_retry_at: '2026-11-21T12:00:20.000Z' });
    const { assembly: stored } = store;
    await expect(advance(store, { ...word, attempt: 1, claim: 1 }, { seen })).rejects.toMatchObject({
      code: 'illegal_transition',
      current: stored,
    });
    expect(store.assembly).toBe(stored);
  });

  const moves = STATUSES.flatMap((status) => WORDS.map((word) => [status, word.to, word] as const));
  test.each(moves.filter(([status, to]) => status !== 'processing' && status !== to))(
    'may not move what is %s to %s',
    async (status, _, word) => {
      const store = ours({ status });
      const said = advance(store, { ...word, attempt: 1, claim: 1 });
      const isEnded = (TERMINAL as readonly Status[]).includes(status);
      await expect(said).rejects.toEqual(refusal(isEnded ? 'already_ended' : 'illegal_transition'));
      expect(store.history).toEqual([]);
    },
  );

  test.each(WORDS)('may say the same twice: %j', async (word) => {
    const store = ours();
    const seen = store.assembly;
    await advance(store, { ...word, attempt: 1, claim: 1 });
    await advance(store, { ...word, attempt: 1, claim: 1 }, { seen });
    expect(store.history).toHaveLength(1);
  });

  test.each<[string, Partial<Assembly>]>([
    ['another claim', { claim: 2 }],
    ['another attempt', { attempt: 2 }],
  ])('is refused under %s, with what is there instead', async (_, changes) => {
    const store = ours();
    const seen = store.assembly;
    become(store, changes);
    const said = advance(store, { to: 'completed', attempt: 1, claim: 1 }, { seen });
    await expect(said).rejects.toMatchObject({ code: 'stale_update', current: store.assembly });
    expect(store.history).toEqual([]);
  });
});

describe('an external worker', () => {
  test('that begins takes the assembly, and has as long as it had before', async () => {
    const store = external();
    expect(await advance(store, { to: 'processing' })).toMatchObject({
      status: 'processing',
      claim: 1,
      started_at: NOW.toISOString(),
      deadline_at: LEASE,
    });
  });

  test('keeps its deadline with all that it says in between', async () => {
    const store = external();
    for (const progress of [0, 40, 80]) await advance(store, { to: 'processing', progress });
    expect(store.assembly).toMatchObject({ progress: 80, claim: 1, deadline_at: LEASE });
  });

  test.each<'completed' | 'partial' | 'failed'>(['completed', 'partial', 'failed'])(
    'may say only the end: %s',
    async (to) => {
      const store = external();
      const assembly = await advance(store, { to, ...(to === 'failed' && { error: ERROR }) });
      expect(assembly).toMatchObject({ status: to, claim: 0, attempts: [{ attempt: 1, status: to }] });
      expect(assembly).not.toHaveProperty('deadline_at');
    },
  );

  test('cannot take what still waits for its files', async () => {
    const store = external({ status: 'uploading' });
    await expect(advance(store, { to: 'processing' })).rejects.toEqual(refusal('illegal_transition'));
  });

  test('that comes after its assembly was failed for its deadline is refused', async () => {
    const store = external({ status: 'failed', deadline_at: undefined });
    await expect(advance(store, { to: 'completed' })).rejects.toEqual(refusal('already_ended'));
    expect(store.history).toEqual([]);
  });

  test('whose last word repeats one from before is quoted, and may say it twice', async () => {
    const store = external({ status: 'queued' });
    await advance(store, { to: 'processing', progressMessage: 'Read by Ada' });
    const last: Advance = { to: 'completed', progressMessage: 'Read by Ada' };
    const ended = await advance(store, last);
    expect(ended.progress_message).toBe('Read by Ada');
    expect(await advance(store, last)).toEqual(ended);
  });
});

describe('somebody else', () => {
  test('who cancels in the same moment wins, and the refusal says so', async () => {
    const store = ours();
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, { status: 'canceled', deadline_at: undefined });
    };
    await expect(advance(store, { to: 'completed', attempt: 1, claim: 1 })).rejects.toMatchObject({
      code: 'already_ended',
      current: { status: 'canceled' },
    });
    expect(store.history).toEqual([]);
  });

  test('who only wrote progress in the same moment does not lose the end', async () => {
    const store = ours();
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, { progress: 70 });
    };
    expect(await advance(store, { to: 'completed', result: 1 })).toMatchObject({
      status: 'completed',
      progress: 100,
    });
  });
});

test('one that is past its time to live is not found', async () => {
  const store = ours({ status: 'failed', expires_at: SECONDS });
  await expect(advance(store, { to: 'completed' })).rejects.toEqual(refusal('not_found'));
});

test('one that is gone is not found', async () => {
  const store = ours();
  const gone = { change: async () => ({ written: false as const, assembly: undefined }) };
  const said = advanceAssembly(
    store.assembly,
    { to: 'completed' },
    { store: gone, retentionDays: 30, now: () => NOW },
  );
  await expect(said).rejects.toEqual(refusal('not_found'));
});

test('a word without an attempt is of the attempt that was there when it was said', async () => {
  const store = external({ status: 'processing', claim: 1 });
  const seen = store.assembly;
  become(store, { status: 'queued', attempt: 2 });
  await expect(advance(store, { to: 'completed' }, { seen })).rejects.toEqual(refusal('stale_update'));
  expect(store.assembly).toMatchObject({ status: 'queued', attempt: 2 });
});

describe('an assembly with recipients, which our own worker expands', () => {
  const LIST = { submission_count: 2, submission_counts: requeued(NO_SUBMISSIONS, 2) };
  const failure: Advance = { to: 'failed', attempt: 1, claim: 1, error: ERROR, transient: true };

  test('is left alone where its submissions were queued and the answer to that was lost', async () => {
    const store = ours({ ...LIST, max_retries: 0 });
    const seen = store.assembly;
    become(store, { expanded_at: STARTED });
    const expanded = store.assembly;
    expect(await advance(store, failure, { seen, retry: RETRY })).toEqual(expanded);
    expect(store.assembly).toEqual(expanded);
  });

  test('is not given back a second time by a worker that it was taken from', async () => {
    const store = external({ ...LIST, status: 'queued', claim: 1, max_retries: 3 });
    const queued = store.assembly;
    await advance(store, failure, { retry: RETRY });
    expect(store.assembly).toEqual(queued);
  });

  test('is not ended by a worker that it was taken from', async () => {
    const store = external({ ...LIST, status: 'queued', claim: 1, max_retries: 3 });
    const { transient: _transient, ...end } = failure;
    await expect(advance(store, end, { retry: RETRY })).rejects.toEqual(refusal('illegal_transition'));
  });
});
