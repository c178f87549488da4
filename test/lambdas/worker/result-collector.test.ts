import { Readable } from 'node:stream';
import { ResultCollector } from '../../../lambdas/worker/result-collector.ts';
import { InMemoryFiles } from '../in-memory-files.ts';

const ID = 'a0'.repeat(32);
const original = { id: '5d41402abc4b2a76b9719d911017c592-2', field: 'portrait' };

function collector(claim = 3) {
  const files = new InMemoryFiles();
  const { signal } = new AbortController();
  return { files, results: new ResultCollector({ assembly_id: ID, claim }, { store: files, signal }) };
}

test('there are none at first', () => {
  expect(collector().results.files).toEqual({});
});

test('are kept by step, in their order, and lie under the claim that made them', async () => {
  const { files, results } = collector();
  await results.add('resize', 'small.webp', Buffer.from('small'), { mime: 'image/webp', original });
  await results.add('report', 'README', Buffer.from('read me'), { mime: 'text/plain', meta: { pages: 1 } });
  await results.add('resize', 'large.webp', Buffer.from('large!'), { mime: 'image/webp', original });
  expect(results.files).toStrictEqual({
    resize: [
      {
        id: '3-1',
        name: 'small.webp',
        size: 5,
        mime: 'image/webp',
        field: 'portrait',
        original_id: original.id,
      },
      {
        id: '3-3',
        name: 'large.webp',
        size: 6,
        mime: 'image/webp',
        field: 'portrait',
        original_id: original.id,
      },
    ],
    report: [
      {
        id: '3-2',
        name: 'README',
        size: 7,
        mime: 'text/plain',
        field: '',
        original_id: '',
        meta: { pages: 1 },
      },
    ],
  });
  expect(files.textOf(`results/${ID}/3-2`)).toBe('read me');
  expect(files.objects.get(`results/${ID}/3-3`)).toEqual({
    bytes: Buffer.from('large!'),
    mime: 'image/webp',
  });
});

test('of two claims never lie in one place', async () => {
  const [one, two] = [collector(1), collector(11)];
  for (const { results } of [one, two])
    for (let n = 0; n < 12; n += 1) await results.add('a', 'a', Buffer.from('a'), { mime: 'a/b' });
  const keys = [...one.files.objects.keys(), ...two.files.objects.keys()];
  expect(new Set(keys).size).toBe(24);
});

test.each([
  ['a buffer', () => Buffer.from('é'.repeat(500)), 1_000],
  ['an array of bytes that is part of another', () => new Uint8Array(1_000).subarray(10, 30), 20],
  ['a stream', () => Readable.from([Buffer.alloc(600), Buffer.alloc(401)], { objectMode: false }), 1_001],
  ['a stream of text', () => Readable.from(['é'.repeat(10), 'a']), 21],
  ['nothing', () => new Uint8Array(), 0],
])('have the size of %s', async (_, body, size) => {
  const { files, results } = collector();
  await results.add('a', 'a.bin', body(), { mime: 'a/b' });
  expect(results.files).toMatchObject({ a: [{ size }] });
  expect(files.objects.get(`results/${ID}/3-1`)?.bytes).toHaveLength(size);
});

test('are there only when they are in the bucket', async () => {
  const { files, results } = collector();
  const written = Promise.withResolvers<void>();
  files.beforeWrite = () => written.promise;
  const added = results.add('a', 'a.bin', Buffer.from('a'), { mime: 'a/b' });
  expect(results.files).toEqual({});
  written.resolve();
  await added;
  expect(results.files).toMatchObject({ a: [{ id: '3-1' }] });
});

test('that cannot be written are not there, and their place stays empty', async () => {
  const { files, results } = collector();
  files.beforeWrite = () => {
    throw new Error('slow down');
  };
  const add = () => results.add('a', 'a.bin', Buffer.from('a'), { mime: 'a/b' });
  await expect(add()).rejects.toThrow('slow down');
  expect(results.files).toEqual({});
  files.beforeWrite = () => {};
  await add();
  expect(results.files).toMatchObject({ a: [{ id: '3-2' }] });
});

test('whose stream breaks are not there', async () => {
  const { results } = collector();
  const broken = new Readable({ read: () => void broken.destroy(new Error('broken')) });
  await expect(results.add('a', 'a.bin', broken, { mime: 'a/b' })).rejects.toThrow('broken');
  expect(results.files).toEqual({});
});

test('of work that is of no use any more are not written', async () => {
  const files = new InMemoryFiles();
  const abort = new AbortController();
  const results = new ResultCollector({ assembly_id: ID, claim: 1 }, { store: files, signal: abort.signal });
  abort.abort(new Error('canceled'));
  await expect(results.add('a', 'a', Buffer.from('a'), { mime: 'a/b' })).rejects.toThrow('canceled');
  expect(files.objects.size).toBe(0);
});

test('may have 2 KB of meta and not a byte more, and what is refused is not written', async () => {
  const { files, results } = collector();
  const metaOf = (bytes: number) => ({ a: 'x'.repeat(bytes - '{"a":""}'.length) });
  const add = (meta: { a: string }) => results.add('a', 'a', Buffer.from('a'), { mime: 'a/b', meta });
  await add(metaOf(2_048));
  await expect(add(metaOf(2_049))).rejects.toThrow('2048 bytes');
  await expect(add({ a: 'é'.repeat(1_021) })).rejects.toThrow('2048 bytes');
  expect(results.files).toMatchObject({ a: [{ id: '3-1' }] });
  expect(files.objects.size).toBe(1);
});

test('with a long name get one that fits', async () => {
  const { results } = collector();
  await results.add('a', `${'é'.repeat(200)}.webp`, Buffer.from('a'), { mime: 'a/b' });
  expect(results.files).toMatchObject({ a: [{ name: `${'é'.repeat(125)}.webp` }] });
});

test('the list that was handed out does not grow', async () => {
  const { results } = collector();
  await results.add('a', 'a', Buffer.from('a'), { mime: 'a/b' });
  const before = results.files;
  await results.add('a', 'b', Buffer.from('b'), { mime: 'a/b' });
  expect(before).toMatchObject({ a: [{ name: 'a' }] });
  expect(before.a).toHaveLength(1);
});
