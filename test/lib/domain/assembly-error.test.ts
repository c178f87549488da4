import {
  type AssemblyError,
  assemblyErrorOf,
  ERROR_CATEGORIES,
  MAX_ERROR_DETAILS,
  renderError,
  StepError,
} from '../../../lib/domain/assembly-error.ts';

test('there are the four categories of seed 001', () => {
  expect([...ERROR_CATEGORIES].toSorted()).toEqual([
    'FILE_ERROR',
    'QUEUE_ERROR',
    'VALIDATION_ERROR',
    'WORKER_ERROR',
  ]);
});

describe('renderError', () => {
  test.each<[Partial<AssemblyError>, string]>([
    [{ code: 'step_failed', params: { step: 'count' } }, 'The step “count” failed unexpectedly.'],
    [{ code: 'fields_invalid' }, 'The fields are not what the template accepts any more.'],
    [
      { code: 'template_missing', params: { template: 'text-statistics' } },
      'The template “text-statistics” does not exist any more.',
    ],
    [
      { code: 'result_too_large', params: { limit: 32 } },
      'The result is larger than the 32 KB that a status can hold.',
    ],
    [{ code: 'external_failure' }, 'The external worker reported a failure.'],
    [{ code: 'canceled' }, 'The assembly was canceled.'],
    [{ code: 'ModelTimeout' }, 'The assembly failed.'],
  ])('%j', (error, sentence) => {
    expect(renderError({ code: '', category: 'WORKER_ERROR', ...error })).toBe(sentence);
  });

  // An external worker's code is its own, and an object has these names too.
  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])('the code %s', (code) => {
    expect(renderError({ code, category: 'WORKER_ERROR' })).toBe('The assembly failed.');
  });

  test.each(['step_failed', 'ModelTimeout'])(
    'a sentence of its own goes before that of the code %s',
    (code) => {
      expect(renderError({ code, category: 'WORKER_ERROR', message: 'The model was asleep.' })).toBe(
        'The model was asleep.',
      );
    },
  );

  test('the raw text is not for the reader', () => {
    const error = {
      code: 'step_failed',
      category: 'WORKER_ERROR',
      params: { step: 'a' },
      details: 'ECONNRESET',
    };
    expect(renderError(error as AssemblyError)).not.toContain('ECONNRESET');
  });
});

describe('assemblyErrorOf a StepError', () => {
  test('speaks for itself, whatever step it left', () => {
    const error = new StepError('text_has_no_words', 'VALIDATION_ERROR', 'The text contains no words.');
    expect(assemblyErrorOf(error, 'count')).toStrictEqual({
      code: 'text_has_no_words',
      category: 'VALIDATION_ERROR',
      message: 'The text contains no words.',
    });
  });

  test.each<[string, unknown, string]>([
    ['an error', new RangeError('out of bounds'), 'RangeError: out of bounds'],
    ['a text', 'the disk is full', 'the disk is full'],
    ['null', null, 'null'],
  ])('its cause is the raw text: %s', (_, cause, details) => {
    const error = new StepError('unreadable', 'FILE_ERROR', 'The file cannot be read.', { cause });
    expect(assemblyErrorOf(error, 'read')).toStrictEqual({
      code: 'unreadable',
      category: 'FILE_ERROR',
      message: 'The file cannot be read.',
      details,
    });
  });

  test.each([
    ['is cut', 'x'.repeat(1_000_000), 'x'.repeat(1_000)],
    ['is mended', 'a\ud800b', 'a\ufffdb'],
  ])('its sentence %s', (_, message, expected) => {
    expect(assemblyErrorOf(new StepError('a', 'FILE_ERROR', message), 'read').message).toBe(expected);
  });

  test('is an error with its own name', () => {
    const error = new StepError('unreadable', 'FILE_ERROR', 'The file cannot be read.');
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe('StepError: The file cannot be read.');
  });
});

describe('assemblyErrorOf anything else', () => {
  class OutOfInk extends Error {
    override readonly name = 'OutOfInk';
  }
  const stepFailed = (details: string) => ({
    code: 'step_failed',
    category: 'WORKER_ERROR',
    params: { step: 'print' },
    details,
  });

  test.each<[string, unknown, string]>([
    ['an error', new Error('paper jam'), 'Error: paper jam'],
    ['an error of a kind', new TypeError('not a page'), 'TypeError: not a page'],
    ['an error with its own name', new OutOfInk('cyan'), 'OutOfInk: cyan'],
    [
      'an error that looks typed',
      Object.assign(new Error('x'), { code: 'a', category: 'FILE_ERROR' }),
      'Error: x',
    ],
    ['an error whose cause stays unsaid', new Error('outer', { cause: 'inner' }), 'Error: outer'],
    ['a text', 'paper jam', 'paper jam'],
    ['a number', 42, '42'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('jam'), 'Symbol(jam)'],
    ['an object', { code: 'jam' }, '[object Object]'],
    ['a lone surrogate, mended', new Error('a\ud800b'), 'Error: a\ufffdb'],
    ['a lone surrogate in a text, mended', '\udc00', '\ufffd'],
    ['a whole pair, kept', '\ud83d\ude00', '\ud83d\ude00'],
  ])('is the failure of the step: %s', (_, thrown, details) => {
    expect(assemblyErrorOf(thrown, 'print')).toStrictEqual(stepFailed(details));
  });

  test('what is thrown is rendered with the name of the step', () => {
    expect(renderError(assemblyErrorOf(new Error('x'), 'print'))).toBe(
      'The step “print” failed unexpectedly.',
    );
  });

  test.each<[string, unknown]>([
    ['an object without a prototype', Object.create(null)],
    [
      'an object whose text is an error',
      {
        toString() {
          throw new Error('no');
        },
      },
    ],
    ['an error whose message is none', Object.assign(new Error(), { message: Symbol('x') })],
  ])('what cannot be shown ends the assembly all the same: %s', (_, thrown) => {
    expect(assemblyErrorOf(thrown, 'print')).toStrictEqual(
      stepFailed('What was thrown cannot be shown as text.'),
    );
  });

  test('a cut through a surrogate pair is mended', () => {
    const start = 'z'.repeat(MAX_ERROR_DETAILS - 1);
    expect(assemblyErrorOf(`${start}😀`, 'print').details).toBe(`${start}\ufffd`);
  });

  test('a long text is cut', () => {
    const start = `Error: ${'x'.repeat(MAX_ERROR_DETAILS - 7)}`;
    expect(assemblyErrorOf(new Error(start.slice(7)), 'print')).toStrictEqual(stepFailed(start));
    expect(assemblyErrorOf(new Error(`${start.slice(7)}y`), 'print')).toStrictEqual(stepFailed(start));
    expect(assemblyErrorOf('z'.repeat(1_000_000), 'print').details).toBe('z'.repeat(2_000));
  });
});
