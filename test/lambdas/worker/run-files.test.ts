import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { FileError } from '../../../lib/domain/assembly-error.ts';
import { uploadKey } from '../../../lib/domain/object-key.ts';
import type { Input, StepContext } from '../../../lib/domain/template.ts';
import type { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { uploadsOf } from '../in-memory-files.ts';
import { runOn, step, type WorkerRun } from './run-worker.ts';

const readEach = step('read', async ({ eachInput }) => {
  await eachInput(async (input) => void (await text(await input.stream())));
  return 'read';
});

/** As if other bytes had been put in the place of an upload. */
const spoil =
  (...indexes: readonly number[]) =>
  ({ files, store, uploads }: Omit<WorkerRun, 'outcome'>): void => {
    for (const index of indexes) {
      const upload = uploads[index];
      if (upload) files.put(store.assembly.assembly_id, upload, 'other bytes');
    }
  };

const lose = ({ files, store, uploads: [first] }: Omit<WorkerRun, 'outcome'>): void => {
  if (first) files.objects.delete(uploadKey(store.assembly.assembly_id, first));
};

describe('the inputs', () => {
  test('reach every step, in the order of the submission', async () => {
    const seen: string[][] = [];
    const look = async ({ inputs }: StepContext) => {
      seen.push(
        await Promise.all(inputs.map(async (input) => `${input.name}: ${await text(await input.stream())}`)),
      );
      return null;
    };
    const { outcome } = await runOn(['one', 'two', 'one'], [step('a', look), step('b', look)]);
    expect(outcome).toBe('completed');
    expect(seen).toEqual(Array(2).fill(['0.txt: one', '1.txt: two', '2.txt: one']));
  });

  test('are worked on one after the other, and the reader sees which', async () => {
    const seen: string[] = [];
    const { store } = await runOn(
      ['one', 'two'],
      [
        step('read', async ({ eachInput }) => {
          await eachInput(async ({ name }) => {
            seen.push(`begin ${name}`);
            // As long as a progress write has to wait for the one before it.
            await setTimeout(1_050);
            seen.push(`end ${name}`);
          });
          return null;
        }),
      ],
    );
    expect(seen).toEqual(['begin 0.txt', 'end 0.txt', 'begin 1.txt', 'end 1.txt']);
    expect(
      store.history.map(({ progress, progress_message }) => [progress, progress_message]),
    ).toContainEqual([50, '1.txt (2/2)']);
  });

  test.each<[string, typeof lose, string]>([
    ['is gone', lose, 'file_missing'],
    ['holds other bytes', spoil(0), 'file_changed'],
  ])('one of several that %s is spoiled alone, and the assembly is partial', async (_, prepare, code) => {
    const { outcome, store, uploads } = await runOn(['one', 'two', 'three'], [readEach], { prepare });
    expect(outcome).toBe('partial');
    expect(store.assembly).toMatchObject({ status: 'partial', result: 'read', progress: 100 });
    expect(store.assembly).not.toHaveProperty('error');
    expect(Object.keys(store.assembly.file_errors ?? {})).toEqual([uploads[0]?.id]);
    expect(store.assembly.file_errors).toMatchObject({
      [uploads[0]?.id ?? '']: { code, category: 'FILE_ERROR' },
    });
  });

  test.each<[string, typeof lose, string]>([
    ['is gone', lose, 'file_missing'],
    ['holds other bytes', spoil(0), 'file_changed'],
  ])('the only one that %s fails the assembly in its own words', async (_, prepare, code) => {
    const { outcome, store, uploads } = await runOn(['one'], [readEach], { prepare });
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({
      status: 'failed',
      error: { code, category: 'FILE_ERROR' },
      file_errors: { [uploads[0]?.id ?? '']: { code } },
    });
    // A file that is gone is asked for again; the same bytes are never others.
    expect(store.assembly.error?.retryable).toBe(code === 'file_missing' ? undefined : false);
    expect(store.assembly).not.toHaveProperty('result');
  });

  test('all spoiled fail the assembly, and each has its reason', async () => {
    const { outcome, store, uploads } = await runOn(['one', 'two'], [readEach], { prepare: spoil(0, 1) });
    expect(outcome).toBe('failed');
    expect(store.assembly.error).toMatchObject({ code: 'file_changed', category: 'FILE_ERROR' });
    expect(Object.keys(store.assembly.file_errors ?? {})).toEqual(uploads.map(({ id }) => id));
  });

  test('all spoiled can be tried again where one of them may be better then', async () => {
    const both = (run: Omit<WorkerRun, 'outcome'>) => {
      spoil(1)(run);
      lose(run);
    };
    const { store } = await runOn(['one', 'two'], [readEach], { prepare: both });
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'file_changed' } });
    expect(store.assembly.error?.retryable).toBeUndefined();
  });

  test('spoiled by one step are not seen by the next, and all are in the end', async () => {
    const seen: string[][] = [];
    const spoilOne = (name: string) =>
      step(`spoil-${name[0]}`, async ({ inputs, eachInput }) => {
        seen.push(inputs.map((input) => input.name));
        await eachInput(async (input) => {
          if (input.name === name) throw new FileError('black', `${name} is black.`);
        });
        return null;
      });
    const { outcome, store, uploads } = await runOn(
      ['zero', 'one', 'two'],
      [spoilOne('1.txt'), spoilOne('2.txt'), step('last', ({ inputs }) => inputs.map(({ name }) => name))],
    );
    expect(outcome).toBe('partial');
    expect(seen).toEqual([
      ['0.txt', '1.txt', '2.txt'],
      ['0.txt', '2.txt'],
    ]);
    expect(store.assembly.result).toEqual(['0.txt']);
    expect(store.assembly.file_errors).toEqual({
      [uploads[1]?.id ?? '']: {
        code: 'black',
        category: 'FILE_ERROR',
        message: '1.txt is black.',
        retryable: false,
      },
      [uploads[2]?.id ?? '']: {
        code: 'black',
        category: 'FILE_ERROR',
        message: '2.txt is black.',
        retryable: false,
      },
    });
  });

  test('are innocent of any other error: it fails the step, and the files after it are not begun', async () => {
    const begun: string[] = [];
    const { outcome, store } = await runOn(
      ['one', 'two'],
      [
        step('crash', async ({ eachInput }) => {
          await eachInput(async ({ name }) => {
            begun.push(name);
            throw new TypeError('x is not a function');
          });
          return null;
        }),
      ],
    );
    expect(outcome).toBe('failed');
    expect(begun).toEqual(['0.txt']);
    expect(store.assembly.error).toMatchObject({ code: 'step_failed', params: { step: 'crash' } });
    expect(store.assembly).not.toHaveProperty('file_errors');
  });

  test('that are read outside of eachInput fail the step where they are not what was announced', async () => {
    const reading = step('all', async ({ inputs }) => {
      for (const input of inputs) await text(await input.stream());
      return null;
    });
    const { store } = await runOn(['one', 'two'], [reading], { prepare: spoil(1) });
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'file_changed' } });
  });

  test('that end as a result of other bytes leave no result', async () => {
    const copy = step('copy', async ({ eachInput, result }) => {
      await eachInput(async (input) =>
        result(input.name, await input.stream(), { mime: input.mime, original: input }),
      );
      return null;
    });
    const { outcome, store, uploads } = await runOn(['one', 'two'], [copy], { prepare: spoil(0) });
    expect(outcome).toBe('partial');
    expect(store.assembly.results).toMatchObject({
      copy: [{ name: '1.txt', size: 3, original_id: uploads[1]?.id }],
    });
    expect(store.assembly.results?.copy).toHaveLength(1);
  });
});

describe('the results', () => {
  const made = (...names: readonly string[]) =>
    step(`make-${names[0]}`, async ({ result }) => {
      for (const name of names)
        await result(name, Readable.from([`bytes of ${name}`]), { mime: 'text/plain' });
      return null;
    });

  test('are listed by step and lie under the claim that made them', async () => {
    const { store, files } = await runOn([], [made('a', 'b'), made('c')], { stored: { claim: 4 } });
    const file = (id: string, name: string) => ({
      id,
      name,
      size: 10,
      mime: 'text/plain',
      field: '',
      original_id: '',
    });
    expect(store.assembly).toMatchObject({ status: 'completed', claim: 5 });
    expect(store.assembly.results).toEqual({
      'make-a': [file('5-1', 'a'), file('5-2', 'b')],
      'make-c': [file('5-3', 'c')],
    });
    expect(files.textOf(`results/${'a'.repeat(64)}/5-3`)).toBe('bytes of c');
  });

  test('of a step are seen before the next one runs', async () => {
    let stored: InMemoryAssemblyStore | undefined;
    let seen: Assembly | undefined;
    const look = step('look', () => {
      seen = stored?.assembly;
      return null;
    });
    await runOn([], [made('a'), look], {
      prepare: ({ store }) => {
        stored = store;
      },
    });
    expect(seen).toMatchObject({
      status: 'processing',
      progress: 50,
      progress_message: 'Doing look',
      results: { 'make-a': [{ name: 'a' }] },
    });
  });

  test('there were none: the assembly has no list of them', async () => {
    const { store } = await runOn([], [step('one', () => 1)]);
    expect(store.assembly.results ?? {}).toEqual({});
    expect(store.assembly).not.toHaveProperty('file_errors');
  });

  test('that were made before a step failed stay', async () => {
    const { store } = await runOn(
      [],
      [
        made('a'),
        step('two', () => {
          throw new Error('x');
        }),
      ],
    );
    expect(store.assembly).toMatchObject({ status: 'failed', results: { 'make-a': [{ name: 'a' }] } });
  });

  test('that the bucket does not take fail the step', async () => {
    const { store } = await runOn([], [made('a')], {
      prepare: ({ files }) => {
        files.beforeWrite = () => {
          throw new Error('slow down');
        };
      },
    });
    expect(store.assembly).toMatchObject({
      status: 'failed',
      error: { code: 'step_failed', details: 'Error: slow down' },
    });
  });

  const KB = 1024;
  const many = (kilobytes: number) =>
    step('many', async ({ result }) => {
      const meta = { a: 'x'.repeat(KB - 100) };
      for (let n = 0; n < kilobytes; n += 1) await result(`${n}`, Buffer.from('a'), { mime: 'a/b', meta });
      return null;
    });
  const crash = step('crash', () => {
    throw new Error('x');
  });
  const bytesOf = (assembly: Assembly): number => Buffer.byteLength(JSON.stringify(assembly));

  // An item of DynamoDB holds 400 KB.
  test('are kept up to what an item has room for', async () => {
    const { outcome, store } = await runOn([], [many(370)]);
    expect(outcome).toBe('completed');
    expect(store.assembly.results?.many).toHaveLength(370);
    expect(bytesOf(store.assembly)).toBeGreaterThan(350 * KB);
  });

  test('beyond that fail the assembly, which keeps none of them', async () => {
    const { outcome, store } = await runOn([], [many(400)]);
    expect(outcome).toBe('failed');
    expect(store.assembly.error).toEqual({
      code: 'result_too_large',
      category: 'WORKER_ERROR',
      retryable: false,
      params: { limit: 380 },
    });
    expect(store.assembly).not.toHaveProperty('result');
    expect(store.assembly.results ?? {}).toEqual({});
  });

  test('beyond that do not hide why a step failed', async () => {
    const { store } = await runOn([], [many(400), crash]);
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'step_failed' } });
    expect(bytesOf(store.assembly)).toBeLessThan(400 * KB);
  });

  test('do not keep the end from being written, whatever else was to be said', async () => {
    const contents = Array.from({ length: 20 }, (_, index) => `${index}`);
    const spoilMost = step('spoil', async ({ eachInput }) => {
      const long = 'é'.repeat(900);
      await eachInput(async ({ name }) => {
        if (name !== '0.txt')
          throw new FileError('black', { en: long, fr: long }, { cause: 'x'.repeat(2_000) });
      });
      return null;
    });
    // The results are written with the progress at the beginning of the second step.
    const { outcome, store } = await runOn(contents, [many(330), step('two', () => null), spoilMost]);
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'result_too_large' } });
  });

  test('share the item with the uploads', async () => {
    const uploads = uploadsOf(...Array.from({ length: 90 }, (_, index) => `${index}`)).map((upload) => ({
      ...upload,
      meta: { a: 'x'.repeat(1_000) },
    }));
    const { store } = await runOn([], [many(300)], { stored: { uploads } });
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'result_too_large' } });
  });

  test('that have no room leave it to the reasons of the files', async () => {
    const spoilFirst = step('spoil', async ({ eachInput }) => {
      await eachInput(async ({ name }) => {
        if (name === '0.txt') throw new FileError('black', 'It is black.');
      });
      return null;
    });
    const { store, uploads } = await runOn(['one', 'two'], [spoilFirst, many(400), crash]);
    expect(store.assembly).toMatchObject({ status: 'failed', error: { code: 'step_failed' } });
    expect(Object.keys(store.assembly.file_errors ?? {})).toEqual([uploads[0]?.id]);
    expect(store.assembly.results ?? {}).toEqual({});
  });
});

describe('the folder of a run', () => {
  const folders: string[] = [];
  const useFolder = step('use', ({ tempFolder }) => {
    folders.push(tempFolder);
    writeFileSync(join(tempFolder, 'scratch'), 'x');
    return null;
  });
  const fail = step('fail', () => {
    throw new Error('x');
  });

  test.each([
    ['completed', [useFolder], {}],
    ['failed', [useFolder, fail], {}],
  ])('is one for all its steps and gone when it has %s', async (outcome, steps) => {
    const look = step('look', ({ tempFolder }) => {
      folders.push(tempFolder);
      return existsSync(join(tempFolder, 'scratch'));
    });
    const [first, ...others] = steps;
    const run = await runOn([], [...(first ? [first] : []), look, ...others]);
    expect(run.outcome).toBe(outcome);
    const [folder, same] = folders.splice(0);
    expect(folder).toBe(same);
    expect(existsSync(folder ?? '')).toBe(false);
    if (outcome === 'completed') expect(run.store.assembly.result).toBe(true);
  });

  test('is gone when the end could not be written', async () => {
    const run = runOn([], [useFolder], {
      prepare: ({ store }) => {
        store.beforeWrite = ({ set }) => {
          if (set.status === 'completed') throw new Error('slow down');
        };
      },
    });
    await expect(run).rejects.toThrow('slow down');
    expect(existsSync(folders.splice(0)[0] ?? '')).toBe(false);
  });

  test('is another for each run', async () => {
    await Promise.all([runOn([], [useFolder]), runOn([], [useFolder])]);
    expect(new Set(folders.splice(0)).size).toBe(2);
  });
});

describe('the signal', () => {
  /** Ends as soon as the signal says so, and tells what it said. */
  const untilAborted = (seen: unknown[]) =>
    step('wait', async ({ signal, progress }) => {
      signal.addEventListener('abort', () => seen.push(signal.reason));
      while (!signal.aborted) {
        progress(0.5, `at ${performance.now()}`);
        await setTimeout(20);
      }
      signal.throwIfAborted();
      return null;
    });

  test.each([
    ['canceled', { status: 'canceled' as const }, 'already_ended'],
    ['taken by another', { claim: 2 }, 'stale_update'],
  ])('is given while a step runs whose assembly was %s, and nothing is written', async (_, change, code) => {
    const seen: unknown[] = [];
    const { outcome, store } = await runOn([], [untilAborted(seen)], {
      prepare: (run) => {
        run.store.beforeWrite = ({ set }) => {
          if (!set.progress_message?.startsWith('at ')) return;
          run.store.assembly = { ...run.store.assembly, ...change, version: run.store.assembly.version + 1 };
        };
      },
    });
    expect(outcome).toBe('lost');
    expect(seen).toEqual([expect.objectContaining({ code })]);
    expect(store.assembly).toMatchObject(change);
    expect(store.history.map(({ status }) => status)).toEqual(['processing']);
  });

  test('is given when the work takes too long, and that is how the assembly ends', async () => {
    const seen: unknown[] = [];
    const never = step('never', () => 'no');
    const { outcome, store } = await runOn([], [untilAborted(seen), never], { runSeconds: 0.05 });
    expect(outcome).toBe('failed');
    expect(seen).toHaveLength(1);
    expect(store.assembly).toMatchObject({
      status: 'failed',
      error: { code: 'worker_timeout', category: 'WORKER_ERROR', params: { seconds: 0.05 } },
    });
  });

  test('breaks off eachInput before the next file', async () => {
    const begun: string[] = [];
    const slow = step('slow', async ({ eachInput }) => {
      await eachInput(async ({ name }: Input) => {
        begun.push(name);
        await setTimeout(100);
      });
      return null;
    });
    const { store } = await runOn(['one', 'two', 'three'], [slow], { runSeconds: 0.05 });
    expect(store.assembly.error).toMatchObject({ code: 'worker_timeout' });
    await setTimeout(150);
    expect(begun).toEqual(['0.txt']);
  });

  test('may be ignored: the assembly ends all the same, with what was made by then', async () => {
    const left = Promise.withResolvers<void>();
    const { outcome, store, files } = await runOn(
      [],
      [
        step('deaf', async ({ result }) => {
          await result('early', Buffer.from('a'), { mime: 'a/b' });
          await left.promise;
          await result('late', Buffer.from('b'), { mime: 'a/b' }).catch(() => {});
          return 'late';
        }),
      ],
      { runSeconds: 0.2 },
    );
    expect(outcome).toBe('failed');
    expect(store.assembly).toMatchObject({
      error: { code: 'worker_timeout' },
      results: { deaf: [{ name: 'early' }] },
    });
    left.resolve();
    await setTimeout(10);
    expect(files.objects.size).toBe(1);
    expect(store.assembly.results?.deaf).toHaveLength(1);
    expect(store.assembly).not.toHaveProperty('result');
  });

  test('of a step that fails late, after it was left behind, disturbs nobody', async () => {
    const left = Promise.withResolvers<never>();
    const { store } = await runOn([], [step('deaf', () => left.promise)], { runSeconds: 0.05 });
    left.reject(new Error('too late'));
    await setTimeout(10);
    expect(store.assembly.error).toMatchObject({ code: 'worker_timeout' });
  });

  test('is not given to work that is done in time', async () => {
    let given: AbortSignal | undefined;
    const { outcome } = await runOn(
      [],
      [
        step('quick', ({ signal }) => {
          given = signal;
          return null;
        }),
      ],
      { runSeconds: 0.3 },
    );
    expect(outcome).toBe('completed');
    await setTimeout(350);
    expect(given?.aborted).toBe(false);
  });
});
