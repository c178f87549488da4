import { RecentAssemblies } from '../../../lambdas/submission-worker/recent-assemblies.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { NOW } from './run-submission.ts';

function assemblies() {
  const reads: [string, boolean][] = [];
  const given = { now: NOW, stored: sampleAssembly() as Assembly | undefined, fails: false };
  const store = {
    get: async (id: string, { consistent }: { consistent: boolean }) => {
      reads.push([id, consistent]);
      if (given.fails) throw new Error('throttled');
      return given.stored;
    },
  };
  return { reads, given, recent: new RecentAssemblies({ store, now: () => given.now }) };
}

const any = (): boolean => true;
const after = (ms: number): Date => new Date(NOW.getTime() + ms);

test('one that ten messages speak of at once is read once, and again after a second', async () => {
  const { reads, given, recent } = assemblies();
  await Promise.all(Array.from({ length: 10 }, () => recent.get('a', any)));
  given.now = after(999);
  await recent.get('a', any);
  expect(reads).toEqual([['a', false]]);
  given.now = after(1_000);
  await recent.get('a', any);
  expect(reads).toHaveLength(2);
});

test('each assembly is one of its own', async () => {
  const { reads, recent } = assemblies();
  await recent.get('a', any);
  await recent.get('b', any);
  expect(reads.map(([id]) => id)).toEqual(['a', 'b']);
});

test('one that does not fit is read as it is now: a new attempt is younger than the copy', async () => {
  const { reads, given, recent } = assemblies();
  await recent.get('a', any);
  given.stored = sampleAssembly({ attempt: 2 });
  expect(await recent.get('a', ({ attempt }) => attempt === 2)).toMatchObject({ attempt: 2 });
  expect(reads).toEqual([
    ['a', false],
    ['a', true],
  ]);
});

test('one that was not found is looked for as it is now', async () => {
  const { reads, given, recent } = assemblies();
  given.stored = undefined;
  expect(await recent.get('a', any)).toBeUndefined();
  expect(reads).toEqual([
    ['a', false],
    ['a', true],
  ]);
});

test('a read that failed is told to all who wait for it, and not kept', async () => {
  const { given, recent } = assemblies();
  given.fails = true;
  const outcomes = await Promise.allSettled([recent.get('a', any), recent.get('a', any)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  given.fails = false;
  expect(await recent.get('a', any)).toBeDefined();
});

test('of many assemblies it does not keep all', async () => {
  const { reads, recent } = assemblies();
  for (let index = 0; index < 101; index++) await recent.get(`a${index}`, any);
  await recent.get('a0', any);
  expect(reads).toHaveLength(102);
});
