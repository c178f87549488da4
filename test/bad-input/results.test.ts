import { assertDocumented } from '../contract/assert-documented.ts';
import { type ApiAnswer, bearer, ended, localWaybill, newUser, put, submit } from '../local-cloud.ts';
import { announced, picture } from '../pictures.ts';
import { expectProblem } from './expect-problem.ts';

const owner = newUser();
const NOT_FOUND = { status: 404, code: 'not_found' };
const INVALID_ID = { status: 400, code: 'invalid_id' };
const UNAUTHENTICATED = { status: 401, code: 'unauthenticated' };

/** Links of the first results of two assemblies of one owner. */
let link: URL;
let other: URL;
beforeAll(async () => {
  [link, other] = await Promise.all([linkOf(1), linkOf(2)]);
});

async function linkOf(seed: number): Promise<URL> {
  const file = await picture('a.jpg', { seed });
  const uploads = [announced(file)];
  const { json } = await submit(owner, {
    template_id: 'image-thumbnails',
    uploads,
    fields: { sizes: { s: 16 } },
  });
  expect((await put(json.uploads[0], file.bytes)).status).toBe(200);
  const { results } = await ended(owner, json.assembly_id);
  return new URL(results.thumbnails?.[0]?.ssl_url ?? '');
}

async function open(
  { pathname, search }: Pick<URL, 'pathname' | 'search'>,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const response = await fetch(localWaybill().url + pathname + search, { headers, redirect: 'manual' });
  const text = await response.text();
  assertDocumented('GET', pathname, { status: response.status, headers: response.headers, text });
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === '' ? {} : JSON.parse(text),
  };
}

const openAsOwner = async (pathname: string, search = ''): Promise<ApiAnswer> =>
  open({ pathname, search }, await bearer(owner));

type Change = (query: URLSearchParams, changed: URL) => void;

function changedLink(change: Change): URL {
  const changed = new URL(link);
  change(changed.searchParams, changed);
  return changed;
}

const withQuery =
  (name: 'exp' | 'sig', value: (was: string) => string): Change =>
  (query) =>
    query.set(name, value(query.get(name) ?? ''));

const withPath =
  (path: (was: string) => string): Change =>
  (_, changed) => {
    changed.pathname = path(changed.pathname);
  };

const wrongSignature = withQuery('sig', (sig) => (sig.startsWith('A') ? 'B' : 'A') + sig.slice(1));
const toAnotherResult = withPath((path) => path.replace('/1-1', '/1-2'));
const toNoResult = withPath((path) => path.replace('/1-1', '/7-1'));
const toNoAssembly = withPath((path) => path.replace(/[0-9a-f]{64}/, '0'.repeat(64)));

test('the links as they are open', async () => {
  expect((await open(link)).status).toBe(302);
  expect((await open(other)).status).toBe(302);
  expect((await open(changedLink((query) => query.append('x', '1')))).status).toBe(302);
  expect((await openAsOwner(link.pathname)).status).toBe(302);
});

describe('a link that somebody has changed', () => {
  test.each<[string, Change]>([
    ['another first character of sig', wrongSignature],
    ['half a sig', withQuery('sig', (sig) => sig.slice(0, 20))],
    ['a sig and more', withQuery('sig', (sig) => `${sig}A`)],
    ['a sig with padding', withQuery('sig', (sig) => `${sig}=`)],
    ['a sig with a space', withQuery('sig', (sig) => `${sig} `)],
    ['an empty sig', withQuery('sig', () => '')],
    ['a sig of as many characters, each of two bytes', withQuery('sig', (sig) => 'é'.repeat(sig.length))],
    ['a sig of 5,000 characters', withQuery('sig', () => 'A'.repeat(5_000))],
    ['the sig twice', (query) => query.append('sig', query.get('sig') ?? '')],
    ['no sig', (query) => query.delete('sig')],
    ['a later exp', withQuery('exp', (exp) => String(Number(exp) + 3_600))],
    ['an earlier exp', withQuery('exp', (exp) => String(Number(exp) - 3_600))],
    ['exp 0', withQuery('exp', () => '0')],
    ['a negative exp', withQuery('exp', (exp) => `-${exp}`)],
    ['exp with a fraction', withQuery('exp', (exp) => `${exp}.0`)],
    ['exp with an exponent', withQuery('exp', (exp) => `${exp}e0`)],
    ['exp in hexadecimal', withQuery('exp', (exp) => `0x${Number(exp).toString(16)}`)],
    ['exp Infinity', withQuery('exp', () => 'Infinity')],
    ['exp of 400 digits', withQuery('exp', () => '9'.repeat(400))],
    ['an empty exp', withQuery('exp', () => '')],
    ['the exp twice', (query) => query.append('exp', query.get('exp') ?? '')],
    ['no exp', (query) => query.delete('exp')],
    ['the id of another result', toAnotherResult],
    ['the id of a result that never was', toNoResult],
    ['the path of another assembly', withPath(() => other.pathname)],
    ['the id of an assembly that never was', toNoAssembly],
    ['the sig of another assembly', withQuery('sig', () => other.searchParams.get('sig') ?? '')],
  ])('%s → 404', async (_, change) => {
    expectProblem(await open(changedLink(change)), NOT_FOUND);
  });

  test('is not made good by the token of the owner', async () => {
    const { pathname, search } = changedLink(wrongSignature);
    expectProblem(await openAsOwner(pathname, search), NOT_FOUND);
  });

  test('is answered as one to nothing is, and as a stranger is', async () => {
    const answers = await Promise.all([
      ...[wrongSignature, toNoResult, toNoAssembly].map((change) => open(changedLink(change))),
      open({ pathname: link.pathname, search: '' }, await bearer(newUser())),
      openAsOwner(changedLink(toNoResult).pathname),
      openAsOwner(changedLink(toNoAssembly).pathname),
    ]);
    const told = answers.map(({ status, text }) => `${status} ${text.replace(/"timestamp":"[^"]+"/, '')}`);
    expect(new Set(told).size).toBe(1);
  });
});

describe('an id that does not have the form of one', () => {
  test.each([
    'x',
    '1',
    '1-',
    '-1',
    '1-1-1',
    'a-1',
    '1.0-1',
    '1 -1',
    '１-１',
    '1-1\n',
    '1-1\0',
    '../1-1',
    '1-1/..',
    '%2e%2e',
    '0'.repeat(10),
    `${'1'.repeat(10)}-1`,
    `1-${'1'.repeat(5_000)}`,
    '__proto__',
    'd41d8cd98f00b204e9800998ecf8427e',
    '🚢',
  ])('of a result: %j → 400', async (id) => {
    const path = link.pathname.replace(/1-1$/, encodeURIComponent(id));
    expectProblem(await openAsOwner(path), INVALID_ID);
    expectProblem(await open({ pathname: path, search: link.search }), INVALID_ID);
    expectProblem(await open({ pathname: path, search: '' }), UNAUTHENTICATED);
  });

  test.each(['0', 'x'.repeat(64), 'A'.repeat(64), `${'0'.repeat(64)}\n`, '🚢', '__proto__'])(
    'of an assembly: %j → 400',
    async (id) => {
      const path = `/assemblies/${encodeURIComponent(id)}/results/1-1`;
      expectProblem(await openAsOwner(path), INVALID_ID);
      expectProblem(await open({ pathname: path, search: link.search }), INVALID_ID);
    },
  );
});

test.each(['1-0', '0-1', '01-1', '1-01', '2-1', '1-999999999'])(
  'the id %s of a result that is not there → 404',
  async (id) => {
    expectProblem(await openAsOwner(link.pathname.replace(/1-1$/, id)), NOT_FOUND);
  },
);

test('an assembly that has no results → 404', async () => {
  const { json } = await submit(owner, { template_id: 'text-statistics', fields: { text: 'No files.' } });
  expectProblem(await openAsOwner(`/assemblies/${json.assembly_id}/results/1-1`), NOT_FOUND);
});

test('nobody, a bad token and the secrets of machines → 401', async () => {
  const { read_secret, update_secret } = localWaybill();
  const strangers: Record<string, string>[] = [
    {},
    { authorization: 'Bearer x' },
    { 'x-webhook-secret': read_secret },
    { 'x-webhook-secret': update_secret },
  ];
  for (const headers of strangers)
    expectProblem(await open({ pathname: link.pathname, search: '' }, headers), UNAUTHENTICATED);
});
