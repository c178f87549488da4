import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { OwnerLimitStore } from '../../../lambdas/shared/owner-limit-store.ts';
import { loseFirstAnswer, scratchTable } from '../../scratch-table.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const LIMITS = { perMinute: 60, open: 5 };
const ADA = { user_id: 'ada' };

async function stored() {
  const { client, documents, name } = await scratchTable(['limit_key']);
  const row = async (limit_key: string) =>
    (await documents.send(new GetCommand({ TableName: name, Key: { limit_key }, ConsistentRead: true })))
      .Item;
  return { client, store: new OwnerLimitStore(documents, name), documents, name, row };
}

function countingCalls(client: DynamoDBClient): () => number {
  let calls = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      calls += 1;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'countCalls' },
  );
  return () => {
    const counted = calls;
    calls = 0;
    return counted;
  };
}

test('a turn costs one write, and a second one where a pause or a burst begins', async () => {
  const { client, store } = await stored();
  const calls = countingCalls(client);
  const limits = { perMinute: 60, open: 0 };
  const costOf = async (now: Date): Promise<number> => {
    await store.take(ADA, true, limits, now);
    return calls();
  };
  expect(await costOf(NOW)).toBe(1);
  // Its container knows of the burst, and of the pause by the time.
  expect(await costOf(later(1))).toBe(1);
  expect(await costOf(later(2))).toBe(1);
  expect(await costOf(later(60_000))).toBe(1);
});

test('another container learns by the first refusal', async () => {
  const { client, store, documents, name } = await stored();
  await store.take(ADA, true, LIMITS, NOW);
  const calls = countingCalls(client);
  const other = new OwnerLimitStore(documents, name);
  expect(await other.take(ADA, true, LIMITS, later(1))).toMatchObject({ row: { open: 2 } });
  expect(calls()).toBe(2);
});

test('the row goes when no assembly of the owner can be open any more', async () => {
  const { store, row } = await stored();
  await store.take(ADA, true, LIMITS, NOW);
  const day = 86_400;
  expect(await row('[null,"ada"]')).toMatchObject({
    next_free_at: (NOW.getTime() + 1_000) * 1_000,
    open: 1,
    mark_open: 0,
    mark_at: NOW.getTime(),
    expires_at: NOW.getTime() / 1_000 + 60 * day,
  });
});

test.each([
  ['too_many_open', LIMITS, 5],
  ['too_many_submissions', { perMinute: 5, open: 0 }, 5],
  ['too_many_submissions', { perMinute: 5, open: 9 }, 5],
])('%s, by %j, after %i', async (refusal, limits, allowed) => {
  const { store } = await stored();
  for (let count = 0; count < allowed; count += 1)
    expect(await store.take(ADA, true, limits, NOW)).not.toHaveProperty('refusal');
  expect(await store.take(ADA, true, limits, NOW)).toMatchObject({ refusal });
});

test('a turn that opens nothing goes by the rate alone', async () => {
  const { store } = await stored();
  for (let count = 0; count < 5; count += 1) await store.take(ADA, true, LIMITS, NOW);
  expect(await store.take(ADA, false, LIMITS, NOW)).toMatchObject({ row: { open: 5 } });
  expect(await store.take(ADA, false, LIMITS, NOW)).not.toHaveProperty('refusal');
});

test('no two owners share a row', async () => {
  const { store } = await stored();
  const owners = [
    { user_id: 'ada' },
    { user_id: '"ada"' },
    { user_id: 'acme/ada' },
    { user_id: 'ada', tenant_id: 'acme' },
    { user_id: 'acme', tenant_id: 'ada' },
    { user_id: 'null' },
    { user_id: '[null,"ada"]' },
    { user_id: 'a,"b' },
    { user_id: '😀'.repeat(127) },
    { user_id: '"'.repeat(255) },
    // As a template's limit is called.
    { user_id: 'text-statistics' },
    { user_id: 'text-statistics:key' },
  ];
  for (const owner of owners)
    expect(await store.take(owner, true, LIMITS, NOW)).toMatchObject({ row: { open: 1 } });
});

test('a mark that somebody else has moved is left alone', async () => {
  const { store } = await stored();
  const { row } = await store.take(ADA, true, LIMITS, NOW);
  const first = await store.mark(ADA, row, later(3_000));
  expect(first).toMatchObject({ written: true, row: { mark_open: 1, mark_at: later(3_000).getTime() } });
  expect(await store.mark(ADA, row, later(4_000))).toMatchObject({ written: false, row: first.row });
});

test('a correction whose answer is lost counts once', async () => {
  const { client, store, row } = await stored();
  for (let count = 0; count < 4; count += 1) await store.take(ADA, true, LIMITS, NOW);
  const { row: marked } = await store.mark(ADA, { mark_at: NOW.getTime() }, later(3_000));
  loseFirstAnswer(client);
  await store.correct(ADA, marked, -3);
  expect(await row('[null,"ada"]')).toMatchObject({ open: 1, mark_open: 1 });
});
