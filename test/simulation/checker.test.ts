import { violationsOf } from './invariants.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { PLANTED_FAN_OUT_BUGS } from './planted-fan-out-bugs.ts';
import { simulate } from './world.ts';

/** Each bug must show within so many seeds: the run has fifty times as many. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

test.each([...PLANTED_BUGS, ...PLANTED_FAN_OUT_BUGS])(
  'the checker sees $name, as $breaks',
  async ({ breaks, plant, options }) => {
    const seen: string[] = [];
    for (const seed of SEEDS) {
      const world = await simulate(seed, { jobs: 20, ...options, plant });
      seen.push(...violationsOf(world).map(({ invariant }) => invariant));
      if (seen.includes(breaks)) return;
    }
    throw new Error(`Not seen as ${breaks} in ${SEEDS.length} seeds, but as ${seen.join(', ') || 'nothing'}`);
  },
);

test('the same seed gives the same history, whatever ran before', async () => {
  const hashes: string[] = [];
  for (const seed of [7, 8, 9, 9, 8, 7]) hashes.push((await simulate(seed)).history.hash());
  expect(hashes.slice(0, 3)).toEqual(hashes.slice(3).reverse());
});

test('different seeds give different histories', async () => {
  const hashes = new Set<string>();
  for (let seed = 1; seed <= 30; seed += 1) hashes.add((await simulate(seed, { jobs: 3 })).history.hash());
  expect(hashes.size).toBe(30);
});
