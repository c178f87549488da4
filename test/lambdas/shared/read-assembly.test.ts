import { readAssembly } from '../../../lambdas/shared/read-assembly.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { Sight } from '../../../lib/domain/owner.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const ID = 'a0'.repeat(32);
const notFound = expect.objectContaining({ code: 'not_found' });

/** A table of which the cheap read sees the first and the consistent one the second. */
function reader(cheap: Assembly | undefined, stored = cheap) {
  const reads: boolean[] = [];
  const store = {
    get: async (_: string, { consistent }: { consistent: boolean }) => {
      reads.push(consistent);
      return consistent ? stored : cheap;
    },
  };
  const read = (query: { sight?: Sight; minVersion?: number } = {}) =>
    readAssembly({ assemblyId: ID, sight: { userId: 'ada' }, ...query }, { store, now: () => NOW });
  return { reads, read };
}

test('the owner sees it with one cheap read', async () => {
  const assembly = sampleAssembly();
  const { read, reads } = reader(assembly);
  expect(await read()).toBe(assembly);
  expect(reads).toEqual([false]);
});

test('what the cheap read does not know yet is read again', async () => {
  const assembly = sampleAssembly();
  const { read, reads } = reader(undefined, assembly);
  expect(await read()).toBe(assembly);
  expect(reads).toEqual([false, true]);
});

describe('a reader who knows of a version', () => {
  const [older, newer] = [sampleAssembly({ version: 3 }), sampleAssembly({ version: 4 })];

  test('is not shown an older one', async () => {
    const { read, reads } = reader(older, newer);
    expect(await read({ minVersion: 4 })).toBe(newer);
    expect(reads).toEqual([false, true]);
  });

  test('is shown what there is where that never was', async () => {
    expect(await reader(older).read({ minVersion: 9 })).toBe(older);
  });

  test('is shown that one with one read', async () => {
    const { read, reads } = reader(newer);
    expect(await read({ minVersion: 4 })).toBe(newer);
    expect(reads).toEqual([false]);
  });
});

// Both kinds of 404 take both reads: the time tells nobody which it was.
test.each<[string, Assembly | undefined]>([
  ['one that never was', undefined],
  ['one of somebody else', sampleAssembly({ user_id: 'bob' })],
  ['one that is past its time to live', sampleAssembly({ status: 'failed', expires_at: NOW_SECONDS })],
])('%s is not found, after both reads', async (_, stored) => {
  const { read, reads } = reader(stored);
  await expect(read()).rejects.toEqual(notFound);
  expect(reads).toEqual([false, true]);
});

test('every refusal says the same', async () => {
  const refusals = [undefined, sampleAssembly({ user_id: 'bob' })].map((stored) =>
    reader(stored)
      .read()
      .catch((error: Error) => error.message),
  );
  const [never, theirs] = await Promise.all(refusals);
  expect(never).toEqual(expect.any(String));
  expect(theirs).toBe(never);
});

test('a machine sees those of all', async () => {
  const assembly = sampleAssembly({ user_id: 'bob' });
  const { reads, read } = reader(assembly);
  expect(await read({ sight: 'all' })).toBe(assembly);
  expect(reads).toEqual([false]);
});

test('one that is still to be gone in a second is shown', async () => {
  const assembly = sampleAssembly({ status: 'failed', expires_at: NOW_SECONDS + 1 });
  expect(await reader(assembly).read()).toBe(assembly);
});
