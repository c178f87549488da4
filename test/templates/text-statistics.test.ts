import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StepError, ValidationError } from '../../lib/domain/assembly-error.ts';
import { textStatistics } from '../../templates/text-statistics.ts';
import { runSteps } from './step-context.ts';

interface Result {
  language: string;
  words: number;
  distinct_words: number;
  sentences: number;
  paragraphs: number;
  characters: number;
  average_words_per_sentence: number;
  reading_seconds: number;
  terms: { term: string; count: number }[];
}

const statistics = async (text: string, language?: string): Promise<Result> =>
  (await runSteps(textStatistics, { text, language })).result as unknown as Result;
const termsOf = async (text: string, language?: string): Promise<string[]> =>
  (await statistics(text, language)).terms.map(({ term, count }) => `${term} ${count}`);
const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

const RESULT_LIMIT = 32 * 1024;

describe('counts', () => {
  test('an English text', async () => {
    const text = "The ship left. It didn't wait!\n\nWho saw the ship's boat? Two men.\n";
    expect(await statistics(text)).toEqual({
      language: 'en',
      words: 13, // the ship left | it didn't wait | who saw the ship's boat | two men
      distinct_words: 12, // "the" twice; "ship" and "ship's" are two forms
      sentences: 4,
      paragraphs: 2,
      characters: 66, // 30 + a blank line of 2 + 33 + the last line break
      average_words_per_sentence: 3.25,
      reading_seconds: 4, // 13 / 238 of a minute is 3.28 seconds
      terms: [
        { term: 'ship', count: 2 },
        { term: 'boat', count: 1 },
        { term: 'left', count: 1 },
        { term: 'men', count: 1 },
        { term: 'saw', count: 1 },
        { term: 'two', count: 1 },
        { term: 'wait', count: 1 },
      ],
    });
  });

  test('a French text: elided articles are no terms', async () => {
    const text = 'L’ami attend. Aujourd’hui, l’école ouvre : l’ami n’est plus seul.';
    expect(await statistics(text, 'fr-ca')).toEqual({
      language: 'fr-CA',
      words: 9, // l'ami attend | aujourd'hui l'école ouvre l'ami n'est plus seul
      distinct_words: 8,
      sentences: 2,
      paragraphs: 1,
      characters: 65,
      average_words_per_sentence: 4.5,
      reading_seconds: 3, // 2.27
      terms: [
        { term: 'ami', count: 2 },
        { term: 'attend', count: 1 },
        { term: "aujourd'hui", count: 1 },
        { term: 'ouvre', count: 1 },
        { term: 'seul', count: 1 },
        { term: 'école', count: 1 },
      ],
    });
  });

  test.each([
    ['a line break inside a paragraph ends no sentence', 'The ship\nleft the\r\nharbour.', 1, 1],
    ['a blank line ends a sentence that has no full stop', 'The Ledger\n\nThe ship left', 2, 2],
    ['blank lines may hold white space, and may be many', '\n\n One.\r\n \t\r\n\n Two.\n\n\n', 2, 2],
    ['a sentence without words is none', 'Go. ... !!! 🙂. Stay.', 2, 1],
    ['marks alone are a paragraph, and no sentence', 'One.\n\n* * *\n\nTwo.', 2, 3],
  ])('%s', async (_, text, sentences, paragraphs) => {
    expect(await statistics(text)).toMatchObject({ sentences, paragraphs });
  });

  test('reading time is at 238 words a minute', async () => {
    expect(await statistics('ship '.repeat(238))).toMatchObject({ words: 238, reading_seconds: 60 });
  });

  test('numbers are words, and no terms', async () => {
    expect(await statistics('1,000 ships in 1850')).toMatchObject({
      words: 4,
      terms: [{ term: 'ships', count: 1 }],
    });
  });
});

describe('terms', () => {
  test('the most frequent come first, those of equal count in the order of their code units', async () => {
    expect(await termsOf('pear Zebra apple fig pear école zebra fig')).toEqual([
      'fig 2',
      'pear 2',
      'zebra 2',
      'apple 1',
      'école 1',
    ]);
  });

  test('twenty at most', async () => {
    const words = Array.from({ length: 30 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const terms = await termsOf(words.toReversed().join(' '));
    expect(terms).toEqual(words.slice(0, 20).map((word) => `${word} 1`));
  });

  test.each([
    ['en', "It's the ship, and they'll say that the ship isn't theirs. Don’t!", ['ship 2', 'say 1']],
    ['en-GB', 'The harbour', ['harbour 1']],
    ['fr', "C'est le bateau qu'il a vu : quelqu'un l'a pris.", ['bateau 1', 'pris 1', 'vu 1']],
    ['de', 'Das Schiff und das Meer', ['das 2', 'meer 1', 'schiff 1', 'und 1']],
  ])('stop words of %s in “%s”', async (language, text, terms) => {
    expect(await termsOf(text, language)).toEqual(terms);
  });

  test('a text of nothing but stop words has none', async () => {
    expect(await statistics('It was what it was.')).toMatchObject({ words: 5, terms: [] });
  });

  test('a very long word is cut, between characters', async () => {
    const { terms } = await statistics('𝒳'.repeat(7_000));
    expect(terms).toEqual([{ term: `${'𝒳'.repeat(39)}…`, count: 1 }]);
  });
});

describe('Unicode', () => {
  test('an emoji is one character and no word', async () => {
    expect(await statistics('Hi 👩‍👩‍👧 🇳🇴')).toMatchObject({ words: 1, characters: 6 });
  });

  test('a combining mark belongs to its letter, and to the same word as the composed one', async () => {
    expect(await statistics('cafe\u0301 caf\u00e9')).toMatchObject({
      words: 2,
      distinct_words: 1,
      characters: 9,
      terms: [{ term: 'caf\u00e9', count: 2 }],
    });
  });

  test('Japanese, which has no spaces', async () => {
    const result = await statistics('猫が好き。犬も好き。', 'ja');
    expect(result).toMatchObject({ language: 'ja', words: 6, sentences: 2, characters: 10 });
    expect(result.terms[0]).toEqual({ term: '好き', count: 2 });
  });

  test('Chinese, which has none either', async () => {
    expect(await termsOf('我喜欢猫。你喜欢猫吗？', 'zh-Hans')).toEqual([
      '喜欢 2',
      '猫 2',
      '你 1',
      '吗 1',
      '我 1',
    ]);
  });

  test('case is folded as the language does', async () => {
    expect(await termsOf('IŞIK ışık', 'tr')).toEqual(['ışık 2']);
  });
});

describe('progress', () => {
  test('never falls, stays within 0 and 1, and ends at 1', async () => {
    const paragraphs = Array.from({ length: 25 }, (_, index) => 'A ship left. '.repeat(index + 1));
    const { progress } = await runSteps(textStatistics, { text: paragraphs.join('\n\n') });
    expect(Object.keys(progress)).toEqual(['count', 'terms']);
    for (const reports of Object.values(progress)) {
      const fractions = reports.map(({ fraction }) => fraction);
      expect(fractions.length).toBeGreaterThanOrEqual(25);
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
      expect(fractions[0]).toBeGreaterThan(0);
      expect(fractions.at(-1)).toBe(1);
    }
  });

  test('the event loop gets its turn between paragraphs', async () => {
    let turns = 0;
    let running = true;
    const tick = () => {
      turns += 1;
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    await runSteps(textStatistics, { text: 'A ship.\n\n'.repeat(20) });
    running = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });
});

describe('refusals', () => {
  const longTag = `en${Array.from({ length: 8 }, (_, index) => `-variant${index}`).join('')}`; // well-formed
  test.each(['...', ' \n\n ', '🙂', '—'])('the text “%s” has no words', async (text) => {
    const error = await runSteps(textStatistics, { text }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ValidationError);
    expect(error).toMatchObject({
      code: 'text_has_no_words',
      category: 'VALIDATION_ERROR',
      sentence: { en: 'The text contains no words.', fr: 'Le texte ne contient aucun mot.' },
    });
  });

  test.each([
    ['no text', {}, 'text'],
    ['an empty text', { text: '' }, 'text'],
    ['a language that is none', { text: 'a', language: 'en_US' }, 'language'],
    ['an empty language', { text: 'a', language: '' }, 'language'],
    ['a sentence for a language', { text: 'a', language: 'French, please' }, 'language'],
    ['a long language', { text: 'a', language: longTag }, 'language'],
    ['a long nonce', { text: 'a', nonce: 'x'.repeat(129) }, 'nonce'],
  ])('%s', (_, fields, place) => {
    const parsed = textStatistics.fields.safeParse(fields);
    expect(parsed.error?.issues.map(({ path }) => path)).toEqual([[place]]);
  });

  test('an unknown key', () => {
    const parsed = textStatistics.fields.safeParse({ text: 'a', lang: 'fr' });
    expect(parsed.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['lang'] }]);
  });

  test('a well-formed tag of a language that nobody knows is accepted, and treated as English is', async () => {
    expect(await statistics('The ship left. It sank.', 'zz')).toMatchObject({ language: 'zz', sentences: 2 });
  });
});

describe('properties', () => {
  const languages = fc.constantFrom('en', 'fr', 'ja', 'th', 'he', 'zz');
  // Strings of any code point seldom hold words; the second kind mixes words, marks and line breaks.
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 300 }),
    fc
      .array(
        fc.constantFrom(
          'the',
          'Ship',
          "l'ami",
          'א.ב',
          '3.14',
          '猫',
          '。',
          '. ',
          ' ',
          '\n',
          '\r\n',
          'e\u0301',
        ),
      )
      .map((parts) => `a${parts.join('')}`),
  );

  test('the counts agree with each other', async () => {
    const property = fc.asyncProperty(anyText, languages, async (text, language) => {
      const result = await statistics(text, language).catch((error: unknown) => {
        if (error instanceof StepError) return undefined;
        throw error;
      });
      if (!result) return;
      const { words, distinct_words, sentences, paragraphs, characters, terms } = result;
      expect(words).toBeGreaterThanOrEqual(distinct_words);
      expect(words).toBeGreaterThanOrEqual(sentences);
      expect(distinct_words).toBeGreaterThanOrEqual(Math.max(1, terms.length));
      expect(Math.min(sentences, paragraphs)).toBeGreaterThanOrEqual(1);
      expect(terms.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(words);
      const graphemes = [...new Intl.Segmenter(language, { granularity: 'grapheme' }).segment(text)];
      expect(characters).toBe(graphemes.length);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test('the result of 30 KB stays far below the limit', async () => {
    const unit = fc.constantFrom('a', 'ß', '猫', '𝒳', ' ', '\n', '.', 'e\u0301', 'longword'.repeat(12));
    const large = fc.string({ unit, minLength: 9_000, maxLength: 9_000, size: 'max' });
    const property = fc.asyncProperty(large, languages, async (text, language) => {
      const input = Buffer.from(`word ${text}`).subarray(0, 30_000).toString();
      expect(bytes(await statistics(input, language))).toBeLessThan(RESULT_LIMIT / 4);
    });
    await fc.assert(property, { numRuns: 10 });
  });
});
