import { type SendDueDependencies, sendDueDeliveries } from '../../../lambdas/sweep/send-due-deliveries.ts';
import { DUE_SHARDS, type DueDelivery, dueShard } from '../../../lib/domain/delivery.ts';

const NOW = new Date('2026-11-21T12:00:00.400Z');
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

/** Planned for then, with no message under way. */
const planned = (shard: string, seconds: number): DueDelivery => ({
  endpoint_id: 'assembly:1',
  event_id: `evt_${shard}${String(Math.round(seconds * 1000)).padStart(31, '0')}`,
  attempt_count: 3,
  next_attempt_at: at(seconds),
  due_at: at(seconds),
});
/** Its message should have come then, and is given up five minutes later. */
const sent = (shard: string, seconds: number): DueDelivery => ({
  ...planned(shard, seconds),
  due_at: at(seconds + 300),
});

/** An index in memory, with pages of two. */
function world(rows: readonly DueDelivery[], changes: Partial<SendDueDependencies> = {}) {
  const sends: { id: string; delaySeconds?: number }[] = [];
  const moves: { id: string; dueAt: string }[] = [];
  const dependencies: SendDueDependencies = {
    deliveries: {
      due: async (shard, before, { from }) => {
        const due = rows
          .filter(({ event_id, due_at }) => dueShard(event_id) === shard && due_at <= before.toISOString())
          .sort((a, b) => (a.due_at < b.due_at ? -1 : 1));
        const start = Number(from?.start ?? 0);
        const next = start + 2 < due.length ? { start: start + 2 } : undefined;
        return { due: due.slice(start, start + 2), next };
      },
      moveDue: async ({ event_id }, dueAt) => {
        moves.push({ id: event_id, dueAt: dueAt.toISOString() });
        return true;
      },
    },
    webhooks: {
      send: async ({ event_id }, options) => {
        sends.push({ id: event_id, ...options });
      },
    },
    now: () => NOW,
    mayGoOn: () => true,
    ...changes,
  };
  return { dependencies, sends, moves };
}

test.each<[string, DueDelivery, number | undefined]>([
  ['that is far away is left', planned('0', 900.001), undefined],
  ['in 15 minutes is sent with that delay', planned('0', 900), 900],
  ['within a second is never early', planned('0', 0.001), 1],
  ['that is due now', planned('0', 0), 0],
  ['that is overdue', planned('0', -86_400), 0],
  ['whose message is under way is left', sent('0', 5), undefined],
  ['whose message is five minutes late all but a bit is left', sent('0', -299.999), undefined],
  ['whose message is five minutes late is sent again', sent('0', -300), 0],
])('a delivery %s', async (_, row, delaySeconds) => {
  const { dependencies, sends, moves } = world([row]);
  const outcome = await sendDueDeliveries(dependencies);
  const expected = delaySeconds === undefined ? [] : [{ id: row.event_id, delaySeconds }];
  expect(sends).toEqual(expected);
  expect(moves).toEqual(expected.map(({ id, delaySeconds }) => ({ id, dueAt: at(delaySeconds + 300) })));
  expect(outcome).toMatchObject({ sent: expected.length, failed: 0 });
});

test('all shards are looked through, page by page, each from the longest due on', async () => {
  const rows = DUE_SHARDS.flatMap((shard) =>
    [-50, -10, -30, -40, -20].map((seconds) => planned(shard, seconds)),
  );
  const { dependencies, sends } = world(rows);
  expect(await sendDueDeliveries(dependencies)).toMatchObject({ sent: 80 });
  for (const shard of DUE_SHARDS) {
    const ids = sends.filter(({ id }) => dueShard(id) === shard).map(({ id }) => id);
    expect(ids).toEqual([-50, -40, -30, -20, -10].map((seconds) => planned(shard, seconds).event_id));
  }
});

test.each<[string, readonly DueDelivery[], number]>([
  ['the latest of those that are sent', [planned('1', -10), planned('2', -70.9), planned('3', 60)], 70],
  ['of one whose message is under way, too', [sent('1', -120)], 120],
  ['of one that was sent again and again', [{ ...sent('1', -7_200), due_at: at(100) }], 7_200],
  ['nothing, where all are in time', [planned('1', 0), planned('2', 600), sent('3', 5)], 0],
  ['nothing, where there is none', [], 0],
])('tells how far the attempts are past their time: %s', async (_, rows, oldestDueSeconds) => {
  expect(await sendDueDeliveries(world(rows).dependencies)).toMatchObject({ oldestDueSeconds });
});

test('an error of one does not stop the others, and it is not moved', async () => {
  const rows = [-3, -2, -1].map((seconds) => planned('7', seconds));
  const { dependencies, sends, moves } = world(rows);
  const webhooks: SendDueDependencies['webhooks'] = {
    send: async (message, options) => {
      if (message.event_id === rows[1]?.event_id) throw new Error('The queue does not answer');
      await dependencies.webhooks.send(message, options);
    },
  };
  expect(await sendDueDeliveries({ ...dependencies, webhooks })).toMatchObject({ sent: 2, failed: 1 });
  expect(sends.map(({ id }) => id)).toEqual([rows[0]?.event_id, rows[2]?.event_id]);
  expect(moves).toHaveLength(2);
});

test('a shard that cannot be read does not stop the others, and is counted', async () => {
  const { dependencies, sends } = world([planned('1', -1), planned('2', -1)]);
  const deliveries: SendDueDependencies['deliveries'] = {
    ...dependencies.deliveries,
    due: async (shard, ...rest) => {
      if (shard === '1') throw new Error('The table does not answer');
      return dependencies.deliveries.due(shard, ...rest);
    },
  };
  expect(await sendDueDeliveries({ ...dependencies, deliveries })).toMatchObject({ sent: 1, failed: 1 });
  expect(sends).toHaveLength(1);
});

test('one that was taken on meanwhile is no error', async () => {
  const { dependencies } = world([planned('1', -1)]);
  const deliveries = { ...dependencies.deliveries, moveDue: async () => false };
  expect(await sendDueDeliveries({ ...dependencies, deliveries })).toMatchObject({ sent: 1, failed: 0 });
});

test('when the time is over, the rest is left, and how late it is is told', async () => {
  const rows = [-40, -30, -20, -10].map((seconds) => planned('7', seconds));
  let left = 1;
  const { dependencies, sends } = world(rows, { mayGoOn: () => left-- > 0 });
  expect(await sendDueDeliveries(dependencies)).toEqual({ sent: 1, failed: 0, oldestDueSeconds: 40 });
  expect(sends.map(({ id }) => id)).toEqual([rows[0]?.event_id]);
});

test('a backlog in one shard does not keep the others waiting', async () => {
  const rows = [...[-40, -30, -20].map((seconds) => planned('0', seconds)), planned('f', -1)];
  let left = 4;
  const { dependencies, sends } = world(rows, { mayGoOn: () => left-- > 0 });
  await sendDueDeliveries(dependencies);
  expect(sends.map(({ id }) => dueShard(id))).toContain('f');
});
