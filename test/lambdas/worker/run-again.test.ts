import { jest } from '@jest/globals';
import { recoverAssembly } from '../../../lambdas/sweep/recover-assembly.ts';
import { runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import { type Assembly, MAX_RESULT_FILE_BYTES } from '../../../lib/domain/assembly.ts';
import { FileError, StepError, ValidationError } from '../../../lib/domain/assembly-error.ts';
import type { Step } from '../../../lib/domain/template.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { ManualClock } from '../manual-clock.ts';
import { dependenciesWith, messageFor, NOW, runOn, step } from './run-worker.ts';

const SECONDS = NOW.getTime() / 1000;
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

const throwing = (error: unknown) =>
  step('one', () => {
    throw error;
  });
const makeOne = step('make', async ({ result, progress }) => {
  await result('a.txt', Buffer.from('a'), { mime: 'text/plain' });
  progress(1);
  return 'made';
});

/** As if somebody else had written it. */
const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

describe('a run that failed by an error that may not come again', () => {
  test('is given back: the same attempt waits for another, from its beginning', async () => {
    const { outcome, store } = await runOn([], [makeOne, throwing(new TypeError('fetch failed'))], {
      stored: { max_retries: 3, queued_at: at(-5) },
    });
    expect(outcome).toBe('queued');
    const error = { code: 'step_failed', category: 'WORKER_ERROR', params: { step: 'one' } };
    expect(store.assembly).toMatchObject({
      status: 'queued',
      attempt: 1,
      claim: 1,
      retry_count: 1,
      progress: 0,
      queued_at: at(0),
      next_retry_at: at(10),
      deadline_at: SECONDS + 10 + 900,
    });
    expect(store.assembly.attempts).toStrictEqual([
      { attempt: 1, status: 'queued', started_at: at(0), ended_at: at(0), error },
    ]);
    // The results were seen while the run went on.
    expect(store.history.at(-2)).toMatchObject({ progress: 50, results: { make: [{ name: 'a.txt' }] } });
    for (const name of ['results', 'result', 'error', 'progress_message', 'started_at', 'expires_at'])
      expect(store.assembly).not.toHaveProperty(name);
  });

  test.each<[number, number, number]>([
    [0, 10, 10],
    [1, 10, 20],
    [4, 10, 160],
    [9, 10, 750],
    [0, 600, 600],
    [3, 600, 750],
  ])('after %i retries, with a base of %i s, is repeated in %i s', async (retry_count, baseSeconds, wait) => {
    const { store } = await runOn([], [throwing(new Error('x'))], {
      stored: { max_retries: 10, retry_count },
      dependencies: { retry: { baseSeconds, random: () => 0.5 } },
    });
    expect(store.assembly).toMatchObject({ next_retry_at: at(wait), retry_count: retry_count + 1 });
  });

  test('is repeated until the retries are spent, and then fails with the step’s own error', async () => {
    const store = new InMemoryAssemblyStore({ max_retries: 2 });
    let runs = 0;
    const fail = step('one', () => {
      runs += 1;
      throw new StepError('model_busy', 'WORKER_ERROR', `Busy for the ${runs}. time.`, { cause: 'HTTP 503' });
    });
    const outcomes: string[] = [];
    while (store.assembly.status === 'queued')
      outcomes.push(await runAssembly(messageFor(store.assembly), dependenciesWith(store, [fail])));
    expect(outcomes).toEqual(['queued', 'queued', 'failed']);
    expect(store.assembly).toMatchObject({
      status: 'failed',
      attempt: 1,
      claim: 3,
      retry_count: 2,
      error: { code: 'model_busy', message: 'Busy for the 3. time.', details: 'HTTP 503' },
    });
    expect(store.assembly).not.toHaveProperty('next_retry_at');
    expect(store.assembly.attempts).toMatchObject([
      { attempt: 1, status: 'queued', error: { message: 'Busy for the 1. time.' } },
      { attempt: 1, status: 'queued', error: { message: 'Busy for the 2. time.' } },
      { attempt: 1, status: 'failed', error: { message: 'Busy for the 3. time.' } },
    ]);
  });

  test('that goes well the next time leaves only its record', async () => {
    const store = new InMemoryAssemblyStore({ max_retries: 3 });
    await runAssembly(messageFor(store.assembly), dependenciesWith(store, [throwing(new Error('x'))]));
    const taken: (string | undefined)[] = [];
    const good = step('one', () => {
      taken.push(store.assembly.next_retry_at);
      return 'good';
    });
    expect(await runAssembly(messageFor(store.assembly), dependenciesWith(store, [good]))).toBe('completed');
    expect(taken).toEqual([undefined]);
    expect(store.assembly).toMatchObject({ status: 'completed', result: 'good', retry_count: 1, claim: 2 });
    expect(store.assembly.attempts?.map(({ status }) => status)).toEqual(['queued', 'completed']);
    expect(store.assembly).not.toHaveProperty('error');
  });

  test('is begun again by none of the messages of the run before', async () => {
    const store = new InMemoryAssemblyStore({ max_retries: 3 });
    const first = messageFor(store.assembly);
    await runAssembly(first, dependenciesWith(store, [throwing(new Error('x'))]));
    const ran = jest.fn(() => 1);
    expect(await runAssembly(first, dependenciesWith(store, [step('one', ran)]))).toBe('skipped');
    expect(ran).not.toHaveBeenCalled();
  });

  test('by being out of time is one of them', async () => {
    const { outcome, store } = await runOn([], [step('deaf', () => new Promise(() => {}))], {
      runSeconds: 0.05,
      stored: { max_retries: 1 },
    });
    expect(outcome).toBe('queued');
    expect(store.assembly).toMatchObject({
      retry_count: 1,
      attempts: [{ status: 'queued', error: { code: 'worker_timeout', params: { seconds: 0.05 } } }],
    });
  });

  test('is given back once where the answer to that was lost', async () => {
    const store = new InMemoryAssemblyStore({ max_retries: 3 });
    const change = store.change.bind(store);
    let writes = 0;
    store.change = async (id, asked, now) => {
      const outcome = await change(id, asked, now);
      if (asked.set.status === 'queued') writes += 1;
      if (asked.set.status === 'queued' && writes === 1)
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      return outcome;
    };
    const dependencies = dependenciesWith(store, [throwing(new Error('x'))]);
    expect(await runAssembly(messageFor(store.assembly), dependencies)).toBe('queued');
    expect(writes).toBe(2);
    expect(store.assembly).toMatchObject({ status: 'queued', retry_count: 1 });
    expect(store.history.filter(({ status }) => status === 'queued')).toHaveLength(1);
  });
});

describe('a run that would fail again', () => {
  test.each<[string, Step<unknown>, string]>([
    ['a file at fault', throwing(new FileError('black', 'It is black.')), 'black'],
    [
      'a file that is to be uploaded again',
      throwing(new FileError('gone', 'G.', { retryable: true })),
      'gone',
    ],
    ['a value at fault', throwing(new ValidationError('no_rows', 'It has no rows.')), 'no_rows'],
    [
      'a step that says so',
      throwing(new StepError('sold_out', 'WORKER_ERROR', 'Sold out.', { retryable: false })),
      'sold_out',
    ],
    ['a result that is too large', step('one', () => 'x'.repeat(MAX_RESULT_FILE_BYTES)), 'result_too_large'],
  ])('ends the attempt at once, whatever retries are left: %s', async (_, failing, code) => {
    const { outcome, store } = await runOn([], [failing], { stored: { max_retries: 3 } });
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({
      status: 'failed',
      retry_count: 0,
      error: { code },
      attempts: [{ attempt: 1, status: 'failed', started_at: at(0), error: { code } }],
    });
    expect(store.assembly.attempts?.[0]?.error).not.toHaveProperty('details');
  });

  test.each<[string, Partial<Assembly>, string]>([
    ['fields that are no longer accepted', { fields: { n: 'seven' } }, 'fields_invalid'],
    ['fields that are gone', { fields_md5: 'f'.repeat(32) }, 'fields_missing'],
    ['a template that is gone', { template_id: 'old-template' }, 'template_missing'],
  ])('ends the attempt at once: %s', async (_, stored, code) => {
    const { outcome, store } = await runOn([], [makeOne], { stored: { max_retries: 3, ...stored } });
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({ retry_count: 0, error: { code } });
  });
});

describe('a run that goes well', () => {
  test('is in the history as well', async () => {
    const { store } = await runOn([], [makeOne]);
    expect(store.assembly.attempts).toStrictEqual([
      { attempt: 1, status: 'completed', started_at: at(0), ended_at: at(0) },
    ]);
  });
});

describe('while a step runs', () => {
  /** A worker on a clock of its own, in the middle of a step that looks at nothing but its signal. */
  async function inTheMiddle({ isLast = false } = {}) {
    const clock = new ManualClock(NOW);
    const store = new InMemoryAssemblyStore({ max_retries: 3 });
    const aborted: unknown[] = [];
    const left = Promise.withResolvers<string>();
    const later = jest.fn(() => 'later');
    const deaf = step('deaf', ({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(signal.reason));
      return left.promise;
    });
    const { now, after, pause } = clock;
    const dependencies = {
      ...dependenciesWith(store, isLast ? [deaf] : [deaf, step('later', later)], { runSeconds: 300 }),
      now,
      after: after.bind(clock),
      pause: pause.bind(clock),
      // Of the disk, only real time would tell when it is there.
      makeTempFolder: async () => ({ path: '/nowhere', remove: async () => {} }),
    };
    const running = runAssembly(messageFor(store.assembly), dependencies);
    await clock.advance(1_000);
    expect(store.assembly).toMatchObject({ status: 'processing', claim: 1 });
    return { clock, store, aborted, left, later, running, dependencies };
  }

  test('a cancel is noticed within 4 s: the step is told, and nothing more is written', async () => {
    const { clock, store, aborted, later, running } = await inTheMiddle();
    become(store, { status: 'canceled' });
    const canceled = store.assembly;
    const { length } = store.history;
    await clock.advance(4_000);
    expect(await running).toBe('lost');
    expect(aborted).toEqual([expect.objectContaining({ code: 'stale_update' })]);
    await clock.advance(600_000);
    expect(later).not.toHaveBeenCalled();
    expect(store.assembly).toBe(canceled);
    expect(store.history).toHaveLength(length);
    expect(clock.planned).toBe(0);
  });

  test.each<[string, Partial<Assembly>]>([
    ['another worker took it', { claim: 2 }],
    ['sweep took it back, under the same claim', { status: 'queued', retry_count: 1 }],
    ['it was canceled and began anew', { status: 'queued', attempt: 2, retry_count: 1 }],
  ])('%s: the step is told, and nothing more is written', async (_, changes) => {
    const { clock, store, aborted, running } = await inTheMiddle();
    become(store, changes);
    const { assembly } = store;
    await clock.advance(4_000);
    expect(await running).toBe('lost');
    expect(aborted).toHaveLength(1);
    expect(store.assembly).toBe(assembly);
  });

  test.each<[string, Partial<Assembly>]>([
    ['it was canceled', { status: 'canceled' }],
    ['another worker took it', { claim: 2 }],
    ['sweep took it back, under the same claim', { status: 'queued', retry_count: 1 }],
  ])('%s: an end in the 4 s before that is noticed is refused', async (_, changes) => {
    const { clock, store, left, running } = await inTheMiddle({ isLast: true });
    become(store, changes);
    const { assembly } = store;
    left.resolve('done');
    await clock.advance(0);
    expect(await running).toBe('lost');
    expect(store.assembly).toBe(assembly);
  });

  test('the step after it does not begin where it was canceled in the 4 s before', async () => {
    const { clock, store, left, later, running } = await inTheMiddle();
    become(store, { status: 'canceled' });
    const canceled = store.assembly;
    left.resolve('done');
    await clock.advance(0);
    expect(await running).toBe('lost');
    expect(later).not.toHaveBeenCalled();
    expect(store.assembly).toBe(canceled);
  });

  test('reads that fail cost the work nothing', async () => {
    const { clock, store, aborted, left, running } = await inTheMiddle();
    store.get = () => Promise.reject(new Error('slow down'));
    await clock.advance(60_000);
    left.resolve('done');
    await clock.advance(0);
    expect(await running).toBe('completed');
    expect(aborted).toEqual([]);
    expect(store.assembly).toMatchObject({ status: 'completed', result: 'later' });
    expect(clock.planned).toBe(0);
  });

  test('its time ends: the attempt waits for another run, and what the step does then is nobody’s', async () => {
    const { clock, store, left, running } = await inTheMiddle();
    await clock.advance(300_000);
    expect(await running).toBe('queued');
    const given = store.assembly;
    expect(given.attempts).toMatchObject([{ status: 'queued', error: { code: 'worker_timeout' } }]);
    left.resolve('late');
    await clock.advance(600_000);
    expect(store.assembly).toBe(given);
    expect(clock.planned).toBe(0);
  });

  test('sweep takes it back when its lease is over, and the late end of the old worker is refused', async () => {
    const { clock, store, left, running, dependencies } = await inTheMiddle({ isLast: true });
    // The old worker’s process stands still, as if frozen; only the clock of sweep goes on.
    const sweep = {
      ...dependencies,
      now: () => new Date(NOW.getTime() + 331_000),
      files: { has: async () => false },
      jobs: { send: async () => {} },
      tallyQueue: { send: async () => {} },
      uploadTimeoutSeconds: 86_400,
    };
    expect(await recoverAssembly(store.assembly, sweep)).toBe('retried');
    const taken = store.assembly;
    expect(taken).toMatchObject({ status: 'queued', claim: 1, retry_count: 1 });
    left.resolve('late');
    await clock.advance(0);
    expect(await running).toBe('lost');
    expect(store.assembly).toBe(taken);
  });
});
