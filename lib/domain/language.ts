/** The languages that people are spoken to in. The first is the one for everybody else. */
export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The same sentence in every language. */
export type Sentence = Readonly<Record<Language, string>>;

const DEFAULT_LANGUAGE: Language = LANGUAGES[0];

/**
 * The language of ours that an `Accept-Language` prefers (RFC 9110 section 12.5.4): the highest q wins, of equal ones
 * the first. What cannot be read counts for nothing.
 */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? '').split(',').map((range) => {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    return { primary: tag.split('-')[0], quality: qualityOf(parameters) };
  });
  let best: { language: Language; quality: number } | undefined;
  for (const { primary, quality } of ranges) {
    // A `*` stands for every language that no other range names.
    const language =
      primary === '*'
        ? LANGUAGES.find((known) => !ranges.some((range) => range.primary === known))
        : LANGUAGES.find((known) => primary === known);
    if (language && quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language ?? DEFAULT_LANGUAGE;
}

function qualityOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  if (text === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}
