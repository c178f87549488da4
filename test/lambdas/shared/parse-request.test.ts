import { parseFlag, parseWholeNumber } from '../../../lambdas/shared/parse-request.ts';

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

describe('a flag in the query', () => {
  test.each([
    [undefined, false],
    ['false', false],
    ['true', true],
  ])('%s is %s', (text, flag) => {
    expect(parseFlag('batch', text)).toBe(flag);
  });

  test.each(['', 'TRUE', '1', 'yes', 'true,true', ' true', 'true\n', 'undefined'])(
    '"%s" is none, and the refusal names the parameter',
    (text) => {
      expect(() => parseFlag('batch', text)).toThrow(
        expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('"batch"') }),
      );
    },
  );
});
