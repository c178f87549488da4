import { parseWholeNumber } from '../../../lambdas/shared/parse-request.ts';

describe('a whole number in the query', () => {
  test('may be left out', () => {
    expect(parseWholeNumber('attempt', undefined)).toBeUndefined();
  });

  test.each([
    ['1', 1],
    ['10', 10],
    ['999999999999999', 999_999_999_999_999],
  ])('%s is one', (text, number) => {
    expect(parseWholeNumber('attempt', text)).toBe(number);
  });

  test.each(['', '0', '-1', '+1', '01', '1.0', '1e3', '0x1', ' 1', '1 ', '1\n', '1,2', '١', '1'.repeat(16)])(
    '"%s" is none, and the refusal names the parameter',
    (text) => {
      expect(() => parseWholeNumber('attempt', text)).toThrow(
        expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('"attempt"') }),
      );
    },
  );
});
