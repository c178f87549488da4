/** Why a pattern is refused, as the end of a sentence that begins with its name. */
export class PatternError extends Error {}

/** One character that may stand there. */
export type CharacterTest = (character: string) => boolean;

export type PatternNode =
  | { readonly kind: 'character'; readonly test: CharacterTest }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number };

/** What can be one character: a class, an escape (two, where they are the halves of one), the dot, or the character itself. */
const ATOM =
  /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|x[0-9a-fA-F]{2}|.)|\[(?:\\.|[^\]\\])*\]|[^()|*+?{}[\]\\]/suy;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})\??/y;
const NOT_A_CHARACTER = /^\\[bBk1-9]/;

/**
 * Reads the part of JavaScript's patterns that can be tried in a time that grows with the value alone: classes, escapes,
 * groups, choices and repetitions. What needs to look back or ahead is refused.
 * @throws PatternError
 */
export function parsePattern(pattern: string): PatternNode {
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw new PatternError('is not a pattern of JavaScript (with the flag u)');
  }
  return new PatternParser(pattern).whole();
}

class PatternParser {
  private readonly pattern: string;
  private at = 0;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  whole(): PatternNode {
    // The whole value is meant anyway.
    if (this.pattern.startsWith('^')) this.at = 1;
    return this.choice();
  }

  private choice(): PatternNode {
    const options = [this.sequence()];
    while (this.pattern[this.at] === '|') {
      this.at += 1;
      options.push(this.sequence());
    }
    const [only] = options;
    return options.length === 1 && only ? only : { kind: 'choice', options };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    for (;;) {
      const next = this.pattern[this.at];
      if (next === undefined || next === '|' || next === ')') return { kind: 'sequence', parts };
      if (next === '$' && this.at === this.pattern.length - 1) this.at += 1;
      else parts.push(this.repeated(next === '(' ? this.group() : this.character()));
    }
  }

  private group(): PatternNode {
    this.at += 1;
    if (this.pattern.startsWith('?:', this.at)) this.at += 2;
    else if (this.pattern[this.at] === '?')
      throw new PatternError('may not look ahead or back, or name groups');
    const inside = this.choice();
    this.at += 1; // the closing one is there: JavaScript took the pattern
    return inside;
  }

  private character(): PatternNode {
    ATOM.lastIndex = this.at;
    const atom = ATOM.exec(this.pattern)?.[0] ?? '';
    if (atom === '^' || atom === '$')
      throw new PatternError('may have ^ only at its beginning and $ only at its end');
    if (atom === '' || NOT_A_CHARACTER.test(atom))
      throw new PatternError('may not have references or word boundaries');
    this.at += atom.length;
    return { kind: 'character', test: characterTest(atom) };
  }

  private repeated(of: PatternNode): PatternNode {
    QUANTIFIER.lastIndex = this.at;
    const found = QUANTIFIER.exec(this.pattern);
    if (!found) return of;
    this.at += found[0].length;
    const [, sign, low = '', comma, high = ''] = found;
    if (sign)
      return {
        kind: 'repeat',
        of,
        min: sign === '+' ? 1 : 0,
        max: sign === '?' ? 1 : Number.POSITIVE_INFINITY,
      };
    const min = Number(low);
    const max = comma === undefined ? min : high === '' ? Number.POSITIVE_INFINITY : Number(high);
    return { kind: 'repeat', of, min, max };
  }
}

function characterTest(atom: string): CharacterTest {
  if (/^[^\\.[]/u.test(atom)) return (character) => character === atom;
  const set = setOf(atom);
  return (character) => set.test(character);
}

/** What JavaScript takes as a part of a pattern and not by itself is no reason to fail: it is refused as well. */
function setOf(atom: string): RegExp {
  try {
    return new RegExp(`^${atom}$`, 'u');
  } catch {
    throw new PatternError(`may not have ${atom}`);
  }
}
