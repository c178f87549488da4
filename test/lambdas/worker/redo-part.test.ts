import { text } from 'node:stream/consumers';
import { retryAssembly } from '../../../lambdas/retry/retry-assembly.ts';
import { unlimited } from '../../../lambdas/shared/owner-limiter.ts';
import { runAssembly } from '../../../lambdas/worker/run-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { FileError } from '../../../lib/domain/assembly-error.ts';
import type { Json } from '../../../lib/domain/json.ts';
import type { Step } from '../../../lib/domain/template.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';
import { dependenciesWith, messageFor, NOW, step } from './run-worker.ts';

const CONTENTS = ['one', 'two', 'three'];
const UPLOADS = uploadsOf(...CONTENTS);
const [ONE, TWO, THREE] = UPLOADS.map(({ id }) => id) as [string, string, string];

/** An assembly of three files, and a template of one step that copies them and counts the copies. */
function copier() {
  const store = new InMemoryAssemblyStore({
    uploads: UPLOADS,
    received: [ONE, TWO, THREE],
    max_retries: 5,
  });
  const files = new InMemoryFiles();
  for (const [index, upload] of UPLOADS.entries())
    files.put(store.assembly.assembly_id, upload, CONTENTS[index] ?? '');
  const seen: { inputs: string[]; previousResult?: Json }[] = [];
  /** Names of files that are spoiled, and an error that the step throws after its work. */
  const fault: { spoiled: string[]; after?: Error } = { spoiled: [] };
  const copy: Step<unknown> = step('copy', async ({ inputs, eachInput, result, previousResult }) => {
    const before = await previousResult();
    seen.push({ inputs: inputs.map(({ name }) => name), previousResult: before });
    let copies = typeof before === 'number' ? before : 0;
    await eachInput(async (input) => {
      if (fault.spoiled.includes(input.name)) throw new FileError('black', `${input.name} is black.`);
      await result(`copy of ${input.name}`, Buffer.from(await text(await input.stream())), {
        mime: 'text/plain',
        original: input,
      });
      copies += 1;
    });
    if (fault.after) throw fault.after;
    return copies;
  });
  const run = () => runAssembly(messageFor(store.assembly), dependenciesWith(store, [copy], { files }));
  const retry = () =>
    retryAssembly(store.assembly, undefined, { store, files, limiter: unlimited, now: () => NOW });
  const copies = (): string[] => (store.assembly.results?.copy ?? []).map(({ id, name }) => `${id} ${name}`);
  return { store, files, seen, fault, run, retry, copies };
}

/** Two of three files are done, the second is spoiled, and its redo waits for a worker. */
async function partial() {
  const copying = copier();
  copying.fault.spoiled = ['1.txt'];
  expect(await copying.run()).toBe('partial');
  expect(copying.copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt']);
  expect(copying.store.assembly).toMatchObject({ result: 2, file_errors: { [TWO]: { code: 'black' } } });
  copying.seen.length = 0;
  await copying.retry();
  return copying;
}

const become = (store: InMemoryAssemblyStore, changes: Partial<Assembly>): void => {
  store.assembly = { ...store.assembly, ...changes, version: store.assembly.version + 1 };
};

describe('an attempt at the failed files', () => {
  test('works on them alone, and completes with what was made before and now', async () => {
    const { store, fault, run, seen, copies } = await partial();
    fault.spoiled = [];
    expect(await run()).toBe('completed');
    expect(seen).toEqual([{ inputs: ['1.txt'], previousResult: 2 }]);
    // The claim is part of the id: what stays keeps its own, and its links open.
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt', '2-1 copy of 1.txt']);
    expect(store.assembly).toMatchObject({ status: 'completed', attempt: 2, result: 3, retry_count: 1 });
    for (const name of ['redo', 'file_errors', 'error']) expect(store.assembly).not.toHaveProperty(name);
  });

  test('that fail again is partial again, and the good ones stay', async () => {
    const { store, run, copies } = await partial();
    expect(await run()).toBe('partial');
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt']);
    expect(store.assembly).toMatchObject({
      status: 'partial',
      attempt: 2,
      result: 2,
      file_errors: { [TWO]: { code: 'black' } },
    });
    expect(store.assembly).not.toHaveProperty('error');
  });

  test('can be followed by another, after it was partial again', async () => {
    const { fault, run, retry, seen, copies } = await partial();
    await run();
    fault.spoiled = [];
    await retry();
    expect(await run()).toBe('completed');
    expect(seen.map(({ inputs }) => inputs)).toEqual([['1.txt'], ['1.txt']]);
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt', '3-1 copy of 1.txt']);
  });

  test('of which a part is mended is partial for the rest', async () => {
    const copying = copier();
    copying.fault.spoiled = ['1.txt', '2.txt'];
    await copying.run();
    await copying.retry();
    copying.fault.spoiled = ['2.txt'];
    expect(await copying.run()).toBe('partial');
    expect(copying.copies()).toEqual(['1-1 copy of 0.txt', '2-1 copy of 1.txt']);
    expect(Object.keys(copying.store.assembly.file_errors ?? {})).toEqual([THREE]);
    copying.fault.spoiled = [];
    await copying.retry();
    expect(await copying.run()).toBe('completed');
    expect(copying.seen.map(({ inputs }) => inputs)).toEqual([
      ['0.txt', '1.txt', '2.txt'],
      ['1.txt', '2.txt'],
      ['2.txt'],
    ]);
    expect(copying.store.assembly.result).toBe(3);
  });

  test('that failed by something else keeps what was made before, for the next one to add to', async () => {
    const { store, fault, run, retry, seen, copies } = await partial();
    fault.spoiled = [];
    fault.after = new FileError('x', 'Something else.');
    expect(await run()).toBe('failed');
    // What was made by then is shown, as of every attempt that failed.
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt', '2-1 copy of 1.txt']);
    expect(store.assembly).toMatchObject({ status: 'failed', redo: [TWO], result: 2 });
    fault.after = undefined;
    await retry();
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt']);
    expect(await run()).toBe('completed');
    expect(seen).toEqual(Array(2).fill({ inputs: ['1.txt'], previousResult: 2 }));
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt', '3-1 copy of 1.txt']);
    expect(store.assembly.result).toBe(3);
  });

  test('that met an error that may not come again is repeated at the same files, and nothing is there twice', async () => {
    const { store, fault, run, seen, copies } = await partial();
    fault.spoiled = [];
    fault.after = new TypeError('fetch failed');
    expect(await run()).toBe('queued');
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt']);
    expect(store.assembly).toMatchObject({ status: 'queued', attempt: 2, redo: [TWO], result: 2 });
    fault.after = undefined;
    expect(await run()).toBe('completed');
    expect(seen).toEqual(Array(2).fill({ inputs: ['1.txt'], previousResult: 2 }));
    expect(copies()).toEqual(['1-1 copy of 0.txt', '1-2 copy of 2.txt', '3-1 copy of 1.txt']);
    expect(store.assembly).toMatchObject({ status: 'completed', attempt: 2, result: 3 });
  });

  test('shows what was made before while it runs', async () => {
    const { store, files, fault, copies } = await partial();
    fault.spoiled = [];
    const shown: string[][] = [];
    const look = (name: string) =>
      step(name, () => {
        shown.push(copies());
        return null;
      });
    const steps = [look('first'), look('second')];
    await runAssembly(messageFor(store.assembly), dependenciesWith(store, steps, { files }));
    expect(shown).toEqual(Array(2).fill(['1-1 copy of 0.txt', '1-2 copy of 2.txt']));
  });
});

test('every other attempt sees all files, and nothing of the one before', async () => {
  const { store, fault, run, seen, copies } = copier();
  fault.spoiled = ['1.txt'];
  await run();
  // As a resubmission of what failed or was canceled does.
  const { redo: _, results: __, file_errors: ___, ...anew } = store.assembly;
  store.assembly = anew;
  become(store, { status: 'queued', attempt: 2 });
  fault.spoiled = [];
  expect(await run()).toBe('completed');
  expect(store.history.at(-2)?.result).toBe(2);
  expect(seen.at(-1)).toEqual({ inputs: ['0.txt', '1.txt', '2.txt'], previousResult: undefined });
  expect(copies()).toHaveLength(3);
});
