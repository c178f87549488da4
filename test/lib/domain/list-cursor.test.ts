import * as fc from 'fast-check';
import { ListCursors } from '../../../lib/domain/list-cursor.ts';

const PLACE = '2026-11-21T12:00:00.000Z#0123456789abcdef';
const LIST = ['assemblies', null, 'ada', false, null];
const cursors = new ListCursors('master', 'ada');

test('a cursor gives back its place, to the same reader of the same list', () => {
  expect(cursors.positionOf(LIST, cursors.cursor(LIST, PLACE))).toBe(PLACE);
  expect(new ListCursors('master', 'ada').positionOf(LIST, cursors.cursor(LIST, PLACE))).toBe(PLACE);
});

test.each<[string, ListCursors]>([
  ['reader', new ListCursors('master', 'bob')],
  ['deployment', new ListCursors('another', 'ada')],
])('to another %s it gives nothing', (_, others) => {
  expect(others.positionOf(LIST, cursors.cursor(LIST, PLACE))).toBeUndefined();
});

test.each([
  [[...LIST.slice(0, -1), 'queued']],
  [LIST.slice(0, -1)],
  [['assemblies', 'null', 'ada', false, null]],
  [[]],
])('of the list %j it is none', (list) => {
  expect(cursors.positionOf(list, cursors.cursor(LIST, PLACE))).toBeUndefined();
});

test('whatever else is sent, it is none', () => {
  const cursor = cursors.cursor(LIST, PLACE);
  const changed = fc
    .tuple(fc.nat({ max: cursor.length - 1 }), fc.string({ minLength: 1, maxLength: 1 }))
    .map(([at, character]) => cursor.slice(0, at) + character + cursor.slice(at + 1));
  const other = fc.oneof(
    changed,
    fc.string(),
    fc.base64String(),
    fc.string({ minLength: 99, maxLength: 99 }),
  );
  fc.assert(
    fc.property(other, (text) => {
      fc.pre(text !== cursor);
      expect(cursors.positionOf(LIST, text)).toBeUndefined();
    }),
    // The last digit of 32 bytes in base64url has two bits that count for nothing.
    {
      examples: ['ABCD'].flatMap((digits) =>
        [...digits].map((digit): [string] => [cursor.slice(0, -1) + digit]),
      ),
    },
  );
});
