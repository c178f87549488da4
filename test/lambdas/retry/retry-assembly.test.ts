import { retryAssembly } from '../../../lambdas/retry/retry-assembly.ts';
import { type OwnerLimiter, unlimited } from '../../../lambdas/shared/owner-limiter.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { uploadKey } from '../../../lib/domain/object-key.ts';
import type { Status } from '../../../lib/domain/state-machine.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';
import { sampleResult } from '../../lib/domain/sample-result.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';

const NOW = new Date('2026-11-21T12:00:10.000Z');
const SECONDS = NOW.getTime() / 1000;
const CONTENTS = ['one', 'two', 'three'];
const UPLOADS = uploadsOf(...CONTENTS);
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];

/** An ended assembly with three files, all of which are in the bucket, but for those that went. */
function ended(
  changes: Partial<Assembly> = {},
  { gone = [] as readonly string[], limiter = unlimited as OwnerLimiter } = {},
) {
  const store = new InMemoryAssemblyStore({
    status: 'failed',
    attempt: 2,
    claim: 3,
    max_retries: 3,
    uploads: UPLOADS,
    received: [ONE, TWO, THREE],
    deadline_at: undefined,
    expires_at: SECONDS + 86_400,
    ...changes,
  });
  const files = new InMemoryFiles();
  const asked: string[] = [];
  for (const [index, upload] of UPLOADS.entries())
    if (!gone.includes(upload.id)) files.put(store.assembly.assembly_id, upload, CONTENTS[index] ?? '');
  const has = files.has.bind(files);
  files.has = (key, size) => {
    asked.push(...UPLOADS.filter((upload) => key === uploadKey('a'.repeat(64), upload)).map(({ id }) => id));
    return has(key, size);
  };
  const retry = (attempt?: number, seen = store.assembly) =>
    retryAssembly(seen, attempt, { store, files, limiter, now: () => NOW });
  return { store, files, asked, retry };
}

const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

/** Two of three files were good. */
const PARTIAL: Partial<Assembly> = {
  status: 'partial',
  file_errors: { [TWO]: { code: 'black', category: 'FILE_ERROR', retryable: false } },
  results: { one: [sampleResult('3-1', ONE), sampleResult('3-2', THREE)], all: [sampleResult('3-3', '')] },
  result: { pictures: 2 },
};

describe('what ended as', () => {
  test.each<[Status, Partial<Assembly>]>([
    ['failed', { error: { code: 'worker_lost', category: 'WORKER_ERROR' } }],
    ['canceled', {}],
    ['partial', PARTIAL],
  ])('%s begins a new attempt, out of the same retries', async (status, changes) => {
    const { store, retry } = ended({ status, retry_count: 1, ...changes });
    const { assembly, restarted } = await retry();
    expect(restarted).toBe(true);
    expect(assembly).toMatchObject({
      status: 'queued',
      attempt: 3,
      claim: 3,
      retry_count: 2,
      max_retries: 3,
      progress: 0,
      queued_at: NOW.toISOString(),
      deadline_at: SECONDS + 900,
    });
    for (const name of ['error', 'file_errors', 'expires_at', 'ended_at', 'next_retry_at'])
      expect(assembly).not.toHaveProperty(name);
    expect(store.history).toEqual([assembly]);
  });

  test.each<Status>(['uploading', 'queued', 'processing', 'completed'])(
    '%s is returned as it is, and nobody looks for its files',
    async (status) => {
      const { store, asked, retry } = ended({ status, retry_count: 3, deadline_at: SECONDS });
      expect(await retry()).toEqual({ assembly: store.assembly, restarted: false, limits: {} });
      expect(asked).toEqual([]);
      expect(store.history).toEqual([]);
    },
  );
});

describe('the retries', () => {
  test.each<[Status, number, number]>([
    ['failed', 3, 3],
    ['canceled', 3, 3],
    ['partial', 3, 3],
    ['failed', 0, 0],
    ['failed', 4, 3],
  ])('of what is %s, %i of %i spent, end there', async (status, retry_count, max_retries) => {
    const { store, retry } = ended({ status, retry_count, max_retries });
    await expect(retry()).rejects.toMatchObject({
      code: 'retries_exhausted',
      message: expect.stringContaining(`${retry_count} of ${max_retries}`),
      current: store.assembly,
    });
    expect(store.history).toEqual([]);
  });

  test('are spent one by one', async () => {
    const { store, retry } = ended({ max_retries: 2 });
    for (const retry_count of [1, 2]) {
      expect((await retry()).assembly.retry_count).toBe(retry_count);
      become(store, { status: 'failed' });
    }
    await expect(retry()).rejects.toMatchObject({ code: 'retries_exhausted' });
  });
});

describe('the attempt that is named', () => {
  test('is repeated where it is the last one', async () => {
    expect(await ended().retry(2)).toMatchObject({ restarted: true, assembly: { attempt: 3 } });
  });

  test.each([1, 3])('is not repeated where the last one is 2: %i', async (attempt) => {
    const { store, retry } = ended({ retry_count: 3 });
    expect(await retry(attempt)).toEqual({ assembly: store.assembly, restarted: false, limits: {} });
    expect(store.history).toEqual([]);
  });

  test('is repeated once, even where its repetition has failed by the time the request comes again', async () => {
    const { store, retry } = ended();
    const seen = store.assembly;
    await retry(2);
    become(store, { status: 'failed' });
    expect(await retry(2)).toMatchObject({ restarted: false, assembly: { attempt: 3, status: 'failed' } });
    expect(await retry(2, seen)).toMatchObject({ restarted: false, assembly: { attempt: 3 } });
    expect(store.history).toHaveLength(1);
  });
});

describe('files that are gone', () => {
  test('are waited for', async () => {
    const { retry } = ended({}, { gone: [ONE, THREE] });
    const { assembly, restarted } = await retry();
    expect(restarted).toBe(true);
    expect(assembly).toMatchObject({
      status: 'uploading',
      attempt: 3,
      received: [TWO],
      uploading_since: NOW.toISOString(),
      deadline_at: SECONDS + 900,
    });
    expect(assembly).not.toHaveProperty('queued_at');
  });

  test('are waited for where a partial assembly needs them', async () => {
    const { retry } = ended(PARTIAL, { gone: [TWO] });
    expect((await retry()).assembly).toMatchObject({
      status: 'uploading',
      received: [ONE, THREE],
      redo: [TWO],
    });
  });

  test('are of no matter where a partial assembly does not need them', async () => {
    const { retry, asked } = ended(PARTIAL, { gone: [ONE, THREE] });
    expect((await retry()).assembly).toMatchObject({
      status: 'queued',
      received: [ONE, TWO, THREE],
      redo: [TWO],
    });
    expect(asked).toEqual([TWO]);
  });

  test('that nobody can look for restart nothing', async () => {
    const { store, files, retry } = ended();
    files.has = () => Promise.reject(new Error('slow down'));
    await expect(retry()).rejects.toThrow('slow down');
    expect(store.history).toEqual([]);
  });

  test('where there were none, it is queued', async () => {
    const { retry } = ended({ uploads: undefined, received: undefined });
    expect((await retry()).assembly).toMatchObject({ status: 'queued', attempt: 3 });
  });
});

describe('a partial assembly', () => {
  test('works on its failed files alone, and keeps what was made from the others', async () => {
    const { assembly } = await ended(PARTIAL).retry();
    expect(assembly).toMatchObject({
      redo: [TWO],
      results: { one: [sampleResult('3-1', ONE), sampleResult('3-2', THREE)] },
      result: { pictures: 2 },
    });
    // Made of all files, it would not be of all any more.
    expect(assembly.results).not.toHaveProperty('all');
  });

  test.each<Status>(['failed', 'canceled'])(
    'whose attempt at them was %s does the same again',
    async (status) => {
      const { store, retry } = ended(PARTIAL);
      await retry();
      // What a worker made of it until then goes, what is left from before stays.
      become(store, {
        status,
        results: { one: [sampleResult('3-1', ONE), sampleResult('3-2', THREE), sampleResult('4-1', TWO)] },
      });
      expect((await retry()).assembly).toMatchObject({
        status: 'queued',
        attempt: 4,
        redo: [TWO],
        result: { pictures: 2 },
      });
      expect(store.assembly.results).toEqual({ one: [sampleResult('3-1', ONE), sampleResult('3-2', THREE)] });
    },
  );

  test('of which a part of the failed files was mended goes on with the rest', async () => {
    const both = { ...PARTIAL.file_errors, [THREE]: { code: 'black', category: 'FILE_ERROR' as const } };
    const { store, retry } = ended({
      ...PARTIAL,
      file_errors: both,
      results: { one: [sampleResult('3-1', ONE)] },
    });
    expect((await retry()).assembly.redo).toEqual([TWO, THREE]);
    const { redo: _, ...rest } = store.assembly;
    store.assembly = rest;
    become(store, {
      status: 'partial',
      file_errors: { [THREE]: { code: 'black', category: 'FILE_ERROR' } },
      results: { one: [sampleResult('3-1', ONE), sampleResult('4-1', TWO)] },
    });
    expect((await retry()).assembly).toMatchObject({
      redo: [THREE],
      results: { one: [sampleResult('3-1', ONE), sampleResult('4-1', TWO)] },
    });
  });

  test('that an external worker ended does everything anew: nobody says what failed', async () => {
    const { retry } = ended({ status: 'partial', external: true, timeout_seconds: 3_600, result: 'some' });
    const { assembly } = await retry();
    expect(assembly).toMatchObject({ status: 'queued', deadline_at: SECONDS + 3_600 });
    for (const name of ['redo', 'result', 'results']) expect(assembly).not.toHaveProperty(name);
  });
});

describe('in one moment', () => {
  test('fifty requests begin one attempt', async () => {
    const { store, retry } = ended();
    const seen = store.assembly;
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => retry(undefined, seen)));
    expect(outcomes.filter(({ restarted }) => restarted)).toHaveLength(1);
    for (const { assembly } of outcomes) expect(assembly).toMatchObject({ status: 'queued', attempt: 3 });
    expect(store.assembly.retry_count).toBe(1);
    expect(store.history).toHaveLength(1);
  });

  test('a resubmission wins, and is what is told', async () => {
    const { store, retry } = ended({ retry_count: 2 });
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, { status: 'queued', attempt: 3, retry_count: 0 });
    };
    expect(await retry()).toMatchObject({ restarted: false, assembly: { attempt: 3, retry_count: 0 } });
    expect(store.history).toEqual([]);
  });

  test('another retry wins and fails at once, and no second one is begun', async () => {
    const { store, retry } = ended();
    store.beforeWrite = () => {
      store.beforeWrite = () => {};
      become(store, { attempt: 3, retry_count: 1 });
    };
    expect(await retry()).toMatchObject({ restarted: false, assembly: { attempt: 3, retry_count: 1 } });
    expect(store.history).toEqual([]);
  });

  test('one that is gone is not found', async () => {
    const { store, files } = ended();
    const gone = { change: async () => ({ written: false as const, assembly: undefined }) };
    const retried = retryAssembly(store.assembly, undefined, {
      store: gone,
      files,
      limiter: unlimited,
      now: () => NOW,
    });
    await expect(retried).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the limits of the owner', () => {
  const counting = () => {
    const turns: unknown[] = [];
    const limiter: OwnerLimiter = {
      async take(...turn) {
        turns.push(turn);
        return { ratelimit: 'left' };
      },
    };
    return { limiter, turns };
  };

  test('a new attempt takes a turn of the owner, and tells what is left', async () => {
    const { limiter, turns } = counting();
    const { retry } = ended({ tenant_id: 'acme' }, { limiter });
    expect(await retry()).toMatchObject({ restarted: true, limits: { ratelimit: 'left' } });
    expect(turns).toEqual([[{ user_id: 'user-1', tenant_id: 'acme' }, true, NOW]]);
  });

  test.each<[string, Partial<Assembly>]>([
    ['completed', { status: 'completed' }],
    ['under way', { status: 'queued', deadline_at: SECONDS }],
  ])('what is %s takes none', async (_, changes) => {
    const { limiter, turns } = counting();
    expect(await ended(changes, { limiter }).retry()).toMatchObject({ restarted: false, limits: {} });
    expect(turns).toEqual([]);
  });

  test('what has no retries left takes none', async () => {
    const { limiter, turns } = counting();
    const { retry } = ended({ retry_count: 3 }, { limiter });
    await expect(retry()).rejects.toMatchObject({ code: 'retries_exhausted' });
    expect(turns).toEqual([]);
  });

  test('without a turn nothing is written', async () => {
    const refusal = new WaybillError('too_many_open', 'No.');
    const limiter: OwnerLimiter = { take: () => Promise.reject(refusal) };
    const { retry, store } = ended({}, { limiter });
    await expect(retry()).rejects.toBe(refusal);
    expect(store.history).toEqual([]);
  });
});
