import { createHash } from 'node:crypto';
import { type ApiAnswer, api, bearer, eventually, localWaybill, newUser, submit } from '../local-cloud.ts';
import { answering, type Receiver, webhookReceiver } from '../webhook-receiver.ts';
import { externalAssembly } from './assembly-probe.ts';
import { expectProblem } from './expect-problem.ts';

const owner = newUser();
const INVALID_ID = { status: 400, code: 'invalid_id' };
const INVALID = { status: 400, code: 'invalid_request' };
const NOT_FOUND = { status: 404, code: 'not_found' };
const UNAUTHENTICATED = { status: 401, code: 'unauthenticated' };

const list = async (id: string, query = '', user = owner): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/deliveries${query}`, { headers: await bearer(user) });

/** An assembly with two deliveries, and the cursor after the first of them. */
async function withCursor(user: string, url: string): Promise<{ id: string; cursor: string }> {
  const request = { template_id: 'text-statistics', fields: { text: '…' }, webhook_url: url };
  const id = (await submit(user, request)).json.assembly_id;
  const cursor = await eventually(async () => {
    // A failed one is started again, until there are two ends.
    await submit(user, request);
    return (await list(id, '?limit=1', user)).json.cursor as string | undefined;
  }, 'a second page');
  return { id, cursor };
}

let receiver: Receiver;
let mine: { id: string; cursor: string };
let theirs: { id: string; cursor: string };
beforeAll(async () => {
  receiver = await webhookReceiver(answering(200));
  [mine, theirs] = await Promise.all([withCursor(owner, receiver.url), withCursor(newUser(), receiver.url)]);
});
afterAll(() => receiver.stop());

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (cursor: string): [string, string, Record<string, unknown>] =>
  JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));

test('the cursor as it is opens the next page', async () => {
  expect((await list(mine.id, `?cursor=${mine.cursor}`)).status).toBe(200);
});

describe('a cursor that is none of these deliveries', () => {
  const changed = (change: object): string => {
    const [kind, id, position] = decoded(mine.cursor);
    return encoded([kind, id, { ...position, ...change }]);
  };

  test.each<[string, () => string]>([
    ['empty', () => ''],
    ['a word', () => 'next'],
    ['a number', () => '2'],
    ['half of one', () => mine.cursor.slice(0, 40)],
    ['two of them', () => `${mine.cursor},${mine.cursor}`],
    ['that of another user', () => theirs.cursor],
    ['that of another user under my id', () => encoded(['deliveries', mine.id])],
    ['null', () => encoded(null)],
    ['an object', () => encoded(decoded(mine.cursor)[2])],
    ['of another list', () => encoded(['assemblies', ...decoded(mine.cursor).slice(1)])],
    ['with an empty position', () => encoded(['deliveries', mine.id, {}])],
    ['with a key too many', () => changed({ assembly_id: theirs.id })],
    ['with an empty endpoint', () => changed({ endpoint_id: '' })],
    ['with an endpoint of 3,000 characters', () => changed({ endpoint_id: 'x'.repeat(3_000) })],
    ['with a number for an event', () => changed({ event_id: 1 })],
    ['with no event at all', () => changed({ event_id: undefined })],
    ['with no time', () => changed({ created_at: 'now' })],
    ['5,000 characters', () => 'A'.repeat(5_000)],
    ['NUL', () => '\0'],
    ['a ship', () => '🚢'],
    ['a name of Object.prototype', () => '__proto__'],
  ])('%s → 400', async (_, cursor) => {
    expectProblem(await list(mine.id, `?cursor=${encodeURIComponent(cursor())}`), INVALID);
  });

  test('given twice → 400', async () => {
    expectProblem(await list(mine.id, `?cursor=${mine.cursor}&cursor=${mine.cursor}`), INVALID);
  });
});

test('a cursor that was made up reads nothing of anybody else', async () => {
  const [, , position] = decoded(theirs.cursor);
  const { status, json } = await list(mine.id, `?cursor=${encoded(['deliveries', mine.id, position])}`);
  expect(status).toBe(200);
  for (const { endpoint_id } of json.deliveries) expect(endpoint_id).toBe(`assembly:${mine.id}`);
});

describe('limit', () => {
  test.each([
    '',
    '0',
    '-1',
    '101',
    '1000',
    '1.5',
    '1e1',
    '0x1',
    '01',
    '+1',
    ' 1',
    '1 ',
    '１',
    'all',
    'null',
    '1,1',
  ])('"%s" is refused', async (limit) => {
    expectProblem(await list(mine.id, `?limit=${encodeURIComponent(limit)}`), INVALID);
  });

  test('given twice is refused', async () => {
    expectProblem(await list(mine.id, '?limit=1&limit=1'), INVALID);
  });

  test.each(['1', '100'])('%s is accepted', async (limit) => {
    expect((await list(mine.id, `?limit=${limit}`)).status).toBe(200);
  });
});

describe('an id', () => {
  const digits = '0123456789abcdef'.repeat(4);

  test.each([
    'x',
    digits.toUpperCase(),
    digits.slice(1),
    `${digits}0`,
    `${digits}\n`,
    `${digits},${digits}`,
    '../../health',
    '__proto__',
    '🚢',
    digits.repeat(80),
  ])('that does not have the form of one: %j → 400', async (id) => {
    expectProblem(await list(encodeURIComponent(id)), INVALID_ID);
  });

  test('of somebody else is answered as one that never was', async () => {
    const never = createHash('sha256').update(newUser()).digest('hex');
    const answers = await Promise.all([
      list(theirs.id),
      list(never),
      list(theirs.id, '?limit=1'),
      list(theirs.id, `?cursor=${theirs.cursor}`),
      list(theirs.id, '?cursor=junk'),
      list(never, '?cursor=junk'),
    ]);
    for (const answer of answers) expectProblem(answer, NOT_FOUND);
    const told = answers.map(({ text }) => text.replace(/"timestamp":"[^"]+"/, ''));
    expect(new Set(told).size).toBe(1);
  });
});

test('nobody, a bad token and the secrets of machines → 401', async () => {
  const { read_secret, update_secret } = localWaybill();
  const id = await externalAssembly(owner);
  const strangers: Record<string, string>[] = [
    {},
    { authorization: 'Bearer x' },
    { 'x-webhook-secret': read_secret },
    { 'x-webhook-secret': update_secret },
  ];
  for (const headers of strangers)
    expectProblem(await api(`/assemblies/${id}/deliveries`, { headers }), UNAUTHENTICATED);
});
