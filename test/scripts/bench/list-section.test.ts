import { growingLists, listSection } from '../../../scripts/bench/list-section.ts';

const page = (units: number) => ({ calls: 2, rows: 11, units, shown: 10 });
const sizes = [1_000, 10_000, 100_000];
const found = (...units: number[][]) => ({
  sizes,
  limit: 10,
  cases: [{ name: 'all', pages: units.map((each) => each.map(page)) }],
});

test('a list of which a page takes more with more jobs is not passed over', () => {
  const growing = found([5.5, 5.5], [5.5, 5.5], [5.5, 7]);
  expect(growingLists(growing)).toEqual(['all']);
  expect(listSection(growing)).toContain('**With more than 10,000 jobs, pages take more of: all.**');
});

test('a list that takes as much at every size is said to', () => {
  const flat = found([5.5, 5.5], [226, 5.5], [226, 6]);
  expect(growingLists(flat)).toEqual([]);
  expect(listSection(flat)).toContain('From 10,000 jobs on, no page of any list takes more.');
  expect(listSection(flat)).toContain('226 (11 rows, 10 shown)');
});
