import { mostWithin } from '../../../scripts/bench/statistics.ts';

test.each([
  [0, []],
  [1, [0, 1_000, 2_000]],
  [2, [0, 999, 2_000]],
  [3, [5_000, 100, 5_999, 5_500, 6_001]],
])('%d of %j fall into one second', (most, times) => {
  expect(mostWithin(times, 1_000)).toBe(most);
});
