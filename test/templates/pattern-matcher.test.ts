import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PatternMatcher } from '../../templates/pattern-matcher.ts';
import { PatternError } from '../../templates/pattern-syntax.ts';

const matches = (pattern: string, value: string): boolean => new PatternMatcher(pattern).matches(value);

describe('a pattern means what it means to JavaScript, for the whole value', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    'é',
    '🚢',
    '.',
    '\\d',
    '\\w',
    '[ab]',
    '[^a]',
    '\\p{L}',
    '\\.',
    '[\\d-]',
    '\\u0061',
    '\\x62',
    '1',
  );
  const quantifier = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,2}', '*?', '{0}');
  const { pattern } = fc.letrec<{ pattern: string; piece: string; sequence: string }>((tie) => ({
    pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((options) => options.join('|')),
    sequence: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.join('')),
    piece: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(atom, quantifier).map((parts) => parts.join('')) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(fc.constantFrom('(', '(?:'), tie('pattern'), quantifier)
          .map(([open, inner, sign]) => `${open}${inner})${sign}`),
      },
    ),
  }));
  const value = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '🚢', '1', '.', '-', '\n'), maxLength: 8 });

  test('for any pattern and value', () => {
    const property = fc.property(pattern, value, (source, text) => {
      fc.pre(source.length < 60); // repetitions of repetitions are refused
      let matcher: PatternMatcher;
      try {
        matcher = new PatternMatcher(source);
      } catch {
        fc.pre(false);
        return;
      }
      expect(matcher.matches(text)).toBe(new RegExp(`^(?:${source})$`, 'u').test(text));
    });
    fc.assert(property, { numRuns: 3_000 });
  });

  test('for every escape there is, in a class and out of it', () => {
    const hex = fc.constantFrom('0', '4', '6', '1', 'a', 'D', 'd', '8', 'C', 'e', 'F', 'x');
    const digits = fc.array(hex, { maxLength: 6 }).map((all) => all.join(''));
    const escaped = fc.oneof(
      fc.constantFrom(...Array.from({ length: 96 }, (_, index) => `\\${String.fromCharCode(32 + index)}`)),
      fc
        .tuple(fc.constantFrom('\\u', '\\x', '\\c', '\\0', '\\', '\\uD83D\\u', '\\uDE00\\u'), digits)
        .map((all) => all.join('')),
      digits.map((all) => `\\u{${all}}`),
      fc.constantFrom(
        '\\uD83D\\uDE00',
        '\\ud83d',
        '\\uDE00',
        '\\cA',
        '\\cz',
        '\\c1',
        '\\p{Lu}',
        '\\P{L}',
        '\\p{X}',
        '\\k<a>',
      ),
      fc.constantFrom('a', '-', '^', '😀'),
    );
    const source = fc.oneof(
      fc.array(escaped, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
      fc.array(escaped, { minLength: 1, maxLength: 3 }).map((all) => `[${all.join('')}]`),
    );
    const text = fc.string({
      unit: fc.constantFrom(
        'a',
        'D',
        '\u0001',
        '\u001a',
        '\0',
        '😀',
        '\uD83D',
        '\uDE00',
        '-',
        '/',
        ' ',
        '\n',
        'd',
        '0',
      ),
      maxLength: 3,
    });
    const property = fc.property(source, text, (pattern, value) => {
      let expected: RegExp | undefined;
      try {
        expected = new RegExp(`^(?:${pattern})$`, 'u');
      } catch {}
      let matcher: PatternMatcher;
      try {
        matcher = new PatternMatcher(pattern);
      } catch (error) {
        // What is refused is refused in words, and only where JavaScript refuses it too, or it is no character.
        expect(error).toBeInstanceOf(PatternError);
        if (expected) expect(pattern.replace(/\\[^bB]/g, '')).toMatch(/\\[bB]|[\^$]/);
        return;
      }
      expect(matcher.matches(value)).toBe(expected?.test(value));
    });
    fc.assert(property, { numRuns: 20_000 });
  });

  test.each([
    ['^[A-Z]{4}\\d{8}$', 'ABCD12345678', true],
    ['[A-Z]{4}\\d{8}', 'ABCD123456789', false],
    ['[A-Z]\\d[A-Z] ?\\d[A-Z]\\d', 'H2X 1Y4', true],
    ['cat|dog', 'dogs', false],
    ['\\$', '$', true],
    ['', '', true],
    ['[]', 'x', false],
    ['\\cA', '\u0001', true],
    ['\\cAz?', '\u0001z', true],
    ['\\uD83D\\uDE00', '😀', true],
    ['(\\ud83d\\ude00){2}', '😀😀', true],
    ['\\uD83D\\u0061', '\uD83Da', true],
    ['[\\uD83D\\uDE00\\cB]+', '😀\u0002', true],
  ])('%s and %s: %s', (source, text, isMatch) => {
    expect(matches(source, text)).toBe(isMatch);
  });

  test('it can be asked again, also after it has forgotten what it knew', () => {
    const matcher = new PatternMatcher('(\\p{L}|a)*a(\\p{L}|a){10}');
    const letters = Array.from({ length: 3_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join(
      '',
    );
    for (let round = 0; round < 3; round += 1) {
      expect(matcher.matches(`${letters}a${'b'.repeat(10)}`)).toBe(true);
      expect(matcher.matches(`${letters}a${'b'.repeat(9)}`)).toBe(false);
    }
  });
});

describe('patterns that hold up JavaScript', () => {
  // Each would take longer than the universe is old, so a test that ends has passed.
  test.each([
    '(a+)+',
    '(a|a)*',
    '(a|aa)+',
    '(.*a){20}',
    '(a*)*',
    '((a?){20}a{20})*',
    '\\w*\\w*\\w*\\w*\\w*\\w*x',
  ])('%s is tried in a moment', (source) => {
    expect(matches(source, `${'a'.repeat(5_000)}!`)).toBe(false);
  });

  test.each([
    ['(?=a)b', 'look ahead'],
    ['(?<!a)b', 'look ahead or back'],
    ['(?<n>a)', 'name groups'],
    ['(a)\\1', 'references'],
    ['\\bword\\b', 'word boundaries'],
    ['a$b', '$ only at its end'],
    ['a|^b', '^ only at its beginning'],
    ['(', 'not a pattern'],
    ['a{2,1}', 'not a pattern'],
    ['a{300}', '250 characters'],
    ['((a{10}){10}){10}', '250 characters'],
    ['((((((){9}){9}){9}){9}){9}){9}', '250 characters'],
  ])('%s is refused: %s', (source, why) => {
    expect(() => new PatternMatcher(source)).toThrow(why);
  });
});
