import fc from 'fast-check';
import { LANGUAGES, type Language, preferredLanguage } from '../../../lib/domain/language.ts';

// RFC 9110 section 12.5.4, with the weights of section 12.4.2.
test.each<[string | undefined, Language]>([
  [undefined, 'en'],
  ['', 'en'],
  ['en', 'en'],
  ['fr', 'fr'],
  ['FR', 'fr'],
  ['fr-CA', 'fr'],
  ['fr-Latn-FR', 'fr'],
  ['FR-be;q=0.1', 'fr'],
  ['en-GB', 'en'],
  ['de', 'en'],
  ['de, fr', 'fr'],
  ['de, fr;q=0.1', 'fr'],
  ['da, en-gb;q=0.8, en;q=0.7', 'en'], // the example of the RFC
  ['fr, en', 'fr'],
  ['en, fr', 'en'],
  ['fr;q=0.5, en;q=0.5', 'fr'],
  ['en;q=0.5,fr;q=0.6', 'fr'],
  ['fr;q=0.999, en', 'en'],
  ['en;q=0.8, fr;q=0.81', 'fr'],
  ['en;q=0.123, fr;q=0.124', 'fr'],
  ['fr ; q=0.9 , en ; q=0.8', 'fr'],
  ['fr\t;\tq=0.9', 'fr'],
  ['fr;Q=0.2, en;q=0.1', 'fr'],
  ['fr-CA,fr;q=0.9,en-US;q=0.8,en;q=0.7', 'fr'], // as a browser in Québec sends it
  ['fr;q=0', 'en'],
  ['fr;q=0, en;q=0', 'en'],
  ['en;q=0, fr;q=0.001', 'fr'],
  ['fr;q=1.000', 'fr'],
  ['fr;q=0., en;q=0.1', 'en'],
  ['*', 'en'],
  ['*, fr', 'en'],
  ['fr, *', 'fr'],
  ['*;q=0.5, fr', 'fr'],
  ['*;q=0.5, fr;q=0.4', 'en'],
  ['de, *;q=0.5', 'en'],
  ['fr;level=1;q=0.9, en;q=0.8', 'fr'],
])('%j → %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

describe('what cannot be read counts for nothing', () => {
  test.each([
    'french',
    'frx',
    'f',
    'xfr',
    'fr_CA',
    'fr;q=1.1',
    'fr;q=2',
    'fr;q=-1',
    'fr;q=1.001',
    'fr;q=0.1234',
    'fr;q=.5',
    'fr;q=',
    'fr;q=0,5',
    'fr;q=1e0',
    'fr;q=NaN',
    'fr;q=Infinity',
    'fr;q=high',
    'constructor',
    ';q=1',
    ',,,',
  ])('%j', (header) => {
    expect(preferredLanguage(header)).toBe('en');
    expect(preferredLanguage(`${header},fr;q=0.001`)).toBe('fr');
  });

  test('and any text has an answer', () => {
    const part = fc.constantFrom('fr', 'en', '*', ';', ',', 'q=', '0', '1', '.', '-', ' ', 'CA', '\ud800');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(fc.property(text, (header) => expect(LANGUAGES).toContain(preferredLanguage(header))));
  });
});
