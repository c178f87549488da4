import {
  type AssemblyError,
  assemblyErrorOf,
  EXTERNAL_FAILURE,
  FileError,
  isTransientFailure,
  MAX_ERROR_DETAILS,
  renderError,
  StepError,
  sentenceOf,
  ValidationError,
} from '../../../lib/domain/assembly-error.ts';
import { ERROR_CATEGORIES } from '../../../lib/domain/error-category.ts';
import { LANGUAGES } from '../../../lib/domain/language.ts';

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
      'The result is larger than 32 KB and cannot be kept.',
    ],
    [{ code: 'external_failure', message: EXTERNAL_FAILURE }, 'The external worker reported a failure.'],
    [{ code: 'canceled' }, 'The assembly was canceled.'],
    [{ code: 'ModelTimeout' }, 'The assembly failed.'],
  ])('%j', (error, sentence) => {
    expect(renderError({ code: '', category: 'WORKER_ERROR', ...error }, 'en')).toBe(sentence);
  });

  // An external worker's code is its own, and an object has these names too.
  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'])('the code %s', (code) => {
    expect(renderError({ code, category: 'WORKER_ERROR' }, 'en')).toBe('The assembly failed.');
    expect(renderError({ code, category: 'WORKER_ERROR' }, 'fr')).toBe('Le traitement a échoué.');
  });

  test.each(['step_failed', 'ModelTimeout'])(
    'a sentence of its own goes before that of the code %s',
    (code) => {
      const error = { code, category: 'WORKER_ERROR', message: 'The model was asleep.' } as const;
      for (const language of LANGUAGES) expect(renderError(error, language)).toBe('The model was asleep.');
    },
  );

  test('the raw text is not for the reader', () => {
    const error = {
      code: 'step_failed',
      category: 'WORKER_ERROR',
      params: { step: 'a' },
      details: 'ECONNRESET',
    };
    for (const language of LANGUAGES)
      expect(renderError(error as AssemblyError, language)).not.toContain('ECONNRESET');
  });
});

describe('the sentences of our own codes', () => {
  // Each with the values that its sentence must name.
  const codes: readonly (readonly [string, Record<string, string | number>])[] = [
    ['step_failed', { step: 'count' }],
    ['fields_invalid', {}],
    ['fields_missing', {}],
    ['template_missing', { template: 'text-statistics' }],
    ['result_too_large', { limit: 32 }],
    ['file_missing', { name: 'été.jpg' }],
    ['file_changed', { name: 'été.jpg' }],
    ['worker_timeout', { seconds: 290 }],
    ['worker_lost', {}],
    ['message_undeliverable', {}],
    ['external_timeout', { seconds: 3600 }],
    ['uploads_missing', { missing: 2, announced: 3 }],
    ['canceled', {}],
    ['one of somebody else', {}],
  ];

  test.each(codes)('%s is said in each language, with its values', (code, params) => {
    const sentence = sentenceOf(code, params);
    expect(Object.keys(sentence).toSorted()).toEqual([...LANGUAGES].toSorted());
    for (const language of LANGUAGES) {
      expect(sentence[language]).toMatch(/^[\p{Lu}\d].*\.$/u);
      expect(sentence[language]).not.toContain('undefined');
      for (const value of Object.values(params)) expect(sentence[language]).toContain(String(value));
      expect(renderError({ code, category: 'WORKER_ERROR', params }, language)).toBe(sentence[language]);
    }
    expect(sentence.fr).not.toBe(sentence.en);
  });

  test('no two codes say the same', () => {
    for (const language of LANGUAGES)
      expect(new Set(codes.map(([code, params]) => sentenceOf(code, params)[language])).size).toBe(
        codes.length,
      );
  });

  test.each<[string, Record<string, string | number>, string]>([
    ['worker_lost', {}, 'The worker stopped in the middle of the work.'],
    ['message_undeliverable', {}, 'The work could not be handed to a worker.'],
    ['external_timeout', { seconds: 3600 }, 'The external worker did not finish within 3600 s.'],
    ['uploads_missing', { missing: 2, announced: 3 }, 'Files that were never uploaded: 2 of 3.'],
  ])('%s in English', (code, params, sentence) => {
    expect(renderError({ code, category: 'WORKER_ERROR', params }, 'en')).toBe(sentence);
  });

  test.each<[string, Record<string, string | number>, string]>([
    ['worker_lost', {}, 'Le traitement s’est interrompu en cours de route.'],
    ['message_undeliverable', {}, 'Le travail n’a pas pu être remis à un exécutant.'],
    ['external_timeout', { seconds: 3600 }, 'Le traitement externe n’a pas abouti en 3600 s.'],
    ['uploads_missing', { missing: 2, announced: 3 }, 'Fichiers jamais envoyés : 2 sur 3.'],
    ['file_missing', { name: 'a.jpg' }, 'Le fichier « a.jpg » ne se trouve plus dans le compartiment.'],
    [
      'file_changed',
      { name: 'a.jpg' },
      'Le fichier « a.jpg » n’est pas celui qui a été annoncé : son md5 diffère.',
    ],
    ['canceled', {}, 'Le traitement a été annulé.'],
  ])('%s in French', (code, params, sentence) => {
    expect(renderError({ code, category: 'FILE_ERROR', params }, 'fr')).toBe(sentence);
  });

  test('the failure of an external worker has a sentence in each language', () => {
    const error = { code: 'external_failure', category: 'WORKER_ERROR', message: EXTERNAL_FAILURE } as const;
    expect(renderError(error, 'en')).toBe('The external worker reported a failure.');
    expect(renderError(error, 'fr')).toBe('Le traitement externe a signalé un échec.');
  });
});

describe('a sentence in two languages', () => {
  const sentence = { en: 'The picture is black.', fr: 'L’image est noire.' };

  test('is told in that of the reader', () => {
    const error = assemblyErrorOf(new FileError('black', sentence), 'look');
    expect(error).toStrictEqual({
      code: 'black',
      category: 'FILE_ERROR',
      message: sentence,
      retryable: false,
    });
    expect(renderError(error, 'en')).toBe('The picture is black.');
    expect(renderError(error, 'fr')).toBe('L’image est noire.');
  });

  test('is the English one for the developer', () => {
    expect(String(new FileError('black', sentence))).toBe('FileError: The picture is black.');
  });

  test('is cut and mended in each', () => {
    const long = { en: `${'x'.repeat(999)}😀`, fr: 'y'.repeat(5_000) };
    expect(assemblyErrorOf(new FileError('black', long), 'look').message).toStrictEqual({
      en: `${'x'.repeat(999)}\ufffd`,
      fr: 'y'.repeat(1_000),
    });
  });
});

test.each([
  ['FileError', new FileError('black', 'Black.'), 'FILE_ERROR'],
  ['ValidationError', new ValidationError('black', 'Black.'), 'VALIDATION_ERROR'],
])('a %s is a StepError of its category and keeps its cause', (name, error, category) => {
  expect(error).toBeInstanceOf(StepError);
  expect(String(error)).toBe(`${name}: Black.`);
  expect(assemblyErrorOf(error, 'look')).toStrictEqual({
    code: 'black',
    category,
    message: 'Black.',
    retryable: false,
  });
  const Kind = error.constructor as typeof FileError;
  const cause = new RangeError('out of ink');
  expect(assemblyErrorOf(new Kind('black', 'Black.', { cause }), 'look').details).toBe(
    'RangeError: out of ink',
  );
});

describe('whether another time may end better', () => {
  const cause = new Error('x');

  test.each<[string, StepError, false | undefined]>([
    ['a StepError: yes', new StepError('a', 'FILE_ERROR', 'A.'), undefined],
    ['a StepError that says no', new StepError('a', 'FILE_ERROR', 'A.', { cause, retryable: false }), false],
    ['a FileError: no', new FileError('a', 'A.', { cause }), false],
    ['a FileError that says yes', new FileError('a', 'A.', { cause, retryable: true }), undefined],
    ['a ValidationError: no', new ValidationError('a', 'A.', { cause }), false],
    [
      'a ValidationError that says yes',
      new ValidationError('a', 'A.', { cause, retryable: true }),
      undefined,
    ],
  ])('%s', (_, error, retryable) => {
    expect(assemblyErrorOf(error, 'one').retryable).toBe(retryable);
  });

  test('any other error: yes', () => {
    expect(assemblyErrorOf(new TypeError('x'), 'one')).not.toHaveProperty('retryable');
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
    const error = assemblyErrorOf(new Error('x'), 'print');
    expect(renderError(error, 'en')).toBe('The step “print” failed unexpectedly.');
    expect(renderError(error, 'fr')).toBe('L’étape « print » a échoué de façon inattendue.');
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

describe('another run', () => {
  const cause = new Error('x');

  test.each<[string, unknown, boolean]>([
    ['may not meet what programs throw without a word', new TypeError('fetch failed'), true],
    ['may not meet what is no error at all', 'paper jam', true],
    ['may not meet what a step says of its worker', new StepError('a', 'WORKER_ERROR', 'A.'), true],
    ['may not meet what a step says of a queue', new StepError('a', 'QUEUE_ERROR', 'A.'), true],
    [
      'would meet what says so itself',
      new StepError('a', 'WORKER_ERROR', 'A.', { cause, retryable: false }),
      false,
    ],
    ['would meet the same file', new FileError('a', 'A.'), false],
    [
      'would meet the same file, unless it is uploaded again',
      new FileError('a', 'A.', { retryable: true }),
      false,
    ],
    ['would meet the same value', new ValidationError('a', 'A.'), false],
    ['would meet the same value, whoever says so', new StepError('a', 'VALIDATION_ERROR', 'A.'), false],
  ])('%s', (_, thrown, isTransient) => {
    expect(isTransientFailure(assemblyErrorOf(thrown, 'one'))).toBe(isTransient);
  });
});
