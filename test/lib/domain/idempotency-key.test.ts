import { idempotencyKey } from '../../../lib/domain/idempotency-key.ts';
import { sampleSubmission } from './sample-submission.ts';

const KEY = idempotencyKey(sampleSubmission());

test('is 32 hex digits, and the same for every try in every attempt', () => {
  expect(KEY).toMatch(/^[0-9a-f]{32}$/);
  expect(idempotencyKey(sampleSubmission({ attempt: 7, retry_count: 3, version: 40 }))).toBe(KEY);
  // Receivers remember it: it must not change with a new version of Waybill.
  expect(KEY).toBe('8c9ab44c898c810d236b97e9dc03e32e');
});

test.each([
  ['recipient', { submission_id: 'bob' }],
  ['assembly', { assembly_id: 'b0'.repeat(32) }],
  ['life of the assembly', { assembly_created_at: '2026-03-01T12:00:00.001Z' }],
])('is another one for another %s', (_, changes) => {
  expect(idempotencyKey(sampleSubmission(changes))).not.toBe(KEY);
});

test('does not take one part for another', () => {
  const key = (assembly_id: string, submission_id: string) =>
    idempotencyKey(sampleSubmission({ assembly_id, submission_id }));
  expect(key('a', 'bc')).not.toBe(key('ab', 'c'));
  expect(key('a"', 'b')).not.toBe(key('a', '"b'));
});
