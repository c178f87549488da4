import { randomUUID } from 'node:crypto';
import type { ListedAssembly } from '../lib/domain/assembly-list.ts';
import { idsOf, list, OPERATOR, refused, review, stored, submitted } from './listing.ts';
import { api, localWaybill, newUser, tokenOf } from './local-cloud.ts';

describe('an operator', () => {
  const template = `t-${randomUUID().slice(0, 20)}`;
  const query = { all_owners: 'true', template_id: template };
  const [ada, bob, operator] = [newUser(), newUser(), newUser()];
  const ids: string[] = [];

  beforeAll(async () => {
    for (let number = 0; number < 12; number++)
      ids.push(
        await stored(number % 2 ? ada : bob, {
          template_id: template,
          status: number % 3 ? 'completed' : 'failed',
          created_at: new Date(Date.UTC(2026, 4, 1, number)).toISOString(),
        }),
      );
  });

  test.each<[string, Record<string, unknown>]>([
    ['a scope', { scope: 'waybill:operator' }],
    ['one of many', { scope: 'a waybill:operator b' }],
    ['a list', { scp: ['a', 'waybill:operator'] }],
    ['another name', { scp: 'a waybill:operator' }],
  ])('by %s sees those of a template, whoever submitted them, the newest first', async (_, claims) => {
    const answer = await list(operator, query, claims);
    expect(idsOf(answer)).toEqual(ids.toReversed().slice(0, 10));
    expect(answer.json.assemblies.map(({ user }: ListedAssembly) => user.userId).slice(0, 2)).toEqual([
      ada,
      bob,
    ]);
    const rest = await list(operator, { ...query, cursor: answer.json.cursor }, claims);
    expect(idsOf(rest)).toEqual(ids.toReversed().slice(10));
  });

  test('sees those in a status, and of a time', async () => {
    const failed = ids.filter((_, number) => number % 3 === 0).toReversed();
    expect(idsOf(await list(operator, { ...query, status: 'failed' }, OPERATOR))).toEqual(failed);
    const from = '2026-05-01T05:00:00Z';
    expect(idsOf(await list(operator, { ...query, status: 'failed', from }, OPERATOR))).toEqual(
      failed.slice(0, 2),
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ['no scope', {}],
    ['another one', { scope: 'waybill:operators waybill waybill: operator' }],
    ['one that is no text', { scope: { 'waybill:operator': true }, scp: [['waybill:operator'], 7, null] }],
    ['one in capitals', { scope: 'WAYBILL:OPERATOR' }],
  ])('with %s is none', async (_, claims) => {
    const answer = await list(operator, query, claims);
    expect(refused(answer)).toEqual([403, 'insufficient_scope']);
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="waybill", error="insufficient_scope", scope="waybill:operator"',
    );
  });

  test.each<[string, Record<string, string>]>([
    ['without a template', { all_owners: 'true' }],
    ['with a page', { ...query, page: '1' }],
    ['with a reference', { ...query, reference: 'r' }],
  ])('is refused %s', async (_, wrong) => {
    expect(refused(await list(operator, wrong, OPERATOR))).toEqual([400, 'invalid_request']);
  });

  test('has a list of their own, which is that of nobody else', async () => {
    const id = await submitted(operator);
    expect(idsOf(await list(operator, {}, OPERATOR))).toEqual([id]);
    expect(idsOf(await list(operator, { all_owners: 'false' }, OPERATOR))).toEqual([id]);
  });

  describe('about the assembly of somebody else', () => {
    let id = '';
    const as = async (claims: object, path: string, method = 'GET', body?: object): Promise<number> => {
      const headers = { authorization: `Bearer ${await tokenOf(operator, { ...claims })}` };
      const { status, json } = await api(path, { method, headers, body });
      return json?.statuses?.[id] === null ? 404 : status;
    };

    beforeAll(async () => {
      id = await submitted(ada);
    });

    test.each<[string, () => [string, string?, object?], number]>([
      ['the status', () => [`/assemblies/${id}`], 202],
      ['the status by its other address', () => [`/status?assemblyId=${id}`], 202],
      ['many', () => ['/assemblies/batch-status', 'POST', { assembly_ids: [id] }], 200],
      ['the recipients', () => [`/assemblies/${id}/submissions`], 200],
      ['the deliveries', () => [`/assemblies/${id}/deliveries`], 200],
    ])('may read %s', async (_, request, expected) => {
      expect([await as(OPERATOR, ...request()), await as({}, ...request())]).toEqual([expected, 404]);
    });

    test('may go to a result', async () => {
      const results = {
        one: [{ id: '1-1', name: 'a.txt', size: 1, mime: 'text/plain', field: 'a', original_id: '' }],
      };
      const made = await stored(ada, { status: 'completed', results });
      const go = async (claims: object) => {
        const headers = { authorization: `Bearer ${await tokenOf(operator, { ...claims })}` };
        const url = `${localWaybill().url}/assemblies/${made}/results/1-1`;
        return (await fetch(url, { headers, redirect: 'manual' })).status;
      };
      // There is no such file in the bucket: only who may have it hears that it has gone.
      expect([await go(OPERATOR), await go({})]).toEqual([410, 404]);
    });

    test.each<[string, () => [string, string, object?]]>([
      ['cancel it', () => [`/assemblies/${id}`, 'DELETE']],
      ['retry it', () => [`/assemblies/${id}/retry`, 'POST']],
    ])('may not %s', async (_, request) => {
      expect(await as(OPERATOR, ...request())).toBe(404);
    });

    test('may not report on it, nor see the secret of its owner', async () => {
      expect(await as(OPERATOR, `/assemblies/${id}/status`, 'POST', { status: 'completed' })).toBe(401);
      const secretOf = async (user: string, claims: object) => {
        const headers = { authorization: `Bearer ${await tokenOf(user, { ...claims })}` };
        return (await api('/webhook-secret', { headers })).json.secret;
      };
      expect(await secretOf(operator, OPERATOR)).toBe(await secretOf(operator, {}));
    });

    test('submits for themselves alone', async () => {
      const body = review();
      const [mine, theirs] = await Promise.all(
        [operator, ada].map(async (user) => {
          const headers = {
            authorization: `Bearer ${await tokenOf(user, user === operator ? OPERATOR : {})}`,
          };
          return (await api('/assemblies', { headers, body })).json;
        }),
      );
      expect(mine.assembly_id).not.toBe(theirs.assembly_id);
      expect(mine.user.userId).toBe(operator);
    });
  });
});
