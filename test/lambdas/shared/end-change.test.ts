import { endChange, keptResults, retryChange } from '../../../lambdas/shared/end-change.ts';
import type { Assembly } from '../../../lib/domain/assembly.ts';
import type { AssemblyError } from '../../../lib/domain/assembly-error.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { sampleResult } from '../../lib/domain/sample-result.ts';

const NOW = new Date('2026-03-01T12:00:10.000Z');
const SECONDS = NOW.getTime() / 1000;
const STARTED = '2026-03-01T12:00:01.000Z';
const ERROR: AssemblyError = { code: 'worker_lost', category: 'WORKER_ERROR' };
const RETENTION = { retentionDays: 30 };

const inWork = (changes: Partial<Assembly> = {}): Assembly =>
  sampleAssembly({ status: 'processing', attempt: 2, claim: 3, version: 7, started_at: STARTED, ...changes });

const COUNTS = { queued: 1, processing: 2, submitted: 4, failed: 8, rate_limited: 16, canceled: 0 };

describe('an end', () => {
  test.each([
    ['canceled', { submitted: 4, failed: 8, canceled: 19 }],
    ['failed', { submitted: 4, failed: 27, canceled: 0 }],
  ] as const)('as %s says what it means for the recipients', (status, counts) => {
    const { set } = endChange(inWork({ submission_counts: COUNTS }), { status }, NOW, RETENTION);
    expect(set.submission_counts).toEqual({ queued: 0, processing: 0, rate_limited: 0, ...counts });
  });

  test('as failed is one in part where some have been submitted', () => {
    const failed = { status: 'failed', error: ERROR } as const;
    const { set } = endChange(inWork({ submission_counts: COUNTS }), failed, NOW, RETENTION);
    expect(set).toMatchObject({ status: 'partial', submission_counts: { submitted: 4, failed: 27 } });
    expect(set).not.toHaveProperty('error');
    const none = { ...COUNTS, submitted: 0 };
    expect(endChange(inWork({ submission_counts: none }), failed, NOW, RETENTION).set).toMatchObject(failed);
  });

  test('that was counted keeps its count', () => {
    const submission_counts = { ...COUNTS, queued: 0 };
    const end = { status: 'partial', set: { submission_counts } } as const;
    const { set } = endChange(inWork({ submission_counts: COUNTS }), end, NOW, RETENTION);
    expect(set.submission_counts).toEqual(submission_counts);
  });

  test('is written to the assembly as it was seen, with when, how, why and until when it can be looked up', () => {
    expect(endChange(inWork(), { status: 'failed', error: ERROR }, NOW, RETENTION)).toEqual({
      from: ['processing'],
      attempt: 2,
      claim: 3,
      version: 7,
      owner: { user_id: 'ada' },
      set: {
        status: 'failed',
        ended_at: NOW.toISOString(),
        expires_at: SECONDS + 30 * 86_400,
        error: ERROR,
        attempts: [
          { attempt: 2, status: 'failed', started_at: STARTED, ended_at: NOW.toISOString(), error: ERROR },
        ],
      },
      remove: ['next_retry_at', 'progress_message'],
    });
  });

  test.each<[string, Date | undefined, string]>([
    ['as its worker says', new Date('2026-03-01T12:00:05.000Z'), '2026-03-01T12:00:05.000Z'],
    ['but not in the future', new Date('2026-03-01T12:00:11.000Z'), NOW.toISOString()],
    ['now where nobody says', undefined, NOW.toISOString()],
  ])('came %s', (_, endedAt, ended_at) => {
    const { set } = endChange(inWork(), { status: 'completed', endedAt }, NOW, RETENTION);
    expect(set.ended_at).toBe(ended_at);
    expect(set.attempts?.at(-1)?.ended_at).toBe(ended_at);
    expect(set.expires_at).toBe(SECONDS + 30 * 86_400);
    expect(set).not.toHaveProperty('error');
  });

  test('takes away the last progress message, unless it says one itself', () => {
    const { set, remove } = endChange(
      inWork(),
      { status: 'completed', set: { progress_message: 'Done', progress: 100 } },
      NOW,
      RETENTION,
    );
    expect(set).toMatchObject({ progress_message: 'Done', progress: 100 });
    expect(remove).not.toContain('progress_message');
  });

  test.each<['completed' | 'partial' | 'failed' | 'canceled', boolean]>([
    ['completed', true],
    ['partial', true],
    ['failed', false],
    ['canceled', false],
  ])('as %s is the last word on the failed part: %s', (status, isDone) => {
    const { remove } = endChange(inWork({ redo: ['a'] }), { status }, NOW, RETENTION);
    expect(remove?.includes('redo')).toBe(isDone);
  });
});

describe('another run', () => {
  const settings = { baseSeconds: 10, random: () => 0.5 };
  const retry = (changes: Partial<Assembly> = {}, base = settings) =>
    retryChange(inWork({ retry_count: 1, max_retries: 3, ...changes }), ERROR, NOW, base);

  test('is waited for in the same attempt, from its beginning, with the reason in the history', () => {
    expect(retry({ results: { one: [sampleResult('3-1', 'a')] }, progress: 80 })).toEqual({
      from: ['processing'],
      attempt: 2,
      claim: 3,
      version: 7,
      owner: { user_id: 'ada' },
      set: {
        status: 'queued',
        queued_at: NOW.toISOString(),
        next_retry_at: '2026-03-01T12:00:30.000Z',
        deadline_at: SECONDS + 20 + 900,
        retry_count: 2,
        progress: 0,
        attempts: [
          { attempt: 2, status: 'queued', started_at: STARTED, ended_at: NOW.toISOString(), error: ERROR },
        ],
      },
      remove: ['progress_message', 'started_at', 'expanded_at', 'results'],
    });
  });

  test.each([
    [0, '2026-03-01T12:00:20.000Z'],
    [1, '2026-03-01T12:00:30.000Z'],
    [2, '2026-03-01T12:00:50.000Z'],
    [9, '2026-03-01T12:12:40.000Z'],
  ])('after %i others comes at %s', (retry_count, next_retry_at) => {
    expect(retry({ retry_count, max_retries: 10 })?.set).toMatchObject({
      next_retry_at,
      retry_count: retry_count + 1,
    });
  });

  test.each([
    [3, 3],
    [0, 0],
    [4, 3],
  ])('is not waited for with %i of %i retries spent', (retry_count, max_retries) => {
    expect(retry({ retry_count, max_retries })).toBeUndefined();
  });

  test('comes at once where the deployment does not wait', () => {
    const change = retry({}, { ...settings, baseSeconds: 0 });
    expect(change?.set).toMatchObject({ status: 'queued', deadline_at: SECONDS + 900 });
    expect(change?.set).not.toHaveProperty('next_retry_at');
  });

  test('of the failed part leaves the results of the others', () => {
    const change = retry({
      redo: ['b'],
      results: { one: [sampleResult('1-1', 'a'), sampleResult('3-1', 'b')] },
    });
    expect(change?.set.results).toEqual({ one: [sampleResult('1-1', 'a')] });
    expect(change?.remove).not.toContain('results');
    expect(change?.remove).not.toContain('redo');
  });
});

describe('of the results, a new attempt', () => {
  const results = {
    one: [sampleResult('1-1', 'a'), sampleResult('1-2', 'b'), sampleResult('1-3', 'a')],
    two: [sampleResult('1-4', 'b')],
    three: [sampleResult('1-5', '')],
  };

  test('at everything keeps none', () => {
    expect(keptResults({ results })).toBeUndefined();
  });

  test('at a part keeps those that were made from the other files', () => {
    expect(keptResults({ results, redo: ['b'] })).toEqual({
      one: [sampleResult('1-1', 'a'), sampleResult('1-3', 'a')],
    });
  });

  test('at a part that had none keeps none', () => {
    expect(keptResults({ redo: ['b'] })).toEqual({});
  });
});
