import {
  isListedAs,
  JOB_STATES,
  jobStateOf,
  LIST_STATUSES,
  statusesOf,
  wantsDelayed,
} from '../../../lib/domain/job-state.ts';
import { isTerminal, STATUSES } from '../../../lib/domain/state-machine.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const later = '2026-03-01T12:00:00.001Z';
const moments = STATUSES.flatMap((status) =>
  [undefined, NOW.toISOString(), later].map((next_retry_at) => ({ status, next_retry_at })),
);

test.each([
  ['uploading', undefined, 'waiting'],
  ['queued', undefined, 'waiting'],
  ['queued', NOW.toISOString(), 'waiting'],
  ['queued', later, 'delayed'],
  ['processing', undefined, 'active'],
  ['completed', undefined, 'completed'],
  ['partial', undefined, 'completed'],
  ['failed', undefined, 'failed'],
  ['canceled', undefined, 'failed'],
] as const)('%s until %s is %s', (status, next_retry_at, state) => {
  expect(jobStateOf({ status, next_retry_at }, NOW)).toBe(state);
});

test('whatever is open is in one of the lists waiting, active and delayed, and nothing else is', () => {
  for (const moment of moments) {
    const lists = (['waiting', 'active', 'delayed'] as const).filter((word) => isListedAs(moment, word, NOW));
    expect(lists).toHaveLength(isTerminal(moment.status) ? 0 : 1);
  }
});

test('an index that is asked by statuses and delay has what belongs to the list', () => {
  for (const word of LIST_STATUSES)
    for (const moment of moments) {
      const isDelayed = jobStateOf(moment, NOW) === 'delayed';
      const isFound =
        statusesOf(word).includes(moment.status) && [undefined, isDelayed].includes(wantsDelayed(word));
      expect([word, moment, isFound]).toEqual([word, moment, isListedAs(moment, word, NOW)]);
    }
});

test('each of our statuses can be asked for, and each state that is not one of them', () => {
  expect(LIST_STATUSES).toEqual([...STATUSES, 'waiting', 'active', 'delayed']);
  expect(JOB_STATES.every((state) => (LIST_STATUSES as readonly string[]).includes(state))).toBe(true);
});
