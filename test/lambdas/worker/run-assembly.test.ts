import { jest } from '@jest/globals';
import { runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import { StepError } from '../../../lib/domain/assembly-error.ts';
import type { Json } from '../../../lib/domain/json.ts';
import type { Step } from '../../../lib/domain/template.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { dependenciesWith, messageFor, NOW, step } from './run-worker.ts';

async function run(steps: Step<unknown>[], store = new InMemoryAssemblyStore()) {
  const outcome = await runAssembly(messageFor(store.assembly), dependenciesWith(store, steps));
  return { outcome, store };
}

describe('an assembly', () => {
  test('is taken, run step by step and completed with what the last step returned', async () => {
    const seen: Json[] = [];
    const { outcome, store } = await run(
      [
        step('one', ({ fields }) => {
          seen.push(fields as Json);
          return { sum: 1 };
        }),
        step('two', ({ outputs }) => {
          seen.push(outputs as Json);
          return [2];
        }),
      ],
      new InMemoryAssemblyStore({ fields: { n: 7 } }),
    );
    expect(outcome).toBe('completed');
    expect(seen).toEqual([{ n: 7 }, { one: { sum: 1 } }]);
    expect(store.assembly).toMatchObject({ status: 'completed', claim: 1, result: [2], progress: 100 });
    expect(store.history[0]).toMatchObject({
      status: 'processing',
      claim: 1,
      started_at: NOW.toISOString(),
      deadline_at: NOW.getTime() / 1000 + 330,
    });
    expect(store.assembly.expires_at).toBe(NOW.getTime() / 1000 + 30 * 86_400);
    expect(store.assembly).not.toHaveProperty('deadline_at');
  });

  const STEPS = [
    [0, 'Doing one'],
    [50, 'Doing two'],
    [100, undefined],
  ];
  test('shows each step as it begins, the first with the claim itself', async () => {
    const { store } = await run([step('one', () => 1), step('two', () => 2)]);
    expect(store.history.map(({ progress, progress_message }) => [progress, progress_message])).toEqual(
      STEPS,
    );
  });

  test('of a message that does not name the template, as those of earlier releases, is worked on all the same', async () => {
    const store = new InMemoryAssemblyStore();
    const { template_id, ...message } = messageFor(store.assembly);
    const steps = [step('one', () => 1), step('two', () => 2)];
    expect(await runAssembly(message, dependenciesWith(store, steps))).toBe('completed');
    expect(store.history.map(({ progress, progress_message }) => [progress, progress_message])).toEqual([
      [0, undefined],
      ...STEPS,
    ]);
  });

  test('writes little of what a busy step reports, and nothing that goes back', async () => {
    const { store } = await run([
      step('busy', async ({ progress }) => {
        for (let n = 0; n <= 1_000; n += 1) progress(n / 1_000, `piece ${n}`);
        progress(0.2);
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        return null;
      }),
    ]);
    const written = store.history.map(({ progress }) => progress);
    expect(written).toEqual([...written].sort((a, b) => a - b));
    expect(written.length).toBeLessThanOrEqual(5);
  });

  test('whose step throws fails, as the fault of the step', async () => {
    const { outcome, store } = await run([
      step('one', () => 1),
      step('two', () => {
        throw new TypeError('x is not a function');
      }),
      step('three', () => 3),
    ]);
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({
      status: 'failed',
      progress: 33,
      error: {
        code: 'step_failed',
        category: 'WORKER_ERROR',
        params: { step: 'two' },
        details: 'TypeError: x is not a function',
      },
    });
    expect(store.assembly).not.toHaveProperty('result');
  });

  test('whose step throws a StepError fails in its words', async () => {
    const { store } = await run([
      step('one', () => {
        throw new StepError('no_rows', 'FILE_ERROR', 'The file has no rows.');
      }),
    ]);
    expect(store.assembly.error).toEqual({
      code: 'no_rows',
      category: 'FILE_ERROR',
      message: 'The file has no rows.',
    });
  });

  test('whose template is gone fails and names it', async () => {
    const { store } = await run(
      [step('one', () => 1)],
      new InMemoryAssemblyStore({ template_id: 'old-template' }),
    );
    expect(store.assembly.error).toMatchObject({
      code: 'template_missing',
      params: { template: 'old-template' },
    });
  });

  test('whose fields the template no longer accepts fails and says so', async () => {
    const { store } = await run(
      [step('one', () => 1)],
      new InMemoryAssemblyStore({ fields: { n: 'seven' } }),
    );
    expect(store.assembly.error).toMatchObject({
      code: 'fields_invalid',
      category: 'VALIDATION_ERROR',
      retryable: false,
    });
  });
});

describe('a message', () => {
  test.each([
    ['for an older claim', { claim: 1 }],
    ['for an older attempt', { attempt: 2 }],
    ['for one in work', { status: 'processing' as const }],
    ['for one that has ended', { status: 'completed' as const }],
    ['for one that has ended in part', { status: 'partial' as const }],
    ['for one that was canceled', { status: 'canceled' as const }],
  ])('%s is done with, and nothing runs', async (_, stored) => {
    const store = new InMemoryAssemblyStore(stored);
    const ran = jest.fn(() => 1);
    const message = { assembly_id: store.assembly.assembly_id, attempt: 1, claim: 0 };
    expect(await runAssembly(message, dependenciesWith(store, [step('one', ran)]))).toBe('skipped');
    expect(ran).not.toHaveBeenCalled();
    expect(store.history).toEqual([]);
  });

  test('that does not say whose it is, as those of earlier releases, is worked on all the same', async () => {
    const store = new InMemoryAssemblyStore();
    const { owner, ...message } = messageFor(store.assembly);
    expect(await runAssembly(message, dependenciesWith(store, [step('one', () => 1)]))).toBe('completed');
  });

  test('for one that is gone, which does not say whose it was, is done with', async () => {
    const store = new InMemoryAssemblyStore();
    const message = { assembly_id: 'f'.repeat(64), attempt: 1, claim: 0 };
    expect(await runAssembly(message, dependenciesWith(store, [step('one', () => 1)]))).toBe('skipped');
  });

  test('that comes twice runs once', async () => {
    const store = new InMemoryAssemblyStore();
    const ran = jest.fn(() => 1);
    const message = messageFor(store.assembly);
    const dependencies = dependenciesWith(store, [step('one', ran)]);
    const outcomes = await Promise.all([
      runAssembly(message, dependencies),
      runAssembly(message, dependencies),
    ]);
    expect(outcomes.sort()).toEqual(['completed', 'skipped']);
    expect(ran).toHaveBeenCalledTimes(1);
  });
});

describe('a worker that lost its assembly', () => {
  test.each([
    ['canceled', { status: 'canceled' as const }],
    ['taken by another', { claim: 2 }],
    ['restarted', { attempt: 2, status: 'queued' as const }],
  ])('because it was %s stops at the next step and writes nothing more', async (_, change) => {
    const store = new InMemoryAssemblyStore();
    const ran = jest.fn(() => 2);
    const { outcome } = await run(
      [
        step('one', () => {
          store.assembly = { ...store.assembly, ...change, version: store.assembly.version + 1 };
          return 1;
        }),
        step('two', ran),
      ],
      store,
    );
    expect(outcome).toBe('lost');
    expect(ran).not.toHaveBeenCalled();
    expect(store.assembly).toMatchObject(change);
  });

  test('during its last step does not overwrite what is there', async () => {
    const store = new InMemoryAssemblyStore();
    const { outcome } = await run(
      [
        step('one', () => {
          store.assembly = { ...store.assembly, status: 'canceled', version: store.assembly.version + 1 };
          return 1;
        }),
      ],
      store,
    );
    expect(outcome).toBe('lost');
    expect(store.assembly.status).toBe('canceled');
  });
});

describe('a database that does not answer', () => {
  const throttle = () =>
    Object.assign(new Error('slow down'), {
      name: 'ProvisionedThroughputExceededException',
      $fault: 'client',
    });

  test('costs progress, not the work', async () => {
    const store = new InMemoryAssemblyStore();
    store.beforeWrite = ({ set }) => {
      if (set.progress_message !== undefined && set.claim === undefined) throw throttle();
    };
    const { outcome } = await run([step('one', () => 1), step('two', () => 2)], store);
    expect(outcome).toBe('completed');
    expect(store.assembly).toMatchObject({ status: 'completed', result: 2 });
  });

  test('makes the message come again where the end cannot be written', async () => {
    const store = new InMemoryAssemblyStore();
    store.beforeWrite = ({ set }) => {
      if (set.status === 'completed') throw throttle();
    };
    await expect(run([step('one', () => 1)], store)).rejects.toThrow('slow down');
  });
});
