import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FUNCTIONS, ROUTES } from '../../lib/bindings.ts';
import { waybillSettings } from '../../lib/settings.ts';
import { templates } from '../../templates/registry.ts';
import { openApiFile } from '../contract/openapi-file.ts';
import { runSteps } from '../templates/step-context.ts';
import { hasMember, isMetric, isOurs, isOutput, isRoute, isSetting, namedRoute } from './our-names.ts';
import { SEED_NAMES } from './seed-names.ts';
import { codeIn, type Row, rowsOf, seedsPage } from './seeds-page.ts';

/**
 * docs/seeds.md maps five systems to this one. What it names on the left is all that they have, from a list written by hand;
 * what it names on the right is looked up in the schemas, routes and settings.
 */

const ROWS = rowsOf(seedsPage);
const COMMON = 'For all of them';
const ROOT = join(import.meta.dirname, '../..');

describe('every name of the five descriptions is on the left', () => {
  test('each of them has its section', () => {
    const systems = [...new Set(ROWS.map(({ system }) => system))];
    expect(systems).toEqual([COMMON, ...Object.keys(SEED_NAMES)]);
  });

  test.each(Object.entries(SEED_NAMES))('%s', (system, names) => {
    expect(missingIn(ROWS, system, names)).toEqual([]);
  });
});

function missingIn(rows: readonly Row[], system: string, names: readonly string[]): string[] {
  const left = rows
    .filter((row) => row.system === system)
    .flatMap(({ theirs, headers: [header] }) => [...codeIn(header), ...codeIn(theirs)]);
  return names.filter((name) => !left.includes(name));
}

describe('what is on the right is here', () => {
  test('each route is one, with its parameters', () => {
    expect(unknownIn(ROWS, (code) => namedRoute(code) !== undefined)).toEqual([]);
  });

  test('each other name is a member, word, code, header, setting, output, metric, template or file', () => {
    expect(unknownIn(ROWS, (code) => namedRoute(code) === undefined)).toEqual([]);
  });

  test('what is said to be in the status is a member of it', () => {
    expect(ROWS.filter(isOfStatus).length).toBeGreaterThan(50);
    expect(notInStatus(ROWS)).toEqual([]);
  });

  test.each([
    ['settings?', isSetting],
    ['outputs?', isOutput],
    ['metric', isMetric],
  ] as const)('what is called %s is one', (word, is) => {
    const named = namesAfter(word, ROWS);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !is(name))).toEqual([]);
  });
});

const unknownIn = (rows: readonly Row[], isAskedFor: (code: string) => boolean): string[] =>
  rows.flatMap(({ ours }) => codeIn(ours).filter((code) => isAskedFor(code) && !isOurs(code)));

/** Tables of members of the status say so in their header. */
const isOfStatus = ({ headers: [, header], ours }: Row): boolean =>
  header === 'the status here' && !ours.startsWith('**Not');

const notInStatus = (rows: readonly Row[]): string[] =>
  rows.filter(isOfStatus).flatMap(({ theirs, ours }) => {
    const [first = ''] = codeIn(ours);
    return hasMember('AssemblyStatus', first) ? [] : [`${theirs} → ${ours}`];
  });

/** "settings `a`, `b` and `c`"; a remark in brackets may stand between. */
const namesAfter = (word: string, rows: readonly Row[]): string[] =>
  rows.flatMap(({ ours }) => {
    const lists = ours.matchAll(new RegExp(`\\b${word} ((?:\`\\w+\`(?: \\([^)]*\\))?(?:, | and )?)+)`, 'g'));
    return [...lists].flatMap(([, list = '']) => codeIn(list));
  });

describe('nothing is left out silently', () => {
  test('every row says something on both sides', () => {
    expect(ROWS.filter(({ theirs, ours }) => theirs === '' || ours === '')).toEqual([]);
  });

  test('what is not simply the same says which of three it is, and then more', () => {
    const marks = ROWS.flatMap(({ ours }) => [...ours.matchAll(/\*\*([^*]+)\*\*(.*)/g)]);
    const wrong = marks.filter(
      ([, mark = '', rest = '']) => !/^(Different|Not built yet|Not taken):$/.test(mark) || rest.length < 8,
    );
    expect(wrong.map(([text]) => text)).toEqual([]);
  });
});

/** What the page calls not built yet, and how it would be seen that it is. Then the page has to say so. */
const NOT_BUILT: Readonly<Record<string, () => boolean>> = {
  WebSocket: () =>
    FUNCTIONS.some((name) => /socket|connect/.test(name)) ||
    ROUTES.some(({ path }) => path.includes('socket')),
  'standing webhook endpoints': () => ROUTES.some(({ path }) => path.startsWith('/webhooks')),
  'progress webhooks': () => Object.keys(openApiFile.webhooks).length > 1,
  'webhooks of templates': () =>
    readFileSync(join(ROOT, 'lib/domain/template.ts'), 'utf8').includes('webhookUrl'),
  'HTTP client': () => hasClient(/http|waybill/),
  'React hook': () => hasClient(/use-|hook/),
  'React component': () => hasClient(/display|component/),
  'server handler': () => hasClient(/handler|server/),
  'a setting for 403': () =>
    Object.keys(waybillSettings.shape).some((name) => /stranger|403|deni/i.test(name)),
  'a page of our own for it': () => existsSync(join(ROOT, 'dashboard')),
  'when it will end': () => hasMember('AssemblyStatus', 'queue.estimated_end_at'),
  'its average': () => isMetric('WebhookRetries'),
};

const hasClient = (pattern: RegExp): boolean =>
  readdirSync(join(ROOT, 'lib/client')).some((file) => pattern.test(file));

describe('what is said not to be built', () => {
  const said = ROWS.flatMap(({ ours }) => ours.split('**Not built yet:** ').slice(1));

  test('is known to this test', () => {
    const things = Object.keys(NOT_BUILT);
    expect(said.filter((text) => !things.some((thing) => text.startsWith(thing)))).toEqual([]);
    expect(things.filter((thing) => !said.some((text) => text.startsWith(thing)))).toEqual([]);
  });

  test.each(Object.entries(NOT_BUILT))('%s is not there', (_, isThere) => {
    expect(isThere()).toBe(false);
  });
});

test('an evaluation has the members that the page says', async () => {
  const template = templates.get('lead-evaluation');
  if (template === undefined) throw new Error('There is no template lead-evaluation');
  const fields = {
    lead_id: 'lead_123',
    applicant: { name: 'Ada Quill' },
    monthly_income: 4_000,
    monthly_rent: 1_000,
  };
  const { result } = await runSteps(template, fields);
  const said = ROWS.filter(({ theirs }) => theirs.startsWith('`evaluation.'))
    .flatMap(({ ours }) => codeIn(ours))
    .map((code) => code.replace('result.', ''));
  expect(said.length).toBeGreaterThan(8);
  expect(said.filter((member) => !Object.hasOwn(result as object, member))).toEqual([]);
});

test('planted faults are found', () => {
  const planted = rowsOf(
    [
      '## CWC status tracking',
      '',
      '| in theirs | the status here |',
      '|---|---|',
      '| `jobId` | `assembly_ids` |',
      '| `status` | `queue.stat`, by `GET /assembly/{id}` and `GET /status?assembly=ID` |',
      '| `results` | the setting `retainDays`, the output `JobTableName` |',
    ].join('\n'),
  );
  expect(missingIn(planted, 'CWC status tracking', ['jobId', 'messageId'])).toEqual(['messageId']);
  expect(unknownIn(planted, () => true)).toEqual([
    'queue.stat',
    'GET /assembly/{id}',
    'GET /status?assembly=ID',
    'retainDays',
    'JobTableName',
  ]);
  // `assembly_ids` is a name of ours, of a request: and not in the status.
  expect(notInStatus(planted)).toHaveLength(3);
  expect(namesAfter('settings?', planted)).toEqual(['retainDays']);
  expect(
    ['/assemblies', '/nowhere'].map((path) => isRoute({ method: 'POST', path, parameters: [] })),
  ).toEqual([true, false]);
});
