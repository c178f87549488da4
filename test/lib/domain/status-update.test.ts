import { statusUpdate } from '../../../lib/domain/status-update.ts';

const places = (body: unknown): string[] =>
  statusUpdate.safeParse(body).error?.issues.map(({ path }) => path.join('/')) ?? [];

describe('accepted, as it is', () => {
  test.each<[string, object]>([
    ['processing', { status: 'processing' }],
    ['completed', { status: 'completed' }],
    ['partial', { status: 'partial' }],
    ['failed', { status: 'failed' }],
    [
      'progress',
      { status: 'processing', progress: 41.5, progress_message: 'Asking the model', attempt: 1, claim: 0 },
    ],
    ['no progress', { status: 'processing', progress: 0 }],
    ['all progress', { status: 'processing', progress: 100 }],
    ['a result', { status: 'completed', result: { score: 0.5, notes: [null, 'a'] }, attempt: 3, claim: 7 }],
    ['null for a result', { status: 'completed', result: null }],
    ['false for a result', { status: 'partial', result: false }],
    [
      'a failure in words',
      {
        status: 'failed',
        error: 'The model was asleep.',
        error_code: 'ModelTimeout',
        error_category: 'QUEUE_ERROR',
        error_details: '504 Gateway Time-out',
      },
    ],
    ['a code alone', { status: 'failed', error_code: 'a' }],
    ['a code of 64 characters', { status: 'failed', error_code: `E${'0.-_'.repeat(16)}`.slice(0, 64) }],
    ['a sentence of 1,000 characters', { status: 'failed', error: 'é'.repeat(1_000) }],
    ['a progress message of 1,000', { status: 'processing', progress_message: 'é'.repeat(1_000) }],
    ['details of 2,000', { status: 'failed', error_details: 'x'.repeat(2_000) }],
    ['no details', { status: 'failed', error_details: '' }],
    ['whether to try again', { status: 'failed', error_code: 'ModelTimeout', retryable: true }],
    ['a time in UTC', { status: 'completed', completed_at: '2025-09-30T09:30:00Z' }],
    ['a time with parts of a second', { status: 'completed', completed_at: '2025-09-30T09:30:00.123456Z' }],
    ['the first time there is', { status: 'completed', completed_at: '1970-01-01T00:00:00Z' }],
    ['a time with an offset', { status: 'completed', completed_at: '2025-09-30T11:30:00+02:00' }],
  ])('%s', (_, body) => {
    expect(statusUpdate.parse(body)).toStrictEqual(body);
  });
});

describe('the names of seed 000', () => {
  test.each(['processing', 'completed', 'partial', 'failed'])('its status %s', (status) => {
    expect(statusUpdate.parse({ status, completedAt: '2025-09-30T09:30:00Z' })).toStrictEqual({
      status,
      completed_at: '2025-09-30T09:30:00Z',
    });
  });

  test('every name of two words may be in camelCase', () => {
    const body = {
      status: 'failed',
      progress: 10,
      progressMessage: 'Asking the model',
      error: 'The model was asleep.',
      errorCode: 'ModelTimeout',
      errorCategory: 'QUEUE_ERROR',
      errorDetails: '504',
      completedAt: '2025-09-30T09:30:00Z',
      attempt: 1,
      claim: 2,
    };
    expect(statusUpdate.parse(body)).toStrictEqual({
      status: 'failed',
      progress: 10,
      progress_message: 'Asking the model',
      error: 'The model was asleep.',
      error_code: 'ModelTimeout',
      error_category: 'QUEUE_ERROR',
      error_details: '504',
      completed_at: '2025-09-30T09:30:00Z',
      attempt: 1,
      claim: 2,
    });
  });

  test('the names inside a result are the own of whoever sends it', () => {
    const result = { completedAt: 'x', errorCode: { progressMessage: 1 } };
    expect(statusUpdate.parse({ status: 'completed', result })).toStrictEqual({
      status: 'completed',
      result,
    });
  });

  test('what is refused in snake_case is refused in camelCase', () => {
    expect(places({ status: 'failed', errorCode: 'no spaces', completedAt: 'yesterday' }).toSorted()).toEqual(
      ['completed_at', 'error_code'],
    );
  });
});

describe('refused', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'completed'],
    ['a list', [{ status: 'completed' }]],
  ])('%s for a body', (_, body) => {
    expect(places(body)).toEqual(['']);
  });

  test.each([undefined, null, '', 'queued', 'uploading', 'canceled', 'Completed', 'done', 1])(
    'the status %j',
    (status) => {
      expect(places({ status })).toEqual(['status']);
    },
  );

  test.each<[string, object, string]>([
    ['progress below 0', { progress: -0.1 }, 'progress'],
    ['progress above 100', { progress: 100.1 }, 'progress'],
    ['progress that is no number', { progress: Number.NaN }, 'progress'],
    ['progress in words', { progress: '50' }, 'progress'],
    ['an empty progress message', { progress_message: '' }, 'progress_message'],
    ['a long progress message', { progress_message: 'a'.repeat(1_001) }, 'progress_message'],
    ['a lone surrogate in it', { progress_message: '\ud800' }, 'progress_message'],
    ['a date alone', { completed_at: '2025-09-30' }, 'completed_at'],
    ['a local time', { completed_at: '2025-09-30T09:30:00' }, 'completed_at'],
    ['a day that never was', { completed_at: '2025-02-30T09:30:00Z' }, 'completed_at'],
    [
      'a time before there were clocks of this kind',
      { completed_at: '1969-12-31T23:59:59.999Z' },
      'completed_at',
    ],
    ['a time in numbers', { completed_at: 1759224600 }, 'completed_at'],
    ['attempt 0', { attempt: 0 }, 'attempt'],
    ['half an attempt', { attempt: 1.5 }, 'attempt'],
    ['a claim below 0', { claim: -1 }, 'claim'],
    ['half a claim', { claim: 0.5 }, 'claim'],
    ['an error that did not end it', { error: 'It hurts.' }, 'error'],
    ['an error code that did not end it', { error_code: 'Pain' }, 'error_code'],
    ['an error category that did not end it', { error_category: 'FILE_ERROR' }, 'error_category'],
    ['error details that did not end it', { error_details: '504' }, 'error_details'],
    ['whether to try again what did not fail', { retryable: false }, 'retryable'],
  ])('%s', (_, members, place) => {
    expect(places({ status: 'processing', ...members })).toEqual([place]);
  });

  test.each<[string, object, string]>([
    ['an empty sentence', { error: '' }, 'error'],
    ['a long sentence', { error: 'a'.repeat(1_001) }, 'error'],
    ['a lone surrogate in the sentence', { error: 'a\udc00' }, 'error'],
    ['an empty code', { error_code: '' }, 'error_code'],
    ['a code with a blank', { error_code: 'Model timeout' }, 'error_code'],
    ['a code that begins with a digit', { error_code: '504' }, 'error_code'],
    ['a code of two lines', { error_code: 'a\nb' }, 'error_code'],
    ['a code of 65 characters', { error_code: 'a'.repeat(65) }, 'error_code'],
    ['a category of its own', { error_category: 'MODEL_ERROR' }, 'error_category'],
    ['long details', { error_details: 'x'.repeat(2_001) }, 'error_details'],
    ['a lone surrogate in the details', { error_details: '\ud800' }, 'error_details'],
    ['a result', { result: { score: 1 } }, 'result'],
    ['null for a result', { result: null }, 'result'],
  ])('failed with %s', (_, members, place) => {
    expect(places({ status: 'failed', ...members })).toEqual([place]);
  });

  test.each(['completed', 'partial'])('%s with an error', (status) => {
    expect(places({ status, error: 'It hurts.' })).toEqual(['error']);
    expect(places({ status, errorCode: 'Pain' })).toEqual(['error_code']);
  });

  test('the sender is told what is wrong', () => {
    const reasonOf = (body: object) => statusUpdate.safeParse(body).error?.issues[0]?.message;
    expect(reasonOf({ status: 'partial', error: 'It hurts.' })).toBe('goes with the status failed only');
    expect(reasonOf({ status: 'completed', completed_at: '1969-12-31T23:00:00Z' })).toBe('is before 1970');
    expect(reasonOf({ status: 'failed', result: 1 })).toBe('goes with the status completed or partial only');
  });

  test.each([
    'user_id',
    'version',
    'assembly_id',
    'owner',
    'last_writer',
    'Status',
    'completedat',
    'progressmessage',
    'constructor',
    'toString',
  ])('the unknown member %s', (name) => {
    const parsed = statusUpdate.safeParse({ status: 'completed', [name]: 'x' });
    expect(parsed.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: [name], path: [] }]);
  });
});
