import fc from 'fast-check';
import { canonicalFields } from '../../../lib/domain/identifier.ts';
import { jsonPointer, MAX_JSON_DEPTH, whyNotCanonical } from '../../../lib/domain/json.ts';

describe('jsonPointer', () => {
  test.each<[PropertyKey[], string]>([
    [[], ''],
    [['fields'], '/fields'],
    [['fields', 0, 'name'], '/fields/0/name'],
    [[''], '/'],
    [['a/b', 'c~d'], '/a~1b/c~0d'],
    [['~1', '//', '~~'], '/~01/~1~1/~0~0'],
    [['c%d', 'é', ' ', '"'], '/c%d/é/ /"'],
    [['a', 'x'.repeat(100), 1], `/a/${'x'.repeat(100)}/1`],
    [['a', 'x'.repeat(1_000_000), 1], `/a/${'x'.repeat(100)}/1`],
    [[`${'x'.repeat(99)}😀`], `/${'x'.repeat(99)}\ufffd`],
    [['/'.repeat(200)], `/${'~1'.repeat(100)}`],
  ])('%j → %s', (path, pointer) => {
    expect(jsonPointer(path)).toBe(pointer);
  });

  test('two places never have one pointer', () => {
    const path = fc.array(fc.string({ unit: fc.constantFrom('~', '/', '0', '1', 'a'), maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(path, path, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(jsonPointer(one)).not.toBe(jsonPointer(other));
      }),
    );
  });
});

describe('whyNotCanonical', () => {
  const SURROGATE = 'has a lone surrogate';
  const KEY = 'has a key with a lone surrogate';
  const BEYOND = 'is an integer beyond 2^53: send it as a string';
  const INFINITE = 'is not a finite number';

  test.each<[string, unknown, string, string]>([
    ['a high surrogate alone', '\ud800', '', SURROGATE],
    ['a low surrogate alone', 'a\udfff', '', SURROGATE],
    ['a pair the wrong way round', '\udc00\ud800', '', SURROGATE],
    ['one beside a whole pair', '\ud83d\ude00\ud83d', '', SURROGATE],
    ['one deep inside', { a: [1, { b: '\ud800' }] }, '/a/1/b', SURROGATE],
    ['one in a key: the object is named', { '\ud800': 1 }, '', KEY],
    ['one in a key deep inside', [{ a: { b: 1, 'c\udc00': 2 } }], '/0/a', KEY],
    ['2^53', 2 ** 53, '', BEYOND],
    ['2^53 + 1, which was rounded when it was parsed', JSON.parse('[9007199254740993]'), '/0', BEYOND],
    ['-2^53', -(2 ** 53), '', BEYOND],
    ['1e200', { a: 1e200 }, '/a', BEYOND],
    ['1e400, which was parsed as infinity', JSON.parse('{"a":1e400}'), '/a', INFINITE],
    ['-Infinity', [0, Number.NEGATIVE_INFINITY], '/1', INFINITE],
    ['NaN', Number.NaN, '', INFINITE],
    ['a place whose pointer is escaped', { 'a/b': { 'c~d': [Number.NaN] } }, '/a~1b/c~0d/0', INFINITE],
    [
      'under a key that objects inherit',
      JSON.parse('{"__proto__":{"a":"\\ud800"}}'),
      '/__proto__/a',
      SURROGATE,
    ],
    ['the first of two', { a: ['\ud800'], b: Number.NaN }, '/a/0', SURROGATE],
    ['the second where the first is fine', { a: ['b'], c: Number.NaN }, '/c', INFINITE],
  ])('refused: %s', (_, value, pointer, detail) => {
    expect(whyNotCanonical(value)).toEqual({ pointer, detail });
  });

  test('the place is told from where the caller says that the value is', () => {
    expect(whyNotCanonical(['\ud800'], ['fields', 'a/b'])).toMatchObject({ pointer: '/fields/a~1b/0' });
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['true', true],
    ['an empty string', ''],
    ['a whole surrogate pair', { '\ud83d\ude00': ['\ud83d\ude00'] }],
    ['2^53 - 1', 2 ** 53 - 1],
    ['-(2^53 - 1)', -(2 ** 53 - 1)],
    ['-0', -0],
    ['the largest fraction', 2 ** 52 - 0.5],
    ['a small number', 5e-324],
    ['empty things', [[], {}, '']],
  ])('accepted: %s', (_, value) => {
    expect(whyNotCanonical(value)).toBeUndefined();
  });

  /** 1 in so many lists. */
  function nested(levels: number, wrap: (inner: unknown) => unknown = (inner) => [inner]): unknown {
    let value: unknown = 1;
    for (let level = 0; level < levels; level += 1) value = wrap(value);
    return value;
  }

  test.each<[string, (inner: unknown) => unknown, string]>([
    ['lists', (inner) => [inner], '/0'],
    ['objects', (inner) => ({ a: inner }), '/a'],
  ])('64 levels of %s are accepted, 65 are not', (_, wrap, part) => {
    expect(MAX_JSON_DEPTH).toBe(64);
    expect(whyNotCanonical(nested(64, wrap))).toBeUndefined();
    expect(whyNotCanonical(nested(65, wrap))).toEqual({
      pointer: part.repeat(65),
      detail: 'is nested deeper than 64 levels',
    });
  });

  test('100,000 levels are refused, and no stack overflows', () => {
    expect(whyNotCanonical(nested(100_000))).toMatchObject({ detail: 'is nested deeper than 64 levels' });
    const parsed: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    expect(whyNotCanonical(parsed)).toMatchObject({ detail: 'is nested deeper than 64 levels' });
  });

  // The refusal is there so that hashing never meets what has no canonical form.
  test('what is accepted has a canonical form, and survives being sent', () => {
    const doubles = fc.double().filter((number) => !Object.is(number, -0)); // canonical JSON knows one zero
    const leaf = fc.oneof(fc.string({ unit: 'binary' }), doubles, fc.maxSafeInteger(), fc.boolean());
    const surrogate = fc.constantFrom('\ud800', '\udc00', 2 ** 53, Number.NaN);
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 3 }, { arbitrary: leaf, weight: 9 }, surrogate, tie('list'), tie('object')),
      list: fc.array(tie('any'), { maxLength: 3 }),
      object: fc.dictionary(fc.string({ unit: 'binary', maxLength: 3 }), tie('any'), { maxKeys: 3 }),
    })).any;
    let accepted = 0;
    fc.assert(
      fc.property(value, (candidate) => {
        if (whyNotCanonical(candidate)) return;
        accepted += 1;
        const sent: unknown = JSON.parse(Buffer.from(JSON.stringify(candidate)).toString());
        expect(canonicalFields(sent)).toBe(canonicalFields(candidate));
        expect(JSON.stringify(sent)).toBe(JSON.stringify(candidate));
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
