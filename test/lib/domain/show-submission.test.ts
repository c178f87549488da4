import { showSubmission } from '../../../lib/domain/show-submission.ts';
import { shownSubmission } from '../../../lib/domain/shown-submission.ts';
import { sampleAssembly } from './sample-assembly.ts';
import { sampleSubmission } from './sample-submission.ts';

const LATER = '2026-03-01T12:05:00.000Z';
const OURS = { code: 'rate_limited', category: 'WORKER_ERROR', details: 'HTTP 429' } as const;
const PROCESSING = sampleAssembly({ status: 'processing', submission_count: 1 });
const show = (row = {}, assembly = PROCESSING, language: 'en' | 'fr' = 'en') =>
  showSubmission(sampleSubmission(row), assembly, language);

test('what is queued shows who it is for, and nothing that is private to us', () => {
  expect(show({ lease_until: 5, has_turn: true, asked_to_wait_at: LATER })).toEqual({
    submission_id: 'ada',
    recipient: { id: 'ada' },
    status: 'queued',
    attempt: 1,
    retry_count: 0,
    updated_at: '2026-03-01T12:00:00.000Z',
  });
});

test.each(['queued', 'rate_limited'] as const)('what is %s says until when, and why', (status) => {
  expect(show({ status, next_retry_at: LATER, error: OURS, retry_count: 2 })).toMatchObject({
    status,
    next_retry_at: LATER,
    retry_count: 2,
    error: 'The receiver asked to wait.',
    error_code: 'rate_limited',
    error_category: 'WORKER_ERROR',
    error_details: 'HTTP 429',
  });
});

test('what was submitted shows the proof, and no error of before', () => {
  const shown = show({ status: 'submitted', confirmation: 'c-1', submitted_at: LATER, error: OURS });
  expect(shown).toMatchObject({ status: 'submitted', confirmation: 'c-1', submitted_at: LATER });
  for (const name of ['error', 'error_code', 'error_details', 'next_retry_at'])
    expect(shown).not.toHaveProperty(name);
});

test('what is canceled waits for nothing, and has no error', () => {
  const shown = show({ next_retry_at: LATER, error: OURS }, sampleAssembly({ status: 'canceled' }));
  expect(shown.status).toBe('canceled');
  for (const name of ['error', 'next_retry_at']) expect(shown).not.toHaveProperty(name);
});

test('what failed says why, in the language of the reader', () => {
  const failed = { status: 'failed', error: { code: 'waited_too_long', category: 'WORKER_ERROR' } } as const;
  const error = { ...failed.error, params: { hours: 24 } };
  expect(show({ ...failed, error }).error).toBe('The receiver asked to wait for more than 24 hours.');
  expect(show({ ...failed, error }, PROCESSING, 'fr').error).toBe(
    'Le destinataire a demandé d’attendre plus de 24 heures.',
  );
});

test.each([
  [
    'the error of the whole, where it has one',
    sampleAssembly({ status: 'failed', error: { code: 'worker_lost', category: 'WORKER_ERROR' } }),
    'worker_lost',
  ],
  [
    'that the time of an external worker was over',
    sampleAssembly({ status: 'partial', external: true, timeout_seconds: 60 }),
    'external_timeout',
  ],
  ['that it was lost, of ours', sampleAssembly({ status: 'partial' }), 'submission_lost'],
])('what was left when its assembly ended says %s', (_, assembly, code) => {
  expect(show({ status: 'processing', error: OURS }, assembly)).toMatchObject({
    status: 'failed',
    error_code: code,
  });
});

test('what is queued for a new attempt still shows the last error until it is', () => {
  const assembly = sampleAssembly({ status: 'processing', attempt: 2 });
  expect(show({ status: 'failed', error: OURS }, assembly)).toMatchObject({ status: 'queued', attempt: 1 });
});

test.each(['queued', 'processing', 'submitted', 'failed', 'rate_limited'] as const)(
  'what is %s is as the schema has it, in every assembly',
  (status) => {
    for (const whole of ['processing', 'canceled', 'failed', 'partial', 'completed'] as const) {
      const row = { status, error: OURS, next_retry_at: LATER, confirmation: 'c', submitted_at: LATER };
      const { success, error } = shownSubmission.safeParse(show(row, sampleAssembly({ status: whole })));
      expect([whole, success, error?.issues]).toEqual([whole, true, undefined]);
    }
  },
);
