import { planJobs } from '../../../scripts/chaos/plan-jobs.ts';
import { seededRandom } from '../../../scripts/chaos/seeded-random.ts';

const USERS = ['a', 'b', 'c'];
const plan = (seed: number, jobs = 1_000) => planJobs({ jobs, users: USERS, random: seededRandom(seed) });

test('the same seed plans the same jobs, another one others', () => {
  expect(plan(1)).toEqual(plan(1));
  expect(plan(1)).not.toEqual(plan(2));
});

test('a short run has every kind as well', () => {
  const kinds = new Set(plan(1).map(({ kind }) => kind));
  expect(new Set(plan(1, 100).map(({ kind }) => kind))).toEqual(kinds);
  expect(kinds.size).toBe(10);
});

test('no two jobs are the same', () => {
  expect(new Set(plan(1).map(({ nonce }) => nonce)).size).toBe(1_000);
});
