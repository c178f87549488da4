import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const CODE_BLOCK = /^ *```.*?^ *```/gms;

/** A place in this repository that a page links to: `anchor` is empty for the page as a whole. */
interface Link {
  readonly text: string;
  readonly path: string;
  readonly anchor: string;
}

const prose = (markdown: string): string => markdown.replace(CODE_BLOCK, '');

/** What GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_\- ]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsOf = (markdown: string): Set<string> =>
  new Set([...prose(markdown).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading)));

function linksOf(page: string, markdown: string): Link[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, text = '']) => text)
    .filter((text) => !/^\w+:/.test(text))
    .map((text) => {
      const [path = '', anchor = ''] = text.split('#');
      return { text, path: path ? normalize(join(dirname(page), path)) : page, anchor };
    });
}

/** The links of a page that lead nowhere. */
const brokenLinksOf = (page: string, markdown: string): string[] =>
  linksOf(page, markdown)
    .filter(({ path, anchor }) => {
      if (path !== page && !existsSync(join(ROOT, path))) return true;
      if (anchor === '') return false;
      return !anchorsOf(path === page ? markdown : readFileSync(join(ROOT, path), 'utf8')).has(anchor);
    })
    .map(({ text }) => text);

const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });

test.each(PAGES)('every link within this repository leads somewhere: %s', (page) => {
  expect(brokenLinksOf(page, readFileSync(join(ROOT, page), 'utf8'))).toEqual([]);
});

test('a link to a page or heading that is not there is found', () => {
  const page =
    '# Here\n\n[a](states.md#deadlines) [b](#here) [c](states.md#nowhere) [d](not-there.md) [e](#there)';
  expect(brokenLinksOf('docs/planted.md', page)).toEqual(['states.md#nowhere', 'not-there.md', '#there']);
});
