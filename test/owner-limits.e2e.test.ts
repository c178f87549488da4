import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RunningWaybill } from '../scripts/local-waybill.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  eventually,
  localDocuments,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';
import { useOwnCloud } from './own-cloud.ts';

const PER_MINUTE = 30;
const OPEN = 10;

let waybill: RunningWaybill;
let documents: DynamoDBDocumentClient;
beforeAll(async () => {
  waybill = await useOwnCloud({ ownerSubmissionsPerMinute: PER_MINUTE, ownerOpenAssemblies: OPEN });
  documents = localDocuments();
}, 60_000);
afterAll(async () => {
  documents?.destroy();
  await waybill?.stop();
});

/** Stays open until somebody says otherwise. */
const review = (nonce: unknown = randomUUID()) => ({
  template_id: 'human-review',
  fields: { title: `Review ${nonce}` },
});
const cancel = async (user: string, id: string): Promise<ApiAnswer> =>
  api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });
const end = (id: string): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, {
    headers: { 'x-webhook-secret': localWaybill().update_secret },
    body: { status: 'completed' },
  });
const submitMany = (user: string, count: number): Promise<ApiAnswer[]> =>
  Promise.all(Array.from({ length: count }, () => submit(user, review())));
const idsOf = (answers: readonly ApiAnswer[]): string[] =>
  answers.filter(({ status }) => status === 202).map(({ json }) => json.assembly_id);
const codesOf = (answers: readonly ApiAnswer[]): string[] =>
  answers.filter(({ status }) => status !== 202).map(({ json }) => json.code);
const waitedOut = ({ headers }: ApiAnswer): Promise<void> =>
  setTimeout(Number(headers.get('retry-after')) * 1_000);
const itemOf = (header: string | null, name: string): Record<string, number> =>
  Object.fromEntries(
    [
      ...(new RegExp(`"${name}"((?:;\\w+="?[\\w-]+"?)+)`).exec(header ?? '')?.[1] ?? '').matchAll(
        /;(\w)=(\d+)/g,
      ),
    ].map(([, key = '', value]) => [key, Number(value)]),
  );

describe('submissions a minute', () => {
  test('a minute’s worth goes at once, the next one is 429 with when to come again, and has its turn then', async () => {
    const user = newUser();
    const { json } = await submit(user, review('same'));
    for (let count = 1; count < PER_MINUTE; count += 1) {
      const again = await submit(user, review('same'));
      expect(again).toMatchObject({ status: 202, json: { created: false } });
      expect(itemOf(again.headers.get('ratelimit'), 'submissions').r).toBeGreaterThanOrEqual(
        PER_MINUTE - 1 - count,
      );
    }
    // Turns come back every two seconds, also while these are made.
    const refused = await eventually(async () => {
      const answer = await submit(user, review('same'));
      return answer.status === 429 ? answer : undefined;
    }, 'a refusal');
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.json).toMatchObject({
      code: 'too_many_submissions',
      status: 429,
      type: 'urn:waybill:problem:too_many_submissions',
      detail: `Each owner may submit ${PER_MINUTE} times a minute.`,
    });
    const wait = Number(refused.headers.get('retry-after'));
    expect([1, 2]).toContain(wait);
    expect(itemOf(refused.headers.get('ratelimit'), 'submissions')).toEqual({ r: 0, t: wait });
    expect(refused.headers.get('ratelimit-policy')).toBe(
      `"submissions";q=${PER_MINUTE};w=60, "open";q=${OPEN};qu="concurrent-requests"`,
    );
    // The status is not held back, and neither is anybody else.
    expect((await statusOf(user, json.assembly_id)).status).toBe(202);
    expect((await submit(newUser(), review())).status).toBe(202);
    await waitedOut(refused);
    expect((await submit(user, review('same'))).status).toBe(202);
  });

  test('a dry run takes no turn, and a request that is refused for what it says takes none', async () => {
    const user = newUser();
    for (let count = 0; count < PER_MINUTE + 5; count += 1) {
      const dry = await submit(user, { ...review('dry'), dry_run: true });
      expect([dry.status, dry.headers.has('ratelimit')]).toEqual([200, false]);
      expect((await submit(user, { template_id: 'human-review', fields: {} })).status).toBe(400);
    }
    const { headers } = await submit(user, review('dry'));
    expect(itemOf(headers.get('ratelimit'), 'submissions').r).toBe(PER_MINUTE - 1);
    expect(itemOf(headers.get('ratelimit'), 'open').r).toBe(OPEN - 1);
  });
});

describe('open assemblies', () => {
  test('fifty at once open as many as the owner may have, and not one more', async () => {
    const user = newUser();
    const answers = await submitMany(user, 50);
    expect(idsOf(answers)).toHaveLength(OPEN);
    expect(new Set(codesOf(answers))).toEqual(new Set(['too_many_open']));
    const refused = answers.find(({ status }) => status === 429) as ApiAnswer;
    expect(itemOf(refused.headers.get('ratelimit'), 'open')).toEqual({ r: 0 });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  test.each([
    ['canceled', cancel],
    ['completed', (_: string, id: string) => end(id)],
  ])('where one is %s, another one may come', async (_, ending) => {
    const user = newUser();
    const [first = ''] = idsOf(await submitMany(user, OPEN));
    const refused = await submit(user, review());
    expect(refused).toMatchObject({ status: 429, json: { code: 'too_many_open' } });
    expect((await ending(user, first)).status).toBe(200);
    await waitedOut(refused);
    expect((await submit(user, review())).status).toBe(202);
    // For one alone.
    expect((await submit(user, review())).json.code).toBe('too_many_open');
  });

  test('what the owner has can be submitted again, and all of it be read', async () => {
    const user = newUser();
    const bodies = Array.from({ length: OPEN }, (_, index) => review(index));
    const first = await Promise.all(bodies.map((body) => submit(user, body)));
    expect((await submit(user, review())).json.code).toBe('too_many_open');
    for (const [index, body] of bodies.entries()) {
      const again = await submit(user, body);
      expect(again).toMatchObject({ status: 202, json: { created: false, restarted: false } });
      expect(again.json.assembly_id).toBe(first[index]?.json.assembly_id);
      expect(again.headers.has('ratelimit')).toBe(true);
    }
    const [done = ''] = idsOf(first);
    await end(done);
    // Over, it opens nothing either.
    expect(await submit(user, bodies[0] ?? {})).toMatchObject({ status: 200, json: { created: false } });
  });

  test('a restart and a retry open one, too', async () => {
    const user = newUser();
    const canceled = await submit(user, review('first'));
    await cancel(user, canceled.json.assembly_id);
    await submitMany(user, OPEN);
    await eventually(async () => {
      const { status } = await submit(user, review());
      return status === 202 || undefined;
    }, 'the tenth');
    expect((await submit(user, review('first'))).json.code).toBe('too_many_open');
    const retried = await api(`/assemblies/${canceled.json.assembly_id}/retry`, {
      method: 'POST',
      headers: await bearer(user),
    });
    expect(retried).toMatchObject({ status: 429, json: { code: 'too_many_open' } });
    expect(retried.headers.has('retry-after')).toBe(true);
    expect((await statusOf(user, canceled.json.assembly_id)).json.attempt).toBe(1);
  });

  test('of others, they are none', async () => {
    const [ada, bob] = [newUser(), newUser()];
    await submitMany(ada, OPEN);
    const answer = await submit(bob, review());
    expect(answer.status).toBe(202);
    expect(itemOf(answer.headers.get('ratelimit'), 'open').r).toBe(OPEN - 1);
  });

  // What a lost answer, a repetition, or anything that nobody has thought of leaves behind.
  test.each([
    ['too many', 1_000, 2],
    ['one less than it may', OPEN - 1, 2],
  ])('a row that says %s is set right by what is open', async (_, open, real) => {
    const user = newUser();
    await submitMany(user, real);
    await changeRow(user, { open, mark_open: open });
    await eventually(async () => {
      const { status, headers } = await submit(user, review('drift'));
      const left = itemOf(headers.get('ratelimit'), 'open').r ?? 0;
      // The turn of a repetition counts until the next count.
      return (status === 202 && left >= OPEN - real - 2 && left < OPEN - real) || undefined;
    }, 'the truth').catch(async (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(await rowOf(user))}`);
    });
  });

  test('a row that says too few is set right, too', async () => {
    const user = newUser();
    await submitMany(user, OPEN);
    await changeRow(user, { open: 4, mark_open: 4 });
    await setTimeout(2_100);
    const answer = await submit(user, review());
    expect(answer.status).toBe(202);
    expect((await submit(user, review())).json.code).toBe('too_many_open');
  });
});

const table = (): string => {
  const name = Object.entries(waybill.cloud.tables).find(([id]) => id.startsWith('RateLimits'))?.[1];
  if (name === undefined) throw new Error('There is no table of rate limits');
  return name;
};
const keyOf = (user: string) => ({ limit_key: JSON.stringify([null, user]) });

async function rowOf(user: string): Promise<Record<string, unknown> | undefined> {
  return (
    await documents.send(new GetCommand({ TableName: table(), Key: keyOf(user), ConsistentRead: true }))
  ).Item;
}

async function changeRow(
  user: string,
  { open, mark_open }: { open: number; mark_open: number },
): Promise<void> {
  await documents.send(
    new UpdateCommand({
      TableName: table(),
      Key: keyOf(user),
      UpdateExpression: 'SET #open = :open, mark_open = :mark',
      ExpressionAttributeNames: { '#open': 'open' },
      ExpressionAttributeValues: { ':open': open, ':mark': mark_open },
    }),
  );
}
