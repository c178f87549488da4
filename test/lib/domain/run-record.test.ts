import type { AssemblyError } from '../../../lib/domain/assembly-error.ts';
import { type RunRecord, withRunRecord } from '../../../lib/domain/run-record.ts';
import { sampleAssembly } from './sample-assembly.ts';

const STARTED = '2026-03-01T12:00:01.000Z';
const ENDED = '2026-03-01T12:00:09.000Z';

const recorded = (error: AssemblyError): AssemblyError | undefined =>
  withRunRecord(sampleAssembly(), { status: 'failed', ended_at: ENDED, error }).at(-1)?.error;

test('a run is noted after those before it, with when, how and why', () => {
  const before: RunRecord = { attempt: 1, status: 'canceled', ended_at: STARTED };
  const assembly = sampleAssembly({ attempt: 2, started_at: STARTED, attempts: [before] });
  const error: AssemblyError = { code: 'worker_timeout', category: 'WORKER_ERROR', params: { seconds: 290 } };
  expect(withRunRecord(assembly, { status: 'queued', ended_at: ENDED, error })).toStrictEqual([
    before,
    { attempt: 2, status: 'queued', started_at: STARTED, ended_at: ENDED, error },
  ]);
});

test('one that no worker took has no start, and one that went well no error', () => {
  expect(withRunRecord(sampleAssembly(), { status: 'completed', ended_at: ENDED })).toStrictEqual([
    { attempt: 1, status: 'completed', ended_at: ENDED },
  ]);
});

test('the last twenty are kept', () => {
  const attempts = Array.from(
    { length: 20 },
    (_, index): RunRecord => ({ attempt: index + 1, status: 'failed', ended_at: ENDED }),
  );
  const before = withRunRecord(sampleAssembly({ attempt: 20, attempts: attempts.slice(0, 19) }), {
    status: 'failed',
    ended_at: ENDED,
  });
  expect(before).toEqual(attempts);
  const after = withRunRecord(sampleAssembly({ attempt: 21, attempts }), {
    status: 'failed',
    ended_at: ENDED,
  });
  expect(after.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
});

describe('the error of a run', () => {
  test('is noted without the raw text', () => {
    expect(
      recorded({ code: 'a', category: 'WORKER_ERROR', details: 'ECONNRESET', retryable: false }),
    ).toEqual({
      code: 'a',
      category: 'WORKER_ERROR',
      retryable: false,
    });
  });

  test.each<[string, AssemblyError['message'], AssemblyError['message']]>([
    ['a short sentence stays', 'The model was asleep.', 'The model was asleep.'],
    ['a long one is cut', 'x'.repeat(201), 'x'.repeat(200)],
    [
      'in each language',
      { en: 'x'.repeat(300), fr: 'y'.repeat(300) },
      { en: 'x'.repeat(200), fr: 'y'.repeat(200) },
    ],
    ['and mended', `${'x'.repeat(199)}😀`, `${'x'.repeat(199)}\ufffd`],
    ['none stays none', undefined, undefined],
  ])('has room for a few words: %s', (_, message, expected) => {
    expect(recorded({ code: 'a', category: 'WORKER_ERROR', message })?.message).toEqual(expected);
  });
});

test('twenty of the longest are small beside the 400 KB of an item', () => {
  const long = 'é'.repeat(1_000);
  const error: AssemblyError = {
    code: 'a'.repeat(64),
    category: 'VALIDATION_ERROR',
    message: { en: long, fr: long },
    details: 'x'.repeat(2_000),
  };
  let assembly = sampleAssembly({ started_at: STARTED });
  for (let n = 0; n < 30; n += 1)
    assembly = {
      ...assembly,
      attempts: withRunRecord(assembly, { status: 'failed', ended_at: ENDED, error }),
    };
  expect(assembly.attempts).toHaveLength(20);
  expect(Buffer.byteLength(JSON.stringify(assembly.attempts))).toBeLessThan(24 * 1024);
});
