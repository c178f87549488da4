import { retryAssembly } from '../../../lambdas/retry/retry-assembly.ts';
import { unlimited } from '../../../lambdas/shared/owner-limiter.ts';
import { runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import { type Assembly, MAX_RESULT_FILE_BYTES } from '../../../lib/domain/assembly.ts';
import { FileError } from '../../../lib/domain/assembly-error.ts';
import type { Json } from '../../../lib/domain/json.ts';
import type { Step } from '../../../lib/domain/template.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';
import { dependenciesWith, messageFor, NOW, runOn, step } from './run-worker.ts';

const ID = 'a'.repeat(64);
const KB = 1_024;
const text = (bytes: number): string => 'x'.repeat(bytes - 2);
const returning = (value: Json): Step<unknown> => step('one', () => value);
const fileOf = (id: string, size: number) => ({
  id,
  name: 'result.json',
  size,
  mime: 'application/json',
  field: '',
  original_id: '',
});

describe('what the last step returned', () => {
  test('is in the status up to 32 KB', async () => {
    const { store, files } = await runOn([], [returning(text(32 * KB))]);
    expect(store.assembly).toMatchObject({ status: 'completed', result: text(32 * KB) });
    expect(store.assembly).not.toHaveProperty('result_file');
    expect(files.objects.size).toBe(0);
  });

  test('is in a file beside it where it is a byte larger', async () => {
    const { store, files } = await runOn([], [returning(text(32 * KB + 1))], { stored: { claim: 4 } });
    expect(store.assembly).toMatchObject({
      status: 'completed',
      progress: 100,
      result_file: fileOf('5-1', 32 * KB + 1),
    });
    expect(store.assembly).not.toHaveProperty('result');
    expect(store.assembly.results ?? {}).toEqual({});
    expect(files.textOf(`results/${ID}/5-1`)).toBe(JSON.stringify(text(32 * KB + 1)));
    expect(files.objects.get(`results/${ID}/5-1`)?.mime).toBe('application/json');
  });

  test('is counted in bytes and not in characters', async () => {
    const { store } = await runOn([], [returning('é'.repeat(16 * KB))]);
    expect(store.assembly.result_file).toEqual(fileOf('1-1', 32 * KB + 2));
  });

  test('has an id of its own beside the files that the steps kept', async () => {
    const keep = step('keep', async ({ result }) => {
      await result('a.txt', Buffer.from('a'), { mime: 'text/plain' });
      return null;
    });
    const { store } = await runOn([], [keep, returning(text(40 * KB))]);
    expect(store.assembly).toMatchObject({
      results: { keep: [{ id: '1-1', name: 'a.txt' }] },
      result_file: { id: '1-2' },
    });
  });

  test('is not more than 100 MB', async () => {
    const { outcome, store, files } = await runOn([], [returning(text(MAX_RESULT_FILE_BYTES + 1))]);
    expect(outcome).toBe('failed');
    expect(store.assembly.error).toEqual({
      code: 'result_too_large',
      category: 'WORKER_ERROR',
      retryable: false,
      params: { limit: 102_400 },
    });
    expect(files.objects.size).toBe(0);
  });

  test('is made once more where the bucket did not take it', async () => {
    let refused = 0;
    const { outcome, store } = await runOn([], [returning(text(40 * KB))], {
      stored: { max_retries: 1 },
      prepare: ({ files }) => {
        files.beforeWrite = () => {
          refused += 1;
          throw new Error('slow down');
        };
      },
    });
    expect([outcome, refused]).toEqual(['queued', 1]);
    expect(store.assembly).toMatchObject({ status: 'queued', retry_count: 1 });
    expect(store.assembly).not.toHaveProperty('result_file');
  });
});

/** Of two files the second is spoiled; the step returns one entry for each file that it has seen, and pads it to that size. */
function padding() {
  const uploads = uploadsOf('one', 'two');
  const store = new InMemoryAssemblyStore({ uploads, received: uploads.map(({ id }) => id), max_retries: 5 });
  const files = new InMemoryFiles();
  for (const [index, upload] of uploads.entries()) files.put(ID, upload, ['one', 'two'][index] ?? '');
  const set = { spoiled: true, size: 40 * KB, asks: true };
  const seen: Json[] = [];
  const pad = step('pad', async ({ eachInput, previousResult }) => {
    const before = ((set.asks && (await previousResult())) || []) as string[];
    seen.push(before.map((entry) => entry.slice(0, 5)));
    const entries: string[] = [];
    await eachInput(async ({ name }) => {
      if (set.spoiled && name === '1.txt') throw new FileError('black', 'It is black.');
      entries.push(name.padEnd(set.size));
    });
    return [...before.map((entry) => entry.slice(0, set.size)), ...entries];
  });
  const run = () => runAssembly(messageFor(store.assembly), dependenciesWith(store, [pad], { files }));
  const retry = () =>
    retryAssembly(store.assembly, undefined, { store, files, limiter: unlimited, now: () => NOW });
  return { store, files, set, seen, run, retry };
}

describe('an attempt at the failed files', () => {
  const without = (assembly: Assembly, name: string) => expect(assembly).not.toHaveProperty(name);

  test('is given what was returned before, and leaves a larger file in its place', async () => {
    const { store, files, set, seen, run, retry } = padding();
    expect(await run()).toBe('partial');
    expect(store.assembly.result_file?.id).toBe('1-1');
    await retry();
    set.spoiled = false;
    expect(await run()).toBe('completed');
    expect(seen).toEqual([[], ['0.txt']]);
    expect(store.assembly.result_file?.id).toBe('2-1');
    expect(JSON.parse(files.textOf(`results/${ID}/2-1`) ?? '')).toHaveLength(2);
    without(store.assembly, 'result');
  });

  test('leaves one result, whether it outgrew the status or fits into it now', async () => {
    const { store, set, run, retry } = padding();
    set.size = 20 * KB;
    await run();
    expect(store.assembly.result).toHaveLength(1);
    await retry();
    set.spoiled = false;
    await run();
    expect(store.assembly.result_file).toMatchObject({ id: '2-1' });
    without(store.assembly, 'result');

    const shrinking = padding();
    await shrinking.run();
    await shrinking.retry();
    shrinking.set.spoiled = false;
    shrinking.set.size = 10;
    await shrinking.run();
    expect(shrinking.store.assembly.result).toHaveLength(2);
    without(shrinking.store.assembly, 'result_file');
  });

  test('fails where the file is gone, and submitting again would do everything anew', async () => {
    const { store, files, run, retry } = padding();
    await run();
    files.objects.delete(`results/${ID}/1-1`);
    await retry();
    expect(await run()).toBe('failed');
    expect(store.assembly.error).toMatchObject({ code: 'result_missing', retryable: false });
  });
});

test('an attempt at the failed files that asks for no result does not need its file', async () => {
  const { store, files, set, run, retry } = padding();
  await run();
  files.objects.delete(`results/${ID}/1-1`);
  await retry();
  Object.assign(set, { spoiled: false, asks: false });
  expect(await run()).toBe('completed');
  expect(store.assembly.result_file).toMatchObject({ id: '2-1' });
});

test('every other attempt begins without the file of the one before', async () => {
  const { store, set, run, retry } = padding();
  set.spoiled = false;
  await run();
  store.assembly = { ...store.assembly, status: 'failed' };
  await retry();
  expect(store.assembly).toMatchObject({ status: 'queued', attempt: 2 });
  for (const name of ['result', 'result_file', 'results']) expect(store.assembly).not.toHaveProperty(name);
});
