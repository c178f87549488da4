import { wellFormed } from '../../../lib/domain/well-formed.ts';

describe('wellFormed', () => {
  test.each(['', 'é', '\ud83d\ude00', '\ufffd', '\u0000'])('accepts %j', (text) => {
    expect(wellFormed.parse(text)).toBe(text);
  });

  test.each(['\ud800', '\udc00', '\ude00\ud83d', 'a\ud83d'])('refuses %j, and says why', (text) => {
    expect(wellFormed.safeParse(text).error?.issues).toMatchObject([{ message: 'has a lone surrogate' }]);
  });
});
