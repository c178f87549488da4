import * as fc from 'fast-check';
import {
  assemblyErrorOf,
  FileError,
  isTransientFailure,
  MAX_ERROR_DETAILS,
  renderError,
  StepError,
  ValidationError,
} from '../../../lib/domain/assembly-error.ts';
import { classifyError } from '../../../lib/domain/classify-error.ts';
import { ERROR_CATEGORIES, type ErrorCategory } from '../../../lib/domain/error-category.ts';
import { LANGUAGES } from '../../../lib/domain/language.ts';

const SENTENCES = {
  connection_failed: [
    'QUEUE_ERROR',
    'A service that the work needs could not be reached, or did not answer in time.',
    'Un service nécessaire au traitement est injoignable ou n’a pas répondu à temps.',
  ],
  file_unreadable: [
    'FILE_ERROR',
    'A file could not be read. Check that it exists, and its encoding.',
    'Un fichier n’a pas pu être lu. Vérifiez qu’il existe, ainsi que son encodage.',
  ],
  csv_malformed: [
    'FILE_ERROR',
    'CSV format error. Check the structure of the file.',
    'Erreur de format CSV. Vérifiez la structure du fichier.',
  ],
  data_invalid: [
    'VALIDATION_ERROR',
    'The data did not pass validation. Check the values.',
    'Les données n’ont pas passé la validation. Vérifiez les valeurs.',
  ],
  worker_crashed: [
    'WORKER_ERROR',
    'The worker broke down during the work.',
    'L’exécutant est tombé en panne pendant le traitement.',
  ],
  step_failed: [
    'WORKER_ERROR',
    'The step “import” failed unexpectedly.',
    'L’étape « import » a échoué de façon inattendue.',
  ],
} as const satisfies Record<string, readonly [ErrorCategory, string, string]>;
type Code = keyof typeof SENTENCES;

/** What the reader sees of it, in each language. */
function expectTold(thrown: unknown, code: Code): void {
  const error = assemblyErrorOf(thrown, 'import');
  const [category, en, fr] = SENTENCES[code];
  expect(error).toMatchObject({ code, category });
  expect([renderError(error, 'en'), renderError(error, 'fr')]).toEqual([en, fr]);
}

const coded = (message: string, code: string, name = 'Error'): Error =>
  Object.assign(new Error(message), { code, name });

// Each pattern of seed 001, and a sentence that has it.
describe('a pattern of seed 001', () => {
  test.each<[string, Code, string]>([
    ['redis', 'connection_failed', 'Redis is not ready'],
    ['connection', 'connection_failed', 'The Connection was closed by the peer'],
    ['econnrefused', 'connection_failed', 'connect ECONNREFUSED 127.0.0.1:6379'],
    ['timeout', 'connection_failed', 'Timeout of 5000 ms exceeded'],
    ['network', 'connection_failed', 'A NETWORK error occurred'],
    ['file not found', 'file_unreadable', 'File not found: /uploads/a.xlsx'],
    ['enoent', 'file_unreadable', "ENOENT: no such file or directory, open '/tmp/a'"],
    ['encoding', 'file_unreadable', 'Unknown Encoding: utf-7'],
    ['cannot read', 'file_unreadable', 'Cannot read the sheet'],
    ['fichier', 'file_unreadable', 'Le Fichier est vide'],
    ['csv', 'csv_malformed', 'Invalid CSV on line 4'],
    ['parse', 'csv_malformed', 'Could not parse line 4'],
    ['invalid format', 'csv_malformed', 'Invalid format on line 4'],
    ['malformed', 'csv_malformed', 'Malformed row'],
    ['colonnes', 'csv_malformed', 'Colonnes manquantes : nom, prénom'],
    ['validation', 'data_invalid', 'Validation of 3 rows failed'],
    ['règle', 'data_invalid', 'La RÈGLE 12 n’est pas respectée'],
    ['invalid data', 'data_invalid', 'Invalid data in row 3'],
    ['constraint', 'data_invalid', 'Unique Constraint "email" is violated'],
    ['worker', 'worker_crashed', 'Worker stopped responding'],
    ['crash', 'worker_crashed', 'The process crashed'],
    ['out of memory', 'worker_crashed', 'FATAL: JavaScript heap out of memory'],
    ['killed', 'worker_crashed', 'Process was Killed'],
    ['sigterm', 'worker_crashed', 'Ended by SIGTERM'],
    ['sigkill', 'worker_crashed', 'Ended by SIGKILL'],
  ])('%s is %s, alone and in "%3$s"', (pattern, code, sentence) => {
    expect(sentence.toLowerCase()).toContain(pattern);
    for (const text of [pattern, pattern.toUpperCase(), sentence]) {
      expectTold(text, code);
      expectTold(new Error(text), code);
      expectTold({ message: text }, code);
      expectTold(new Error('It did not work', { cause: new Error(text) }), code);
    }
  });

  // Where a system writes "è" as an "e" and an accent.
  test('is found however its accents are written', () => {
    expectTold(new Error('La règle 12'.normalize('NFD')), 'data_invalid');
  });

  // The four kinds of test/unit/queue/errorCategorization.test.ts, as the seed describes them.
  test.each<[string, Code]>([
    ['Redis connection failed', 'connection_failed'],
    ['network issues', 'connection_failed'],
    ['File not found', 'file_unreadable'],
    ['CSV parsing error', 'csv_malformed'],
    ['constraint violation', 'data_invalid'],
    ['Worker crash', 'worker_crashed'],
    ['out-of-memory error, process killed', 'worker_crashed'],
    ['Something nobody has thought of', 'step_failed'],
  ])('covers what the seed describes: %s', (text, code) => expectTold(new Error(text), code));
});

describe('where several patterns fit, the first of the seed decides', () => {
  test.each<[string, Code]>([
    ['Worker timeout', 'connection_failed'],
    ['Connection lost while reading the CSV', 'connection_failed'],
    ['Timeout in validation', 'connection_failed'],
    ['Network worker crashed', 'connection_failed'],
    ['Encoding of the CSV is unknown', 'file_unreadable'],
    ['Validation du fichier', 'file_unreadable'],
    ['Cannot read the data: worker killed', 'file_unreadable'],
    ['CSV validation failed', 'csv_malformed'],
    ['Worker could not parse its message', 'csv_malformed'],
    ['Validation worker crashed', 'data_invalid'],
  ])('%s', (text, code) => expectTold(new Error(text), code));

  // Parts of words, as in the seed: what that costs is written down and not hidden.
  test.each<[string, Code]>([
    ['A sparse matrix', 'csv_malformed'],
    ['Your coworker said no', 'worker_crashed'],
  ])('a part of a word counts: %s', (text, code) => expectTold(new Error(text), code));
});

describe('a system code says more than the text', () => {
  test.each<[Error, Code]>([
    [coded("open '/tmp/network.csv'", 'ENOENT'), 'file_unreadable'],
    [coded('read ECONNRESET', 'ECONNRESET'), 'connection_failed'],
    [coded('write EPIPE', 'EPIPE'), 'connection_failed'],
    [coded('connect ETIMEDOUT', 'ETIMEDOUT'), 'connection_failed'],
    [coded('getaddrinfo ENOTFOUND csv.example', 'ENOTFOUND'), 'connection_failed'],
    [coded('Headers Timeout Error', 'UND_ERR_HEADERS_TIMEOUT', 'HeadersTimeoutError'), 'connection_failed'],
    [coded('other side closed', 'UND_ERR_SOCKET', 'SocketError'), 'connection_failed'],
    [coded('Invalid Record Length', 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'), 'csv_malformed'],
    [coded('no space left on device, write', 'ENOSPC'), 'worker_crashed'],
    // A TypeError, from TextDecoder.
    [
      coded('The encoded data was not valid', 'ERR_ENCODING_INVALID_ENCODED_DATA', 'TypeError'),
      'file_unreadable',
    ],
  ])('%s', (error, code) => {
    expectTold(error, code);
    expectTold(new Error('The import failed', { cause: error }), code);
  });

  test('also one of a TypeError from which fetch hides it', () => {
    expectTold(new TypeError('fetch failed', { cause: coded('x', 'ECONNREFUSED') }), 'connection_failed');
  });

  test('and of two the inner one', () => {
    expectTold(Object.assign(coded('a', 'ENOENT'), { cause: coded('b', 'ECONNRESET') }), 'connection_failed');
  });
});

describe('a mistake in the program is nobody’s file', () => {
  const noProperty = "Cannot read properties of undefined (reading 'csv')";
  const bedrock = Object.assign(new Error('Invalid data: constraint'), {
    name: 'ValidationException',
    $fault: 'client',
  });

  test.each<[string, unknown]>([
    ['a TypeError', new TypeError(noProperty)],
    ['a ReferenceError', new ReferenceError('csv is not defined')],
    ['a RangeError', new RangeError('Invalid timeout')],
    [
      'a SyntaxError, whose text has what was read',
      new SyntaxError('Unexpected token \'w\', "worker" is not valid JSON'),
    ],
    ['as the text of another error', new Error(`The step failed: ${noProperty}`)],
    ['as a text', noProperty],
    ['of an older Node', "Cannot read property 'a' of undefined"],
    [
      'as the cause of an error that names a file',
      new Error('The CSV import failed', { cause: new TypeError(noProperty) }),
    ],
    ['a request that AWS calls wrong', bedrock],
  ])('%s', (_, thrown) => expectTold(thrown, 'step_failed'));

  test('a TypeError without any system code below is one too', () => {
    expectTold(new TypeError('fetch failed', { cause: new TypeError('network') }), 'step_failed');
  });
});

describe('what was read from a text decides nothing', () => {
  test.each(['ENOENT', 'Malformed row', 'Invalid data', 'Worker killed', 'Timeout'])('%s', (text) => {
    const error = assemblyErrorOf(new Error(text), 'import');
    expect(error).toMatchObject({ guessed: true, details: `Error: ${text}` });
    expect(isTransientFailure(error)).toBe(true);
    expect(error).not.toHaveProperty('retryable');
  });

  test.each([new FileError('a', 'Worker timeout.'), new ValidationError('a', 'Worker timeout.')])(
    'but a type does, whatever the text: %s',
    (typed) => {
      const error = assemblyErrorOf(typed, 'import');
      expect(error).toMatchObject({ code: 'a', category: typed.category });
      expect(error).not.toHaveProperty('guessed');
      expect(isTransientFailure(error)).toBe(false);
    },
  );

  test('and a typed error keeps its category against its cause', () => {
    const error = new StepError('spent', 'WORKER_ERROR', 'It is spent.', { cause: new Error('csv timeout') });
    expect(assemblyErrorOf(error, 'import').category).toBe('WORKER_ERROR');
  });
});

const throwing = (): never => {
  throw new Error('no');
};

const anyThrown: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withSparseArray: true }),
  fc
    .record(
      {
        name: fc.anything(),
        message: fc.anything(),
        code: fc.anything(),
        cause: fc.anything(),
        $fault: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((properties) => Object.assign(new Error(), properties)),
  fc.string({ unit: 'binary' }).map((text) => {
    const circle = new Error(text);
    circle.cause = circle;
    return circle;
  }),
);

/** Made within the property: fast-check looks at the members of what it draws. */
const hostile: readonly (() => unknown)[] = [
  ...['name', 'message', 'code', 'cause', '$fault'].map(
    (name) => () => Object.defineProperty(new Error('csv'), name, { get: throwing }),
  ),
  () => new Proxy({}, { get: throwing, has: throwing }),
];

test('whatever is thrown makes an error that can be stored, told and repeated', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anyThrown.map((thrown) => () => thrown),
        fc.constantFrom(...hostile),
      ),
      (thrown) => {
        const error = assemblyErrorOf(thrown(), 'import');
        expect(Object.keys(SENTENCES)).toContain(error.code);
        expect(ERROR_CATEGORIES).toContain(error.category);
        expect(error.details?.isWellFormed()).toBe(true);
        expect(error.details?.length).toBeLessThanOrEqual(MAX_ERROR_DETAILS);
        expect(JSON.parse(JSON.stringify(error))).toEqual(error);
        expect(isTransientFailure(error)).toBe(true);
        for (const language of LANGUAGES) expect(renderError(error, language)).toMatch(/^\p{Lu}.*\.$/u);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a chain of causes without end is looked at from its beginning', () => {
  let error = new Error('deep');
  for (let depth = 0; depth < 10_000; depth += 1) error = new Error('wrapped', { cause: error });
  expect(classifyError(new Error('CSV', { cause: error }))).toBe('csv_malformed');
});
