import { readAssemblies } from '../../../lambdas/shared/read-assemblies.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const NOW_SECONDS = NOW.getTime() / 1000;
const id = (digit: string): string => digit.repeat(64);
const of = (digit: string, attributes: Partial<Assembly> = {}): Assembly =>
  sampleAssembly({ assembly_id: id(digit), ...attributes });

/** A table of which the cheap read sees the first and the consistent one the second. */
function reader(cheap: readonly Assembly[], stored = cheap) {
  const reads: (readonly [boolean, string])[] = [];
  const batch = {
    async *read(ids: readonly string[], { consistent }: { consistent: boolean }) {
      reads.push([consistent, ids.map((each) => each.charAt(0)).join('')]);
      yield* (consistent ? stored : cheap).filter(({ assembly_id }) => ids.includes(assembly_id));
    },
  };
  const read = async (digits: string, who: 'ada' | 'machine' = 'ada') => {
    const query = {
      assemblyIds: [...digits].map(id),
      sight: who === 'machine' ? ('all' as const) : { userId: who },
    };
    const found: string[] = [];
    for await (const { assembly_id, version } of readAssemblies(query, { batch, now: () => NOW }))
      found.push(`${assembly_id.charAt(0)}${version}`);
    return found.sort();
  };
  return { reads, read };
}

test('what may be shown takes one cheap read', async () => {
  const { reads, read } = reader([of('a'), of('b')]);
  expect(await read('ab')).toEqual(['a1', 'b1']);
  expect(reads).toEqual([[false, 'ab']]);
});

test('what the cheap read does not know yet is read again, and nothing else', async () => {
  const { reads, read } = reader([of('a')], [of('a', { version: 2 }), of('b')]);
  expect(await read('ab')).toEqual(['a1', 'b1']);
  expect(reads).toEqual([
    [false, 'ab'],
    [true, 'b'],
  ]);
});

// All that comes out as null takes both reads: the time tells nobody which it was.
test.each<[string, readonly Assembly[]]>([
  ['one that never was', []],
  ['one of somebody else', [of('b', { user_id: 'bob' })]],
  ['one that is past its time to live', [of('b', { status: 'failed', expires_at: NOW_SECONDS })]],
])('%s is not shown, after both reads', async (_, others) => {
  const { reads, read } = reader([of('a'), ...others]);
  expect(await read('ab')).toEqual(['a1']);
  expect(reads).toEqual([
    [false, 'ab'],
    [true, 'b'],
  ]);
});

test('one that the cheap read shows as it was before it was submitted anew is shown as it is', async () => {
  const old = of('a', { status: 'failed', expires_at: NOW_SECONDS, version: 9 });
  expect(await reader([old], [of('a')]).read('a')).toEqual(['a1']);
});

test('a machine sees those of all', async () => {
  const { reads, read } = reader([of('a'), of('b', { user_id: 'bob' })]);
  expect(await read('ab', 'machine')).toEqual(['a1', 'b1']);
  expect(reads).toEqual([[false, 'ab']]);
});
