import fc from 'fast-check';
import { limitKeyOf, paceOf } from '../../../lib/domain/rate-limit.ts';

describe('the key of a limit', () => {
  test('is the template and, where there is one, the key', () => {
    expect(limitKeyOf('letters')).toBe('letters');
    expect(limitKeyOf('letters', 'a.example')).toBe('letters:a.example');
    expect(limitKeyOf('letters', '')).toBe('letters:');
  });

  test.each([
    ['a long one', 'x'.repeat(129)],
    ['one that is no text', '\ud800'],
  ])('%s is told by its hash', (_, key) => {
    expect(limitKeyOf('letters', key)).toMatch(/^letters#[0-9a-f]{64}$/);
  });

  test('belongs to no other limit, and fits into a key of the table', () => {
    const template = fc.stringMatching(/^[a-z][a-z0-9-]{1,31}$/);
    const key = fc.option(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 140 }),
        fc.constantFrom('#', ':', 'x'.repeat(500), `#${'0'.repeat(64)}`, '\ud800', '\ud801', '\ufffd'),
      ),
      { nil: undefined },
    );
    const limit = fc.tuple(template, key);
    fc.assert(
      fc.property(limit, limit, (one, other) => {
        const [a, b] = [limitKeyOf(...one), limitKeyOf(...other)];
        expect(a === b).toBe(one[0] === other[0] && one[1] === other[1]);
        expect(Buffer.byteLength(a)).toBeLessThanOrEqual(500);
        expect(a.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('the pace', () => {
  test.each([
    [1_000, { interval: 1_000, tolerance: 999_000 }],
    [999, { interval: 1_002, tolerance: 998 * 1_002 }],
    [3, { interval: 333_334, tolerance: 666_668 }],
    [1, { interval: 1_000_000, tolerance: 0 }],
    [1 / 3, { interval: 3_000_000, tolerance: 0 }],
    [1 / 7, { interval: 7_000_000, tolerance: 0 }],
    [1 / 86_400, { interval: 86_400_000_000, tolerance: 0 }],
  ])('of %d a second, in whole microseconds', (perSecond, pace) => {
    expect(paceOf(perSecond)).toEqual(pace);
  });
});
