import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A row of a table of docs/seeds.md. */
export interface Row {
  /** The heading of the page under which it stands. */
  readonly system: string;
  /** Those of its table. */
  readonly headers: readonly [string, string];
  readonly theirs: string;
  readonly ours: string;
}

export const seedsPage = readFileSync(join(import.meta.dirname, '../../docs/seeds.md'), 'utf8');

/** What stands between backticks, links and all. */
export const codeIn = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** The rows of every table that maps a system, in the order of the page. */
export function rowsOf(page: string): Row[] {
  const [, ...sections] = page.split(/^## /m);
  return sections.flatMap((section) => {
    const system = section.slice(0, section.indexOf('\n'));
    return [...section.matchAll(/(?:^\|.*\|\n?)+/gm)].flatMap(([table]) => {
      const [head, , ...rows] = table.trimEnd().split('\n').map(cellsOf);
      if (head === undefined) return [];
      return rows.map(([theirs, ours]): Row => ({ system, headers: head, theirs, ours }));
    });
  });
}

/** A bar ends a cell also within backticks, unless it is escaped. */
function cellsOf(line: string): [string, string] {
  const cells = line.slice(1, -1).split(/(?<!\\)\|/);
  if (cells.length !== 2) throw new Error(`A table of docs/seeds.md has two columns: ${line}`);
  const [theirs = '', ours = ''] = cells.map((cell) => cell.trim());
  return [theirs, ours];
}
