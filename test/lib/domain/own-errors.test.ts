import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTransientFailure, ownError } from '../../../lib/domain/assembly-error.ts';
import { OWN_ERRORS, type OwnError, type OwnErrorCode } from '../../../lib/domain/own-errors.ts';

const ROOT = join(import.meta.dirname, '../../..');
const CODES = Object.keys(OWN_ERRORS) as OwnErrorCode[];
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

/** A sentence as the page has it: a value is written as its name in braces. */
const named: Readonly<Record<string, string>> = new Proxy({}, { get: (_, name) => `{${String(name)}}` });
const rowOf = (code: OwnErrorCode): string => {
  const { category, repeated, retryable, say }: OwnError = OWN_ERRORS[code];
  const { en, fr } = say(named);
  const flags = `${repeated ? 'yes' : ''} | ${retryable === false ? 'no' : 'yes'}`;
  return `| \`${code}\` | \`${category}\` | ${flags} | ${en} | ${fr} |`.replaceAll('  ', ' ');
};

test('docs/errors.md has a row for each code of ours, as the code says it', () => {
  const rows = page
    .split('\n')
    .filter((line) => /^\| `[a-z_]+` \| `[A-Z_]+` \|/.test(line))
    .map((line) => line.replaceAll('  ', ' '));
  expect(rows.toSorted()).toEqual(CODES.map(rowOf).toSorted());
});

test.each(CODES)('%s is repeated by itself only where another run may not meet it', (code) => {
  const { repeated, category }: OwnError = OWN_ERRORS[code];
  const guessed = ['file_unreadable', 'csv_malformed', 'data_invalid'].includes(code);
  if (repeated) expect(isTransientFailure({ ...ownError(code), ...(guessed && { guessed }) })).toBe(true);
  if (!guessed && category === 'FILE_ERROR') expect(repeated).toBeUndefined();
});

// A category beside a code of ours, anywhere but in the table, could say something else.
test('whoever throws a code of ours gives it the category of the table', () => {
  const CLASSES: Readonly<Record<string, string>> = {
    FileError: 'FILE_ERROR',
    ValidationError: 'VALIDATION_ERROR',
  };
  const thrown = globSync('{lib,lambdas}/**/*.ts', { cwd: ROOT }).flatMap((file) =>
    [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(
        /(?:new (StepError|FileError|ValidationError)\(|\bcode:)\s*'([a-z_]+)',\s*(?:category:\s*)?(?:'([A-Z_]+)')?/g,
      ),
    ].map(([, kind = '', code = '', category]) => ({ file, code, category: category ?? CLASSES[kind] })),
  );
  const ours = thrown.filter(({ code, category }) => code in OWN_ERRORS && category !== undefined);
  // Else the pattern finds nothing any more.
  expect(ours.length).toBeGreaterThan(4);
  for (const { file, code, category } of ours)
    expect({ file, code, category }).toEqual({
      file,
      code,
      category: OWN_ERRORS[code as OwnErrorCode].category,
    });
});
