import fc from 'fast-check';
import { pageCursor, positionOf } from '../../../lib/domain/page-cursor.ts';

const LIST = ['deliveries', 'a'];

test('a cursor gives its position back, and is a word of a URL', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (position) => {
      const cursor = pageCursor(LIST, position);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(positionOf(LIST, cursor)).toEqual(JSON.parse(JSON.stringify(position)));
    }),
  );
});

test.each([
  ['of another assembly', pageCursor(['deliveries', 'b'], 1)],
  ['of another list', pageCursor(['assemblies', 'a'], 1)],
  ['of a shorter list', pageCursor(['deliveries'], 'a')],
  ['of a longer list', pageCursor([...LIST, 'b'], 1)],
  ['without a position', Buffer.from(JSON.stringify(LIST)).toString('base64url')],
  ['that is no list', Buffer.from('{"0":"deliveries","1":"a","2":1,"length":3}').toString('base64url')],
  ['that is no JSON', Buffer.from('deliveries').toString('base64url')],
  ['that is empty', ''],
  ['that is no base64', '🚢'],
])('a cursor %s has none', (_, cursor) => {
  expect(positionOf(LIST, cursor)).toBeUndefined();
});

test('whatever the text is, there is no error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void positionOf(LIST, text)));
});
