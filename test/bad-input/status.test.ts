import { createHash } from 'node:crypto';
import { type ApiAnswer, api, bearer, ended, localWaybill, newUser, submit } from '../local-cloud.ts';
import { externalAssembly, update } from './assembly-probe.ts';
import { expectProblem } from './expect-problem.ts';

const user = newUser();
const INVALID_ID = { status: 400, code: 'invalid_id' };
const NOT_FOUND = { status: 404, code: 'not_found' };
const digits = (count: number): string => '0123456789abcdef'.repeat(5).slice(0, count);

const get = async (path: string, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  api(path, { headers: { ...(await bearer(user)), ...headers } });

describe('an id that does not have the form of one', () => {
  const updateOf = (path: string): Promise<ApiAnswer> =>
    api(path, {
      headers: { 'x-webhook-secret': localWaybill().update_secret },
      body: { status: 'processing' },
    });

  test.each([
    ['upper case', digits(64).toUpperCase()],
    ['one digit in upper case', `${digits(63)}A`],
    ['63 digits', digits(63)],
    ['65 digits', digits(65)],
    ['one digit', '0'],
    ['128 digits', digits(64) + digits(64)],
    ['a letter beyond f', `${digits(63)}g`],
    ['a space in front', ` ${digits(64)}`],
    ['a space for a digit', `${digits(63)} `],
    ['a line break at the end', `${digits(64)}\n`],
    ['a NUL at the end', `${digits(64)}\0`],
    ['NUL', '\0'],
    ['fullwidth digits', '０'.repeat(64)],
    ['a ship', '🚢'],
    ['two ids with a comma', `${digits(64)},${digits(64)}`],
    ['a path', '../../health'],
    ['a path with the id in it', `${digits(64)}/../${digits(64)}`],
    ['a path with backslashes', '..\\..\\health'],
    ['percent signs', '%25%00%zz'],
    ['a query', `${digits(64)}?x=1`],
    ['a fragment', `${digits(64)}#x`],
    ['SQL', "' OR 1=1 --"],
    ['markup', '<script>alert(1)</script>'],
    ['a name of Object.prototype', '__proto__'],
    ['undefined', 'undefined'],
    ['null', 'null'],
    ['a hash with its name', `0x${digits(62)}`],
    ['5,000 characters', digits(64).repeat(80)],
  ])('%s', async (_, id) => {
    const encoded = encodeURIComponent(id);
    expectProblem(await get(`/assemblies/${encoded}`), INVALID_ID);
    expectProblem(await get(`/status?assemblyId=${encoded}`), INVALID_ID);
    expectProblem(await updateOf(`/assemblies/${encoded}/status`), INVALID_ID);
  });

  test.each([
    ['no query at all', ''],
    ['no assemblyId', '?x=1'],
    ['an empty assemblyId', '?assemblyId='],
    ['assemblyId without a value', '?assemblyId'],
    ['other names', `?assembly_id=${digits(64)}&assemblyid=${digits(64)}&id=${digits(64)}`],
    ['another one', `?assemblyId=${digits(64)}&assemblyId=${digits(63)}0`],
    ['the same twice', `?assemblyId=${digits(64)}&assemblyId=${digits(64)}`],
    ['a good one and an empty one', `?assemblyId=${digits(64)}&assemblyId=`],
    ['a list in brackets', `?assemblyId[]=${digits(64)}`],
  ])('/status with %s', async (_, query) => {
    expectProblem(await get(`/status${query}`), INVALID_ID);
  });
});

describe('min_version', () => {
  let id: string;
  beforeAll(async () => {
    id = await externalAssembly(user);
  });

  test.each([
    '',
    '0',
    '-1',
    '1.5',
    '1e3',
    '0x1',
    '01',
    '+1',
    ' 1',
    '1 ',
    '１',
    'latest',
    'null',
    '1,1',
    '9'.repeat(16),
  ])('"%s" is refused', async (text) => {
    const query = `min_version=${encodeURIComponent(text)}`;
    const refusal = { status: 400, code: 'invalid_request' };
    expectProblem(await get(`/assemblies/${id}?${query}`), refusal);
    expectProblem(await get(`/status?assemblyId=${id}&${query}`), refusal);
  });

  test('given twice is refused', async () => {
    expectProblem(await get(`/assemblies/${id}?min_version=1&min_version=1`), {
      status: 400,
      code: 'invalid_request',
    });
  });

  test.each(['1', '2', '9'.repeat(15)])('%s is answered with what there is', async (text) => {
    const { status, json } = await get(`/assemblies/${id}?min_version=${text}`);
    expect([status, json.version]).toEqual([202, 1]);
  });

  test.each(['junk', 'W/', '"', '"a", "b', ',,,', '"\\"', '\u00e9'])(
    'an If-None-Match of %j is no match',
    async (tag) => {
      expect((await get(`/assemblies/${id}`, { 'if-none-match': tag })).status).toBe(202);
    },
  );
});

describe('an assembly that is not mine', () => {
  const owner = newUser();
  const never = createHash('sha256').update(newUser()).digest('hex');
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    ids.queued = await externalAssembly(owner);
    ids.processing = await externalAssembly(owner);
    await update(ids.processing, { status: 'processing', progress: 40, result: { secret: 'theirs' } });
    ids.failed = await externalAssembly(owner);
    await update(ids.failed, { status: 'failed', error: 'theirs' });
    const { json } = await submit(owner, { template_id: 'text-statistics', fields: { text: 'Theirs.' } });
    ids.completed = (await ended(owner, json.assembly_id)).assembly_id;
  });

  /** What may differ from answer to answer. */
  const VARYING = ['date', 'x-request-id', 'apigw-requestid'];
  const sameness = ({ status, headers, text }: ApiAnswer) => ({
    status,
    headers: [...headers].filter(([name]) => !VARYING.includes(name)),
    body: text.replace(/"timestamp":"[^"]{24}"/, '"timestamp":""'),
  });

  const asked: [string, (id: string) => string, Record<string, string>?][] = [
    ['by path', (id) => `/assemblies/${id}`],
    ['by query', (id) => `/status?assemblyId=${id}`],
    ['with min_version', (id) => `/assemblies/${id}?min_version=1`],
    ['with a tag that matches all', (id) => `/assemblies/${id}`, { 'if-none-match': '*' }],
    [
      'with headers that name the owner',
      (id) => `/assemblies/${id}`,
      { 'x-user-id': owner, 'x-site-id': owner },
    ],
  ];
  const cases = asked.flatMap(([how, path, headers]) =>
    ['queued', 'processing', 'failed', 'completed'].map((status) => ({ how, status, path, headers })),
  );

  test.each(cases)(
    'and $status, asked for $how, is answered as one that never was',
    async ({ status, path, headers }) => {
      const theirs = await get(path(ids[status] ?? ''), headers);
      const nobodys = await get(path(never), headers);
      expectProblem(theirs, NOT_FOUND);
      expectProblem(nobodys, NOT_FOUND);
      expect(sameness(theirs)).toEqual(sameness(nobodys));
    },
  );

  test('of the same input has another id for me', async () => {
    const request = { template_id: 'text-statistics', fields: { text: 'Theirs.' } };
    const mine = await submit(user, request);
    expect(mine.json).toMatchObject({ created: true, user: { userId: user } });
    expect(mine.json.assembly_id).not.toBe(ids.completed);
  });

  test('is not there for machines either, if it never was', async () => {
    const { read_secret, update_secret } = localWaybill();
    expectProblem(
      await api(`/assemblies/${never}`, { headers: { 'x-webhook-secret': read_secret } }),
      NOT_FOUND,
    );
    const headers = { 'x-webhook-secret': update_secret };
    expectProblem(
      await api(`/assemblies/${never}/status`, { headers, body: { status: 'completed' } }),
      NOT_FOUND,
    );
  });
});
