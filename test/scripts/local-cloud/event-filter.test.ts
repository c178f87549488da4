import { eventFilter } from '../../../scripts/local-cloud/event-filter.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
const matches = (pattern: object, event: object): boolean =>
  eventFilter({ Filters: [{ Pattern: JSON.stringify(pattern) }] })(event);

test.each<[string, object, object, boolean]>([
  ['equal', { a: ['x'] }, { a: 'x' }, true],
  ['not equal', { a: ['x'] }, { a: 'y' }, false],
  ['no such field', { a: ['x'] }, {}, false],
  ['either', { a: ['x', 'y'] }, { a: 'y' }, true],
  ['both fields', { a: ['x'], b: [1] }, { a: 'x', b: 2 }, false],
  ['a number is not its text', { a: ['1'] }, { a: 1 }, false],
  ['null', { a: [null] }, { a: null }, true],
  ['null is not absent', { a: [null] }, {}, false],
  ['nested', { a: { b: ['x'] } }, { a: { b: 'x', c: 1 } }, true],
  ['nested under nothing', { a: { b: ['x'] } }, {}, false],
  ['an array of values has it', { a: ['x'] }, { a: ['w', 'x'] }, true],
  ['exists', { a: [{ exists: true }] }, { a: '' }, true],
  ['exists, absent', { a: [{ exists: true }] }, {}, false],
  ['exists false, absent', { a: { b: [{ exists: false }] } }, {}, true],
  ['exists false, present', { a: [{ exists: false }] }, { a: 1 }, false],
  ['exists looks at leaves only', { a: [{ exists: true }] }, { a: { b: 1 } }, false],
  ['prefix', { a: [{ prefix: 'ab' }] }, { a: 'abc' }, true],
  ['suffix', { a: [{ suffix: 'bc' }] }, { a: 'abd' }, false],
  ['anything-but', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, true],
  ['anything-but, named', { a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'x' }, false],
  ['anything-but, absent', { a: [{ 'anything-but': ['x'] }] }, {}, false],
  ['anything-but a prefix', { a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'xy' }, false],
  ['a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, true],
  ['outside a range', { a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 0 }, false],
  ['$or', { $or: [{ a: ['x'] }, { b: ['y'] }] }, { b: 'y' }, true],
  ['$or, neither', { $or: [{ a: ['x'] }, { b: ['y'] }] }, { a: 'y' }, false],
])('%s', (_what, pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});

test('any of several filters is enough, and none at all lets everything pass', () => {
  const Filters = [{ Pattern: '{"a":["x"]}' }, { Pattern: '{"b":["y"]}' }];
  expect(eventFilter({ Filters })({ b: 'y' })).toBe(true);
  expect(eventFilter({ Filters })({ c: 'z' })).toBe(false);
  expect(eventFilter(undefined)({})).toBe(true);
});

test.each([
  { a: [{ cidr: '10.0.0.0/8' }] },
  { a: [{ prefix: 'x', suffix: 'y' }] },
  { a: 'x' },
  { a: [{ prefix: 1 }] },
])('what it does not know is an error before any event: %j', (pattern) => {
  expect(() => eventFilter({ Filters: [{ Pattern: JSON.stringify(pattern) }] })).toThrow(/Event filter/);
});
