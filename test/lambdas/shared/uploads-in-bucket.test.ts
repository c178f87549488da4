import { uploadsInBucket } from '../../../lambdas/shared/uploads-in-bucket.ts';
import { InMemoryFiles, uploadsOf } from '../in-memory-files.ts';

const ID = 'a'.repeat(64);
const UPLOADS = uploadsOf('one', 'two', 'one');
const [ONE, TWO, COPY] = UPLOADS as [
  (typeof UPLOADS)[number],
  (typeof UPLOADS)[number],
  (typeof UPLOADS)[number],
];

test('those that are there are found, in their order', async () => {
  const files = new InMemoryFiles();
  files.put(ID, COPY, 'one');
  files.put(ID, ONE, 'one');
  expect(await uploadsInBucket({ assembly_id: ID }, UPLOADS, files)).toEqual([ONE.id, COPY.id]);
});

test('one of another size, or of another assembly, is not that', async () => {
  const files = new InMemoryFiles();
  files.put(ID, ONE, 'only');
  files.put('b'.repeat(64), TWO, 'two');
  expect(await uploadsInBucket({ assembly_id: ID }, UPLOADS, files)).toEqual([]);
});

test('without uploads nobody looks', async () => {
  const files = { has: () => Promise.reject(new Error('looked')) };
  expect(await uploadsInBucket({ assembly_id: ID }, [], files)).toEqual([]);
});

test('a bucket that does not answer is told, and is no file that is missing', async () => {
  const files = { has: () => Promise.reject(new Error('slow down')) };
  await expect(uploadsInBucket({ assembly_id: ID }, UPLOADS, files)).rejects.toThrow('slow down');
});
