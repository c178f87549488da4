import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { ValidationError } from '../lib/domain/assembly-error.ts';
import { defineTemplate, type StepContext } from '../lib/domain/template.ts';

const isLanguageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
};

const Fields = z.strictObject({
  text: z.string().min(1),
  /** BCP 47: decides how words and sentences are found, and which stop words are left out of the terms. */
  language: z
    .string()
    .max(64) // the longest real tags have about 35 characters (RFC 5646 section 4.4.1), and the result repeats it
    .refine(isLanguageTag, { error: 'must be a well-formed BCP 47 language tag, such as en or fr-CA' })
    .default('en'),
  /** Not counted. The assembly id is a hash of the fields, so another nonce makes completed work run again. */
  nonce: z.string().max(128).optional(),
});
type Fields = z.infer<typeof Fields>;

const Counts = z.object({
  /** The language asked for, as a canonical tag. */
  language: z.string(),
  words: z.number(),
  /** Word forms that differ in more than case: "ship" and "ships" are two. */
  distinct_words: z.number(),
  /** A line break alone ends no sentence. An abbreviation followed by a capital does: the segmenter knows no names. */
  sentences: z.number(),
  paragraphs: z.number(),
  /** What a reader calls a character (grapheme clusters), white space included. */
  characters: z.number(),
  average_words_per_sentence: z.number(),
  reading_seconds: z.number(),
});
type Counts = z.infer<typeof Counts>;

/**
 * Silent reading of English non-fiction, adults: Brysbaert 2019, "How many words do we read per minute?", Journal of
 * Memory and Language 109. Used for every language: the right rate for another one depends on how many words it needs
 * to say the same, so there the reading time is a rough guess.
 */
const WORDS_PER_MINUTE = 238;
const MAX_TERMS = 20;
/** A longer term is cut: twenty of them stay far below the 32 KB of a result, whatever the text is. */
const MAX_TERM_LENGTH = 40;

/** Words, sentences and the most frequent terms of a text. */
export const textStatistics = defineTemplate({
  id: 'text-statistics',
  fields: Fields,
  steps: [
    { name: 'count', title: 'Counting words and sentences', run: countText },
    { name: 'terms', title: 'Finding the most frequent terms', run: addTerms },
  ],
});

async function countText(context: StepContext<Fields>): Promise<Counts> {
  const { language } = context.fields;
  const graphemes = segmenter(language, 'grapheme');
  const wordsOf = wordFinder(language);
  const distinct = new Set<string>();
  const count = { words: 0, sentences: 0, paragraphs: 0, characters: 0 };
  await eachPiece(context, (piece) => {
    for (const _ of graphemes.segment(piece)) count.characters += 1;
    if (piece.trim() !== '') count.paragraphs += 1;
    const words = wordsOf(piece);
    for (const { word } of words) distinct.add(word);
    count.words += words.length;
    count.sentences += new Set(words.map(({ sentence }) => sentence)).size;
  });
  if (count.words === 0)
    throw new ValidationError('text_has_no_words', {
      en: 'The text contains no words.',
      fr: 'Le texte ne contient aucun mot.',
    });
  return {
    language: new Intl.Locale(language).toString(),
    distinct_words: distinct.size,
    ...count,
    average_words_per_sentence: Math.round((count.words / count.sentences) * 100) / 100,
    reading_seconds: Math.ceil((count.words / WORDS_PER_MINUTE) * 60),
  };
}

/** The result: the counts and the most frequent terms, those of equal count in the order of their code units. */
async function addTerms(context: StepContext<Fields>) {
  const { language } = context.fields;
  const wordsOf = wordFinder(language);
  const termOf = termFinder(language);
  const counts = new Map<string, number>();
  await eachPiece(context, (piece) => {
    for (const { word } of wordsOf(piece)) {
      const term = termOf(word);
      if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + 1);
    }
  });
  const terms = [...counts]
    // Not localeCompare: its order changes with the version of ICU, and the same text must give the same result.
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, MAX_TERMS)
    .map(([term, count]) => ({ term: shorten(term), count }));
  return { ...Counts.parse(context.outputs.count), terms };
}

/** Two or more line breaks in a row, and the white space around them. */
const BLANK_LINES = /(\r?\n\s*\n\s*)/;

/**
 * Hands over the text in pieces: its paragraphs, and the blank lines between them as pieces of their own, so that
 * nothing is left out of the characters. Between two pieces the event loop gets its turn, or no progress would be
 * written before the step ends. A paragraph is not divided: one of a megabyte takes about a second, in which no progress is written.
 */
async function eachPiece(context: StepContext<Fields>, use: (piece: string) => void): Promise<void> {
  const { text } = context.fields;
  let done = 0;
  for (const piece of text.split(BLANK_LINES)) {
    use(piece);
    done += piece.length;
    context.progress(done / text.length);
    await setImmediate();
  }
}

interface Word {
  /** In the form in which words are compared. */
  readonly word: string;
  /** Where its sentence begins in the piece: the same for all words of one sentence. */
  readonly sentence: number;
}

function wordFinder(language: string): (piece: string) => Word[] {
  const words = segmenter(language, 'word');
  const sentences = segmenter(language, 'sentence');
  return (piece) => {
    // A segmenter ends a sentence at each line break, which is wrong for prose that is wrapped at a column.
    const line = piece.replaceAll(/\s/g, ' ');
    const sentencesOfLine = sentences.segment(line);
    let sentence = { index: 0, segment: '' };
    const found: Word[] = [];
    for (const { segment, index, isWordLike } of words.segment(line)) {
      if (!isWordLike) continue;
      if (index >= sentence.index + sentence.segment.length)
        sentence = sentencesOfLine.containing(index) ?? sentence;
      found.push({ word: comparable(segment, language), sentence: sentence.index });
    }
    return found;
  };
}

/** Without case, with composed characters and straight apostrophes: "D’Été" is the same word as "d'été". */
const comparable = (word: string, language: string): string =>
  word.normalize('NFC').toLocaleLowerCase([language, 'en']).replaceAll('’', "'");

/** English follows the language asked for: the machine's own language must not decide about a result. */
const segmenter = (language: string, granularity: 'grapheme' | 'word' | 'sentence') =>
  new Intl.Segmenter([language, 'en'], { granularity });

const shorten = (term: string): string => {
  const characters = [...term]; // code points, so that no surrogate pair is cut in two
  return characters.length <= MAX_TERM_LENGTH
    ? term
    : `${characters.slice(0, MAX_TERM_LENGTH - 1).join('')}…`;
};

interface TermRules {
  /** What a word carries that is not part of the term: the possessive, an elided article. */
  readonly affix: RegExp;
  readonly stopWords: ReadonlySet<string>;
}

const wordSet = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

/** By primary language subtag. In a language that is not here, every word with a letter is a term. */
const TERM_RULES: ReadonlyMap<string, TermRules> = new Map([
  [
    'en',
    {
      affix: /'(?:s|d|m|ll|re|ve)$/,
      stopWords: wordSet(`
        a about above after again against all also am an and another any anybody anyone anything are aren't as at be
        because been before being below between both but by can can't cannot could couldn't did didn't do does doesn't
        doing don't down during each either else even ever every everybody everyone everything few for from further
        get got had hadn't has hasn't have haven't having he her here hers herself him himself his how i if in into is
        isn't it its itself just let many may me might mine more most much must my myself neither never no nobody nor
        not nothing now of off on once one only or other our ours ourselves out over own same shall she should
        shouldn't since so some somebody someone something still such than that the their theirs them themselves then
        there these they this those though through to too under until up upon us very was wasn't we were weren't what
        when where which while who whom whose why will with within without won't would wouldn't yet you your yours
        yourself yourselves`),
    },
  ],
  [
    'fr',
    {
      affix: /^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)'/,
      stopWords: wordSet(`
        a à ai aie ainsi alors as au aucun aucune aura aurait aussi autre autres aux avaient avais avait avant avec
        avez avoir avons ayant beaucoup bien car ce ceci cela celle celles celui cependant ces cet cette ceux chaque
        chez ci comme comment dans de depuis des deux donc dont du elle elles en encore entre es est et étaient étais
        était étant été être eu eux fait faire fois font fut ici il ils je jusque la là laquelle le lequel les
        lesquelles lesquels leur leurs lorsque lui ma mais me même mêmes mes moi moins mon ne ni non nos notre nous on
        ont ou où oui par parce pas peu peut plus plusieurs pour pourquoi puis puisque quand que quel quelle quelles
        quelqu'un quelque quelques quels qui quoi quoique rien sa sans se sera serait ses si sien soi soit sommes son
        sont sous suis sur ta te tes toi ton toujours tous tout toute toutes très trop tu un une vers voici voilà vos
        votre vous y`),
    },
  ],
]);

/** Gives the term that a word stands for, or undefined for a stop word and for what has no letter, such as a number. */
function termFinder(language: string): (word: string) => string | undefined {
  const rules = TERM_RULES.get(new Intl.Locale(language).language);
  return (word) => {
    const term = rules ? word.replace(rules.affix, '') : word;
    return !/\p{L}/u.test(term) || rules?.stopWords.has(term) ? undefined : term;
  };
}
