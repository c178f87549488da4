import {
  canTransition,
  isRestartable,
  isTerminal,
  predecessorsOf,
  STATUSES,
  type Status,
  TERMINAL,
} from '../../../lib/domain/state-machine.ts';

// The table of the design, section "States", and beneath it what external updates may do besides.
const MOVES: Record<Status, readonly Status[]> = {
  uploading: ['queued', 'failed', 'canceled'],
  queued: ['processing', 'canceled', 'failed'],
  processing: ['completed', 'partial', 'failed', 'canceled', 'queued'],
  failed: ['queued', 'uploading'],
  canceled: ['queued', 'uploading'],
  // uploading: docs/decisions/0015-recovery.md
  partial: ['queued', 'uploading', 'processing'],
  completed: [],
};
const EXTERNAL_MOVES: readonly [Status, Status][] = [
  ['queued', 'completed'],
  ['queued', 'partial'],
  ['queued', 'failed'],
];

const ALL = Object.keys(MOVES) as Status[];
const PAIRS = ALL.flatMap((from) => ALL.map((to): [Status, Status] => [from, to]));
const isMove = ([from, to]: [Status, Status]): boolean => MOVES[from].includes(to);
const isExternalMove = ([from, to]: [Status, Status]): boolean =>
  EXTERNAL_MOVES.some((move) => move[0] === from && move[1] === to);

test('there are seven states', () => {
  expect(STATUSES.toSorted()).toEqual(ALL.toSorted());
});

describe('from one state to another', () => {
  test.each(PAIRS.map((pair) => [...pair, isMove(pair)] as const))('%s → %s: %s', (from, to, expected) => {
    expect(canTransition(from, to)).toBe(expected);
    expect(canTransition(from, to, { external: false })).toBe(expected);
  });

  test.each(PAIRS.map((pair) => [...pair, isMove(pair) || isExternalMove(pair)] as const))(
    'external, %s → %s: %s',
    (from, to, expected) => {
      expect(canTransition(from, to, { external: true })).toBe(expected);
    },
  );
});

describe('predecessorsOf', () => {
  test.each<[Status, Status[], Status[]]>([
    ['uploading', ['failed', 'canceled', 'partial'], ['failed', 'canceled', 'partial']],
    [
      'queued',
      ['uploading', 'processing', 'partial', 'failed', 'canceled'],
      ['uploading', 'processing', 'partial', 'failed', 'canceled'],
    ],
    ['processing', ['queued', 'partial'], ['queued', 'partial']],
    ['completed', ['processing'], ['queued', 'processing']],
    ['partial', ['processing'], ['queued', 'processing']],
    ['failed', ['uploading', 'queued', 'processing'], ['uploading', 'queued', 'processing']],
    ['canceled', ['uploading', 'queued', 'processing'], ['uploading', 'queued', 'processing']],
  ])('%s', (to, ours, external) => {
    expect(predecessorsOf(to).toSorted()).toEqual(ours.toSorted());
    expect(predecessorsOf(to, { external: false }).toSorted()).toEqual(ours.toSorted());
    expect(predecessorsOf(to, { external: true }).toSorted()).toEqual(external.toSorted());
  });
});

describe('ends', () => {
  test.each<[Status, boolean, boolean]>([
    ['uploading', false, false],
    ['queued', false, false],
    ['processing', false, false],
    ['completed', true, false],
    ['partial', true, false],
    ['failed', true, true],
    ['canceled', true, true],
  ])('%s: terminal %s, restartable %s', (status, terminal, restartable) => {
    expect(isTerminal(status)).toBe(terminal);
    expect((TERMINAL as readonly Status[]).includes(status)).toBe(terminal);
    expect(isRestartable(status)).toBe(restartable);
  });

  test('no end leads straight to another', () => {
    const leaps = PAIRS.filter(
      ([from, to]) => isTerminal(from) && canTransition(from, to, { external: true }),
    );
    expect(leaps.map(([, to]) => to).filter(isTerminal)).toEqual([]);
  });
});
