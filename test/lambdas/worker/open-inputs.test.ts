import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { openInputs } from '../../../lambdas/worker/open-inputs.ts';
import { FileError } from '../../../lib/domain/assembly-error.ts';
import type { Input } from '../../../lib/domain/template.ts';
import { InMemoryAssemblyStore } from '../in-memory-assembly-store.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';

const [HELLO, WORLD] = uploadsOf('hello', 'world');

function inputsOf(stored: string | undefined): { input: Input; files: InMemoryFiles } {
  const { assembly } = new InMemoryAssemblyStore({ uploads: HELLO && [HELLO] });
  const files = new InMemoryFiles();
  if (stored !== undefined && HELLO) files.put(assembly.assembly_id, HELLO, stored);
  const [input] = openInputs(assembly, files);
  if (!input) throw new Error('there is no input');
  return { input, files };
}

test('are the uploads, in their order, with the parts of their names', () => {
  const described = { ...WORLD, name: 'archive.tar.gz', meta: { lot: 7 } } as NonNullable<typeof WORLD>;
  const { assembly } = new InMemoryAssemblyStore({ uploads: HELLO && [HELLO, described] });
  const stream = expect.any(Function);
  expect(openInputs(assembly, new InMemoryFiles())).toStrictEqual([
    { ...HELLO, basename: '0', ext: 'txt', meta: {}, stream },
    { ...described, basename: 'archive.tar', ext: 'gz', stream },
  ]);
});

test('an assembly without uploads has none', () => {
  expect(openInputs(new InMemoryAssemblyStore().assembly, new InMemoryFiles())).toEqual([]);
});

test('can be read, and read again', async () => {
  const { input } = inputsOf('hello');
  expect(await text(await input.stream())).toBe('hello');
  expect(await text(await input.stream())).toBe('hello');
});

test('are read as bytes', async () => {
  const { input } = inputsOf('hello');
  for await (const chunk of await input.stream()) expect(chunk).toBeInstanceOf(Buffer);
});

test.each([
  ['other bytes', 'hellO'],
  ['fewer bytes', 'hell'],
  ['more bytes', 'hello!'],
  ['no bytes', ''],
])('fail at the end where the file has %s', async (_, stored) => {
  const { input } = inputsOf(stored);
  const chunks: Buffer[] = [];
  const read = async () => {
    for await (const chunk of await input.stream()) chunks.push(chunk);
  };
  const error = await read().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({
    code: 'file_changed',
    category: 'FILE_ERROR',
    sentence: {
      en: 'The file “0.txt” is not the one that was announced: its md5 differs.',
      fr: 'Le fichier « 0.txt » n’est pas celui qui a été annoncé : son md5 diffère.',
    },
  });
});

test('fail at once where the file is gone', async () => {
  const error = await inputsOf(undefined)
    .input.stream()
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({
    code: 'file_missing',
    sentence: { en: 'The file “0.txt” is no longer in the bucket.' },
  });
});

test('a connection that breaks is not said to be another file', async () => {
  const { assembly } = new InMemoryAssemblyStore({ uploads: HELLO && [HELLO] });
  const broken = async () =>
    Readable.from(
      (function* () {
        yield Buffer.from('hel');
        throw new Error('ECONNRESET');
      })(),
      { objectMode: false },
    );
  const [input] = openInputs(assembly, { read: broken });
  const error = await input
    ?.stream()
    .then(buffer)
    .catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(FileError);
  expect(String(error)).toBe('Error: ECONNRESET');
});

test('who stops reading lets go of the connection', async () => {
  const { assembly } = new InMemoryAssemblyStore({ uploads: HELLO && [HELLO] });
  const source = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1_000);
    })(),
    { objectMode: false },
  );
  const closed = new Promise((resolve) => source.once('close', resolve));
  const [input] = openInputs(assembly, { read: async () => source });
  for await (const _ of (await input?.stream()) ?? []) break;
  await closed;
  expect(source.destroyed).toBe(true);
});
