import { randomUUID } from 'node:crypto';
import { epochSeconds } from '../lib/domain/assembly.ts';
import { idsOf, list, OPERATOR, refused, report, review, stored, submitted } from './listing.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  ended,
  eventually,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';

test("a user sees their own, the newest first, and nobody else's", async () => {
  const [user, other] = [newUser(), newUser()];
  const ids = [await submitted(user), await submitted(user), await submitted(user)];
  await submitted(other);
  const answer = await list(user);
  expect(answer.status).toBe(200);
  expect(idsOf(answer)).toEqual(ids.toReversed());
  expect(answer.headers.get('vary')).toBe('accept-language, authorization');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect((await list(newUser())).json).toEqual({ assemblies: [] });
});

test('each is shown as its status shows it, without what a list has no room for', async () => {
  const user = newUser();
  const { json } = await submit(user, {
    template_id: 'text-statistics',
    fields: { text: 'One text.', nonce: randomUUID() },
    reference: 'order-17',
  });
  await ended(user, json.assembly_id);
  const status = (await statusOf(user, json.assembly_id)).json;
  const [listed] = (await list(user)).json.assemblies;
  const { state, ...shared } = listed;
  expect(state).toBe('completed');
  expect(status).toMatchObject(shared);
  expect(Object.keys(listed)).toEqual(
    expect.arrayContaining(['reference', 'progress', 'user', 'ok', 'can_retry']),
  );
  for (const name of ['fields', 'result', 'results', 'uploads', 'attempts'])
    expect(listed).not.toHaveProperty(name);
});

test('sentences are in the language of the reader', async () => {
  const user = newUser();
  await submitted(user);
  const headers = { ...(await bearer(user)), 'accept-language': 'fr' };
  const { json, headers: answered } = await api('/assemblies', { headers });
  expect([json.assemblies[0].message, answered.get('content-language')]).toEqual([
    'En attente de traitement',
    'fr',
  ]);
});

describe('a list of one status', () => {
  const user = newUser();
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    ids.uploading = await stored(user, { status: 'uploading', deadline_at: 2_000_000_000 });
    ids.queued = await submitted(user);
    ids.delayed = await stored(user, {
      status: 'queued',
      next_retry_at: '2099-01-01T00:00:00.000Z',
      deadline_at: 4_200_000_000,
    });
    ids.processing = await submitted(user);
    await report(ids.processing, { status: 'processing', progress: 10 });
    ids.completed = await submitted(user);
    await report(ids.completed, { status: 'completed' });
    ids.failed = await submitted(user);
    await report(ids.failed, { status: 'failed', error: 'No.' });
    ids.partial = await submitted(user);
    await report(ids.partial, { status: 'partial' });
    ids.canceled = await submitted(user);
    await api(`/assemblies/${ids.canceled}`, { method: 'DELETE', headers: await bearer(user) });
  });

  test.each([
    ['uploading', ['uploading']],
    ['queued', ['queued', 'delayed']],
    ['processing', ['processing']],
    ['completed', ['completed']],
    ['partial', ['partial']],
    ['failed', ['failed']],
    ['canceled', ['canceled']],
    ['waiting', ['uploading', 'queued']],
    ['active', ['processing']],
    ['delayed', ['delayed']],
  ])('%s has those alone', async (status, names) => {
    expect(idsOf(await list(user, { status })).sort()).toEqual(names.map((name) => ids[name]).sort());
  });

  test('follows an assembly through its life, and into its next attempt', async () => {
    const one = newUser();
    const id = await submitted(one);
    const isIn = async (status: string) => idsOf(await list(one, { status })).includes(id);
    expect([await isIn('queued'), await isIn('canceled')]).toEqual([true, false]);
    await api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(one) });
    expect([await isIn('queued'), await isIn('canceled')]).toEqual([false, true]);
    await api(`/assemblies/${id}/retry`, { method: 'POST', headers: await bearer(one) });
    expect([await isIn('queued'), await isIn('canceled')]).toEqual([true, false]);
  });

  test('has what a worker of ours has in work', async () => {
    const one = newUser();
    const { json } = await submit(one, {
      template_id: 'text-statistics',
      fields: { text: 'One text.', nonce: randomUUID() },
    });
    await ended(one, json.assembly_id);
    await eventually(
      async () =>
        idsOf(await list(one, { status: 'completed' })).includes(json.assembly_id) ? true : undefined,
      'the place among the completed',
    );
    for (const status of ['queued', 'processing']) expect(idsOf(await list(one, { status }))).toEqual([]);
  });
});

test('a reference finds all that were submitted with it, and a new attempt takes the new one', async () => {
  const user = newUser();
  const body = review({ reference: 'lead 7/"é"' });
  const id = String((await submit(user, body)).json.assembly_id);
  await submitted(user, { reference: 'lead 8' });
  const found = async (reference: string) => idsOf(await list(user, { reference }));
  expect(await found('lead 7/"é"')).toEqual([id]);
  await api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });
  await submit(user, { ...body, reference: 'lead 9' });
  expect([await found('lead 7/"é"'), await found('lead 9')]).toEqual([[], [id]]);
  await api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });
  const { reference: _, ...without } = body;
  await submit(user, without);
  expect(await found('lead 9')).toEqual([]);
  expect(idsOf(await list(user, { reference: 'lead 8', status: 'queued' }))).toHaveLength(1);
  expect(idsOf(await list(user, { reference: 'lead 8', status: 'failed' }))).toEqual([]);
});

test('a template, a time from and a time to narrow it down, alone and together', async () => {
  const user = newUser();
  const at = (hour: number) => `2026-05-01T0${hour}:00:00.000Z`;
  const [one, two, three] = [
    await stored(user, { created_at: at(1) }),
    await stored(user, { created_at: at(2), template_id: 'text-statistics' }),
    await stored(user, { created_at: at(3) }),
  ];
  const found = async (query: Record<string, string>) => idsOf(await list(user, query));
  expect(await found({ template_id: 'human-review' })).toEqual([three, one]);
  expect(await found({ from: at(2) })).toEqual([three, two]);
  expect(await found({ to: at(2) })).toEqual([one]);
  expect(await found({ from: at(1), to: at(3), template_id: 'human-review' })).toEqual([one]);
  expect(await found({ from: '2026-05-01T05:00:00+03:00', to: '2026-05-01T02:00:00.001Z' })).toEqual([two]);
  expect(await found({ from: at(2), to: at(2) })).toEqual([]);
});

test('of one moment, each is on one page, and on one alone', async () => {
  const user = newUser();
  const created_at = '2026-05-01T00:00:00.000Z';
  const ids = [];
  for (let number = 0; number < 7; number++) ids.push(await stored(user, { created_at }));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page: ApiAnswer = await list(user, { limit: '3', ...(cursor && { cursor }) });
    seen.push(...idsOf(page));
    cursor = page.json.cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(ids.sort().toReversed());
});

test('what is past its time to live is not there any more', async () => {
  const user = newUser();
  const expires_at = epochSeconds(new Date()) - 5;
  await stored(user, { status: 'completed', expires_at });
  const there = await stored(user, { status: 'completed', expires_at: expires_at + 3_600 });
  expect(idsOf(await list(user))).toEqual([there]);
  expect(idsOf(await list(user, { status: 'completed' }))).toEqual([there]);
});

describe('a cursor', () => {
  const user = newUser();
  let cursor = '';

  beforeAll(async () => {
    for (let number = 0; number < 3; number++) await submitted(user);
    ({ cursor } = (await list(user, { limit: '2' })).json);
  });

  test('goes on, with another limit too', async () => {
    const [all, rest] = [await list(user), await list(user, { limit: '5', cursor })];
    expect(idsOf(rest)).toEqual(idsOf(all).slice(2));
    expect(rest.json).not.toHaveProperty('cursor');
  });

  test('with one bit turned, wherever it is, is none', async () => {
    for (let at = 0; at < cursor.length; at++) {
      const turned = String.fromCharCode(cursor.charCodeAt(at) ^ 1);
      const answer = await list(user, { cursor: cursor.slice(0, at) + turned + cursor.slice(at + 1) });
      expect([at, ...refused(answer)]).toEqual([at, 400, 'invalid_request']);
    }
  });

  test.each<[string, () => string]>([
    ['that is empty', () => ''],
    ['that is cut off', () => cursor.slice(0, -1)],
    ['with something after it', () => `${cursor}A`],
    ['with a padding', () => `${cursor}=`],
    ['without its signature', () => `${cursor.split('.')[0]}.`],
    ['of two', () => `${cursor},${cursor}`],
    ['of six kilobytes', () => 'A'.repeat(6_000)],
    ['with characters of no cursor', () => '\u0000😀'.repeat(20)],
    ['of the old form', () => Buffer.from('["assemblies","2026"]').toString('base64url')],
  ])('%s is none', async (_, of) => {
    expect(refused(await list(user, { cursor: of() }))).toEqual([400, 'invalid_request']);
  });

  test.each<[string, Record<string, string>]>([
    ['a status', { status: 'queued' }],
    ['a state that has the same', { status: 'waiting' }],
    ['a template', { template_id: 'human-review' }],
    ['a reference', { reference: 'r' }],
    ['a time', { from: '2020-01-01T00:00:00Z' }],
    ['an end', { to: '2099-01-01T00:00:00Z' }],
  ])('is none of the list with %s', async (_, filter) => {
    expect(refused(await list(user, { ...filter, cursor }))).toEqual([400, 'invalid_request']);
  });

  test('is none of somebody else, and none of an operator', async () => {
    expect(refused(await list(newUser(), { cursor }))).toEqual([400, 'invalid_request']);
    const query = { all_owners: 'true', template_id: 'human-review', cursor };
    expect(refused(await list(user, query, OPERATOR))).toEqual([400, 'invalid_request']);
  });
});

test.each<[string, Record<string, string>]>([
  ['an unknown status', { status: 'sent' }],
  ['a parameter that is misspelt', { stauts: 'failed' }],
  ['an empty status', { status: '' }],
  ['two statuses', { status: 'queued,failed' }],
  ['a template that could be none', { template_id: 'Human Review' }],
  ['an empty reference', { reference: '' }],
  ['a reference that is too long', { reference: 'r'.repeat(129) }],
  ['a day for a time', { from: '2026-05-01' }],
  ['a time that never was', { to: '2026-02-30T00:00:00Z' }],
  ['a year of five digits', { to: '9999-12-31T23:59:59-23:59' }],
  ['an end before the beginning', { from: '2026-05-02T00:00:00Z', to: '2026-05-01T00:00:00Z' }],
  ['a limit of none', { limit: '0' }],
  ['a limit that is too high', { limit: '101' }],
  ['a limit that is no number', { limit: 'all' }],
  ['a page before the first', { page: '0' }],
  ['a page that is no number', { page: '1.5' }],
  ['a page past the ten thousandth', { page: '1001' }],
  ['a page past the ten thousandth, of others', { page: '101', limit: '100' }],
  ['a page and a cursor', { page: '1', cursor: 'x' }],
  ['a page of a reference in a status', { page: '1', reference: 'r', status: 'queued' }],
  ['all owners and neither yes nor no', { all_owners: '1' }],
])('%s is refused', async (_, query) => {
  expect(refused(await list(newUser(), query, OPERATOR))).toEqual([400, 'invalid_request']);
});

test('the last page that can be asked for is answered, and what follows is told how to be had', async () => {
  const user = newUser();
  expect((await list(user, { page: '1000' })).json.pagination).toMatchObject({ total: 0, pages: 0 });
  expect((await list(user, { page: '1001' })).json.detail).toContain('cursor');
});

test('a machine with the read secret is no user who has a list', async () => {
  const headers = { 'x-webhook-secret': localWaybill().read_secret };
  expect(refused(await api('/assemblies', { headers }))).toEqual([401, 'unauthenticated']);
});
