import { TurnTaker } from '../../../lambdas/submission-worker/turn-taker.ts';
import type { Reservation } from '../../../lib/domain/rate-limit.ts';
import { NOW } from './run-submission.ts';

const at = (index: number): Date => new Date(NOW.getTime() + index);

function taker(reserve = async ({ count }: Reservation) => Array.from({ length: count }, (_, i) => at(i))) {
  const asked: Reservation[] = [];
  const limits = {
    reserve: (reservation: Reservation) => {
      asked.push(reservation);
      return reserve(reservation);
    },
  };
  return { asked, turns: new TurnTaker(limits, () => NOW) };
}

test('turns that are asked for together are one reservation for each limit, and each gets its own', async () => {
  const { asked, turns } = taker();
  const given = await Promise.all([turns.take('a', 5), turns.take('b', 1), turns.take('a', 5)]);
  expect(given).toEqual([at(0), at(0), at(1)]);
  expect(asked).toEqual([
    { limitKey: 'a', perSecond: 5, count: 2 },
    { limitKey: 'b', perSecond: 1, count: 1 },
  ]);
});

test('those that are asked for later are reserved later', async () => {
  const { asked, turns } = taker();
  await turns.take('a', 5);
  await turns.take('a', 5);
  expect(asked.map(({ count }) => count)).toEqual([1, 1]);
});

test('a reservation that fails is heard of by all who asked, and by nobody else', async () => {
  const { turns } = taker(async ({ limitKey }) => {
    if (limitKey === 'a') throw new Error('throttled');
    return [NOW];
  });
  const outcomes = await Promise.allSettled([turns.take('a', 1), turns.take('a', 1), turns.take('b', 1)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

test('nobody goes without a turn where there are fewer than asked for', async () => {
  const { turns } = taker(async () => [NOW]);
  const [first, second] = await Promise.allSettled([turns.take('a', 1), turns.take('a', 1)]);
  expect([first?.status, second?.status]).toEqual(['fulfilled', 'rejected']);
});
