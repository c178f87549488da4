import { createHash, randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expectProblem } from './bad-input/expect-problem.ts';
import { ask } from './contract/ask.ts';
import { type BrokenCloud, BrokenClouds } from './contract/broken-clouds.ts';
import { putLargeAssemblies } from './large-assemblies.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  ended,
  localDocuments,
  localWaybill,
  newUser,
  statusOf,
  submit,
  tokenOf,
} from './local-cloud.ts';

const user = newUser();
const other = newUser();
const PATH = '/assemblies/batch-status';
const never = (): string => createHash('sha256').update(randomUUID()).digest('hex');

const batchOf = async (
  assembly_ids: unknown,
  { as = user, headers = {} as Record<string, string> } = {},
): Promise<ApiAnswer> =>
  api(PATH, { headers: { ...(await bearer(as)), ...headers }, body: { assembly_ids } });

const review = async (who: string): Promise<string> =>
  (await submit(who, { template_id: 'human-review', fields: { title: 'Good?', nonce: randomUUID() } })).json
    .assembly_id;

let waits: string;
let works: string;
let hasEnded: string;
let theirs: string;
beforeAll(async () => {
  [waits, works, theirs] = await Promise.all([review(user), review(user), review(other)]);
  await api(`/assemblies/${works}/status`, {
    headers: { 'x-webhook-secret': localWaybill().update_secret },
    body: { status: 'processing', progress: 40 },
  });
  const { json } = await submit(user, { template_id: 'text-statistics', fields: { text: randomUUID() } });
  hasEnded = (await ended(user, json.assembly_id)).assembly_id;
});

/** What grows while the assembly stands still. */
const settled = (status: Record<string, unknown>) => ({ ...status, duration_ms: 0, execution_duration: 0 });

describe('POST /assemblies/batch-status', () => {
  test('tells each as GET does, in the order asked, and null of what is not there or not theirs', async () => {
    const asked = [never(), works, theirs, hasEnded, waits];
    const { status, headers, json } = await batchOf(asked);
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(['statuses']);
    expect(Object.keys(json.statuses)).toEqual(asked);
    for (const id of asked) {
      const one = await statusOf(user, id);
      const told = json.statuses[id];
      if (one.status === 404) expect(told).toBeNull();
      else expect(settled(told)).toEqual(settled(one.json));
    }
    expect(asked.filter((id) => json.statuses[id] !== null)).toEqual([works, hasEnded, waits]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('etag')).toBeNull();
  });

  test('answers one that is named twice once', async () => {
    const { json } = await batchOf([waits, works, waits]);
    expect(Object.keys(json.statuses)).toEqual([waits, works]);
  });

  test('says when asking again is worth it for the one that is soonest, and nothing where all have ended', async () => {
    const retryAfter = async (ids: string[]) => (await batchOf(ids)).headers.get('retry-after');
    expect(await retryAfter([waits, works, hasEnded])).toBe('2');
    expect(await retryAfter([waits, hasEnded])).toBe('5');
    expect(await retryAfter([hasEnded, never(), theirs])).toBeNull();
  });

  test('speaks French to who prefers it', async () => {
    const { headers, json } = await batchOf([waits], { headers: { 'accept-language': 'fr' } });
    expect(headers.get('content-language')).toBe('fr');
    expect(json.statuses[waits].message).toBe(
      (await statusOf(user, waits, { 'accept-language': 'fr' })).json.message,
    );
  });

  test('knows what was accepted a moment ago', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => review(user)));
    const { json } = await batchOf(ids);
    expect(ids.map((id) => json.statuses[id]?.status)).toEqual(Array(10).fill('queued'));
  });

  test('takes 100 ids', async () => {
    const ids = [waits, ...Array.from({ length: 98 }, never), works];
    const { status, json } = await batchOf(ids);
    expect(status).toBe(200);
    expect(Object.keys(json.statuses)).toEqual(ids);
    expect(Object.values(json.statuses).filter((each) => each !== null)).toHaveLength(2);
  });

  test.each<[string, unknown, string]>([
    ['101 ids', Array.from({ length: 101 }, never), '/assembly_ids'],
    ['no id', [], '/assembly_ids'],
    ['a text', never(), '/assembly_ids'],
    ['a number', [never(), 7], '/assembly_ids/1'],
  ])('refuses %s', async (_, ids, pointer) => {
    const answer = await batchOf(ids);
    expectProblem(answer, { status: 400, code: 'invalid_request' });
    expect(answer.json.errors).toEqual([{ pointer, detail: expect.any(String) }]);
  });

  test('names each id that is none', async () => {
    const answer = await batchOf(['', waits, waits.toUpperCase(), `${waits} `]);
    expectProblem(answer, { status: 400, code: 'invalid_id' });
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/assembly_ids/0',
      '/assembly_ids/2',
      '/assembly_ids/3',
    ]);
  });

  test('one that is past its time to live is null', async () => {
    const gone = await review(user);
    const documents = localDocuments();
    await documents.send(
      new UpdateCommand({
        TableName: localWaybill().tables.jobs,
        Key: { assembly_id: gone },
        UpdateExpression: 'SET expires_at = :past',
        ExpressionAttributeValues: { ':past': 1 },
      }),
    );
    documents.destroy();
    expect((await batchOf([gone, waits])).json.statuses).toMatchObject({ [gone]: null, [waits]: {} });
  });

  test('is no id for the other routes', async () => {
    const headers = await bearer(user);
    expectProblem(await api(PATH, { headers }), { status: 400, code: 'invalid_id' });
    expectProblem(await api(PATH, { method: 'DELETE', headers }), { status: 400, code: 'invalid_id' });
  });
});

describe('who asks', () => {
  test('a machine with the read secret is told of everybody, whatever the token beside it says', async () => {
    const secret = { 'x-webhook-secret': localWaybill().read_secret };
    for (const headers of [secret, { ...secret, ...(await bearer(user)) }]) {
      const { json } = await api(PATH, { headers, body: { assembly_ids: [waits, theirs, 'f'.repeat(64)] } });
      expect(json.statuses).toMatchObject({ [waits]: {}, [theirs]: {}, ['f'.repeat(64)]: null });
    }
  });

  test.each<[string, () => Record<string, string>]>([
    ['nobody', () => ({})],
    ['a machine with the update secret', () => ({ 'x-webhook-secret': localWaybill().update_secret })],
    ['a machine with a guess', () => ({ 'x-webhook-secret': 'guess' })],
  ])('%s is refused before the request is looked at', async (_, headers) => {
    for (const body of [{ assembly_ids: [waits] }, '{'])
      expectProblem(await api(PATH, { headers: headers(), body }), { status: 401, code: 'unauthenticated' });
    expectProblem(await api(`/status?batch=nonsense&assemblyId=${waits}`, { headers: headers() }), {
      status: 401,
      code: 'unauthenticated',
    });
  });

  /** What may differ from answer to answer. */
  const VARYING = ['date', 'x-request-id', 'apigw-requestid'];
  const sameness = ({ status, headers, text }: ApiAnswer, id: string) => ({
    status,
    headers: [...headers].filter(([name]) => !VARYING.includes(name)),
    body: text.replaceAll(id, 'ID'),
  });

  test('an assembly of somebody else is answered as one that never was, to the byte', async () => {
    const headers = await bearer(user);
    const ways: ((id: string) => Promise<ApiAnswer>)[] = [
      (id) => batchOf([id]),
      (id) => api(`/status?batch=true&assemblyId=${id}`, { headers }),
      (id) => api(`/assemblies/${id}?batch=true`, { headers }),
    ];
    for (const way of ways) {
      const id = never();
      const unknown = sameness(await way(id), id);
      expect(unknown).toMatchObject({ status: 200, body: '{"statuses":{"ID":null}}' });
      expect(sameness(await way(theirs), theirs)).toEqual(unknown);
    }
  });
});

describe('batch=true', () => {
  const get = async (target: string): Promise<ApiAnswer> => api(target, { headers: await bearer(user) });
  const statusesOf = ({ json }: ApiAnswer) =>
    Object.entries<Record<string, unknown> | null>(json.statuses).map(([id, told]) => [
      id,
      told && settled(told),
    ]);

  test('of GET /status is the same for the ids in the query, with commas or one by one', async () => {
    const ids = [works, never(), theirs, hasEnded];
    const expected = await batchOf(ids);
    for (const query of [`assemblyId=${ids.join()}`, ids.map((id) => `assemblyId=${id}`).join('&')]) {
      const answer = await get(`/status?batch=true&${query}`);
      expect(answer.status).toBe(200);
      expect(statusesOf(answer)).toEqual(statusesOf(expected));
      expect(answer.headers.get('retry-after')).toBe('2');
    }
  });

  test('of GET /status takes 100 ids', async () => {
    const ids = [...Array.from({ length: 99 }, never), waits];
    const { json } = await get(`/status?batch=true&assemblyId=${ids.join()}`);
    expect(Object.keys(json.statuses)).toEqual(ids);
    expect(json.statuses[waits].status).toBe('queued');
  });

  test('of GET /assemblies/{assembly_id} is the same for that one', async () => {
    const answer = await get(`/assemblies/${waits}?batch=true`);
    expect([answer.status, Object.keys(answer.json.statuses)]).toEqual([200, [waits]]);
    expect(answer.json.statuses[waits].status).toBe('queued');
  });

  test('false is as if it were not there', async () => {
    const answers = [
      await get(`/assemblies/${waits}?batch=false`),
      await get(`/status?batch=false&assemblyId=${waits}`),
    ];
    for (const { status, json } of answers) expect([status, json.assembly_id]).toEqual([202, waits]);
  });

  const flags = ['', '1', 'TRUE', 'yes', 'true,true'].map((flag) => [`batch=${flag}`, 'invalid_request']);
  test.each([
    ...flags,
    ['batch=true&batch=true', 'invalid_request'],
    ['batch=true&min_version=1', 'invalid_request'],
  ])('%s is refused', async (query, code) => {
    for (const path of [`/assemblies/${waits}?`, `/status?assemblyId=${waits}&`])
      expectProblem(await get(path + query), { status: 400, code });
  });

  test.each<[string, string, string]>([
    ['no id', '', 'invalid_id'],
    ['an empty one', '&assemblyId=', 'invalid_id'],
    ['one that is none', `&assemblyId=${'0'.repeat(64)},x`, 'invalid_id'],
    ['101 of them', `&assemblyId=${Array(101).fill('0'.repeat(64)).join()}`, 'invalid_request'],
  ])('of GET /status with %s is refused', async (_, query, code) => {
    expectProblem(await get(`/status?batch=true${query}`), { status: 400, code });
  });

  test('has no tag, and If-None-Match is no matter', async () => {
    const headers = { ...(await bearer(user)), 'if-none-match': '*' };
    expect((await api(`/assemblies/${hasEnded}?batch=true`, { headers })).status).toBe(200);
  });
});

test('statuses that are too large for one answer are refused in words, and told in two', async () => {
  const ids = await putLargeAssemblies(user, 18);
  const answer = await batchOf(ids);
  expectProblem(answer, { status: 400, code: 'answer_too_large' });
  expect(answer.json.detail).toMatch(/fewer/);
  for (const half of [ids.slice(0, 9), ids.slice(9)]) {
    const { status, json } = await batchOf(half);
    expect([status, half.filter((id) => json.statuses[id]?.results.pictures.length === 1)]).toEqual([
      200,
      half,
    ]);
  }
  // What is not theirs takes no room.
  expect((await batchOf(ids, { as: other })).status).toBe(200);
}, 60_000);

describe('where DynamoDB throttles', () => {
  let clouds: BrokenClouds;
  let cloud: BrokenCloud;
  let throttled = false;
  beforeAll(async () => {
    clouds = await BrokenClouds.prepare();
    const random = (): number => (throttled ? 0 : 0.9);
    cloud = await clouds.start('sound', { faults: { awsCallRate: 0.5, random, kinds: ['throttle'] } });
  }, 60_000);
  afterAll(async () => {
    await cloud?.stop();
    await clouds?.remove();
  });

  test('it is 503 and nothing is null, and afterwards all is well', async () => {
    const headers = {
      authorization: `Bearer ${await tokenOf('user-1', {}, { secret: cloud.secretOf('Jwt') })}`,
    };
    const id = never();
    const many = () => ask(cloud.url + PATH, { headers, body: { assembly_ids: [id] } });
    const known = { statuses: { [id]: null } };
    // The secret is read, and kept.
    expect((await many()).json).toEqual(known);
    throttled = true;
    const refused = await many();
    expectProblem(refused, { status: 503, code: 'unavailable' });
    expect(refused.headers.get('retry-after')).toBe('2');
    throttled = false;
    expect((await many()).json).toEqual(known);
  });
});
