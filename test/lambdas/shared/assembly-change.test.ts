import { assertLookedAfter, planChange } from '../../../lambdas/shared/assembly-change.ts';
import { STATUSES, type Status, TERMINAL } from '../../../lib/domain/state-machine.ts';

const OPEN = STATUSES.filter((status) => !(TERMINAL as readonly Status[]).includes(status));
const deadline_at = 1_800_000_000;
const owner = { user_id: 'ada' };

describe('a change of status', () => {
  test.each<[Status, Status[]]>([
    ['uploading', ['partial', 'failed', 'canceled']],
    ['queued', ['uploading', 'processing', 'partial', 'failed', 'canceled']],
    ['processing', ['queued', 'partial']],
    ['completed', ['processing']],
    ['canceled', ['uploading', 'queued', 'processing']],
  ])('to %s is made from where the state machine lets it', (status, from) => {
    expect(planChange({ owner, set: { status, deadline_at } }).from.toSorted()).toEqual(from.toSorted());
  });

  test('is made from where it says, where the state machine lets it', () => {
    expect(planChange({ from: ['processing'], owner, set: { status: 'failed' } }).from).toEqual([
      'processing',
    ]);
    expect(planChange({ from: ['queued'], owner, set: { status: 'completed' } }).from).toEqual(['queued']);
  });

  test.each<[Status, Status]>([
    ['completed', 'queued'],
    ['completed', 'failed'],
    ['failed', 'processing'],
    ['canceled', 'failed'],
    ['uploading', 'completed'],
    ['processing', 'uploading'],
  ])('from %s to %s is a fault', (before, status) => {
    const change = { from: [before], owner, set: { status, deadline_at } };
    expect(() => planChange(change)).toThrow(`No write may move an assembly from ${before} to ${status}`);
  });

  test('to the one that it has is none', () => {
    const set = { status: 'processing' as const, deadline_at };
    const change = { from: ['processing' as const], owner, set };
    expect(planChange(change).from).toEqual(['processing']);
  });
});

test('a change of something else is made whatever the status is', () => {
  expect(planChange({ set: { progress: 1 } }).from).toEqual(STATUSES);
  expect(planChange({ from: ['queued'], set: { progress: 1 } }).from).toEqual(['queued']);
});

describe('a deadline', () => {
  test.each(OPEN)('comes with every move to %s', (status) => {
    expect(() => planChange({ owner, set: { status } })).toThrow(`${status} without a deadline`);
    expect(() => assertLookedAfter({ status })).toThrow(`${status} without a deadline`);
    expect(() => assertLookedAfter({ status, deadline_at })).not.toThrow();
    expect(planChange({ owner, set: { status, deadline_at } })).toMatchObject({
      set: { deadline_at },
      remove: [],
    });
  });

  test.each(TERMINAL)('goes with the move to %s', (status) => {
    expect(() => assertLookedAfter({ status })).not.toThrow();
    expect(planChange({ owner, set: { status }, remove: ['redo'] }).remove).toEqual(['redo', 'deadline_at']);
  });

  test('stays where the status does', () => {
    expect(planChange({ set: { progress: 1 } }).remove).toEqual([]);
    expect(planChange({ set: {}, remove: ['redo'] }).remove).toEqual(['redo']);
  });
});

test('of the numbers, those that are given must match, 0 too', () => {
  expect(planChange({ set: {} }).fences).toEqual({});
  expect(planChange({ claim: 0, set: {} }).fences).toEqual({ claim: 0 });
  expect(planChange({ attempt: 1, claim: 2, version: 3, set: {} }).fences).toEqual({
    attempt: 1,
    claim: 2,
    version: 3,
  });
});

test('what is undefined is not written', () => {
  expect(planChange({ set: { result: null, error: undefined } }).set).toStrictEqual({ result: null });
});

describe('whose it is', () => {
  test.each([{ status: 'completed' }, { reference: 'order 7' }] as const)(
    'is said with a change of %p',
    (set) => {
      expect(() => planChange({ set })).toThrow('without saying whose');
      expect(planChange({ owner, set })).toMatchObject({ owner });
    },
  );

  test('need not be said with any other', () => {
    expect(planChange({ set: { progress: 1 } })).toMatchObject({ owner: undefined });
  });
});
