import type { ListCase, ListFigures, PageCost } from './list.ts';
import { markdownTable } from './markdown-table.ts';
import { section } from './section.ts';

const count = (value: number): string => value.toLocaleString('en');
const cell = ({ units, rows, shown }: PageCost): string => `${units} (${count(rows)} rows, ${shown} shown)`;

/** From here on no list may take more: below, there is less than one request may read. */
const FLAT_FROM = 10_000;
/** Rows of one list differ by some bytes, and a read begins a new unit with each 4 KB. */
const SLACK_UNITS = 1;

export const listSection = ({ sizes, limit, cases }: ListFigures): string =>
  section(
    'Lists',
    'list',
    `Read units of a page of ${limit}, for an owner with so many jobs of one file; in brackets the rows of indexes that were read, and how many jobs the page shows. Of twenty jobs one is in each open state, one failed and one canceled; fifty of the oldest ended in part, and all others completed. Of each list the first page, one in the middle and one at its end; the rare template has ten jobs, the oldest. \`list --full\` goes on to a million.`,
    markdownTable(
      ['list', ...sizes.flatMap((size) => [`${count(size)}: first`, 'middle', 'last'])],
      cases.map(({ name, pages }) => [
        name,
        ...pages.flatMap((each) => [0, 1, 2].map((at) => (each[at] ? cell(each[at]) : ''))),
      ]),
    ),
    listVerdict({ sizes, cases }),
  );

/** The lists of which some page takes more with more jobs. */
export function growingLists({ sizes, cases }: Pick<ListFigures, 'sizes' | 'cases'>): readonly string[] {
  const from = sizes.findIndex((size) => size >= FLAT_FROM);
  const grows = ({ pages }: ListCase): boolean =>
    pages
      .slice(from + 1)
      .some((larger) =>
        larger.some(({ units }, at) => units > (pages[from]?.[at]?.units ?? 0) + SLACK_UNITS),
      );
  return cases.filter(grows).map(({ name }) => name);
}

function listVerdict(figures: Pick<ListFigures, 'sizes' | 'cases'>): string {
  const growing = growingLists(figures);
  return growing.length === 0
    ? `From ${count(FLAT_FROM)} jobs on, no page of any list takes more. Below, there is less than one request may read of what is rare, or counts.`
    : `**With more than ${count(FLAT_FROM)} jobs, pages take more of: ${growing.join('; ')}.**`;
}
