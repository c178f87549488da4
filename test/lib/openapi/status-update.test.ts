import { statusUpdate } from '../../../lib/domain/status-update.ts';
import { submitRequest } from '../../../lib/domain/submit-request.ts';
import { faultsAgainst } from '../../contract/openapi-file.ts';

/** What zod checks by code is written out for the document: both must say the same. */
const documented = (schema: string, body: unknown): boolean =>
  faultsAgainst(['components', 'schemas', schema], body).length === 0;

test.each([
  [true, { status: 'processing' }],
  [true, { status: 'processing', progress: 30, progress_message: 'Reading', attempt: 1, claim: 0 }],
  [true, { status: 'processing', progressMessage: 'Reading' }],
  [true, { status: 'completed', result: { any: ['thing', 1, null] }, completedAt: '2025-09-30T09:30:00Z' }],
  [true, { status: 'completed', completed_at: '2025-09-30T11:30:00+02:00' }],
  [true, { status: 'partial', result: null }],
  [
    true,
    {
      status: 'failed',
      error: 'No.',
      errorCode: 'ModelTimeout',
      error_category: 'FILE_ERROR',
      errorDetails: '',
    },
  ],
  [false, { status: 'processing', progressMessage: 'a', progress_message: 'b' }],
  [false, { status: 'processing', error: 'No.' }],
  [false, { status: 'completed', errorCode: 'ModelTimeout' }],
  [false, { status: 'failed', result: 1 }],
  [false, { status: 'processing', result: {} }],
  [false, { status: 'canceled' }],
  [false, { status: 'completed', completed_at: 'yesterday' }],
  [false, { status: 'processing', progress: 101 }],
  [false, { status: 'processing', claim: -1 }],
  [false, { status: 'processing', attempt: 0 }],
  [false, { status: 'processing', error_code: 'x' }],
  [false, { progress: 1 }],
  [false, []],
])('%p for the status update %j, in the document as in the function', (good, body) => {
  expect([documented('StatusUpdate', body), statusUpdate.safeParse(body).success]).toEqual([good, good]);
});

const results = (...submission_results: readonly unknown[]) => ({ status: 'processing', submission_results });
const result = (more: object) => results({ submission_id: 'a', status: 'submitted', ...more });
const failing = (more: object) => results({ submission_id: 'a', status: 'failed', ...more });
const waiting = (more: object) => results({ submission_id: 'a', status: 'rate_limited', ...more });
const AT = '2025-09-30T09:30:00Z';

test.each([
  [true, results()],
  [true, { status: 'completed', submissionResults: [{ messageId: 'a', status: 'submitted' }] }],
  [true, result({ cwcConfirmation: 'CWC-12345', submittedAt: AT })],
  [true, result({ cwc_confirmation: 'CWC-12345', submitted_at: AT })],
  [true, result({ confirmation: 'CWC-12345' })],
  [true, results({ message_id: 'a', status: 'queued' }, { submissionId: 'b', status: 'processing' })],
  [true, failing({})],
  [true, failing({ error: 'No.', errorCode: 'Vacant', errorDetails: '' })],
  [true, failing({ error_code: 'Vacant', error_details: '404' })],
  [true, waiting({ nextRetryAt: AT, error: 'Slower.' })],
  [true, waiting({ next_retry_at: '2025-09-30T11:30:00+02:00' })],
  [true, results(...Array.from({ length: 1_000 }, (_, n) => ({ messageId: `${n}`, status: 'failed' })))],
  [false, results(...Array.from({ length: 1_001 }, (_, n) => ({ messageId: `${n}`, status: 'failed' })))],
  [false, { ...results(), submissionResults: [] }],
  [false, result({ messageId: 'a' })],
  [false, results({ messageId: 'a', message_id: 'a', status: 'failed' })],
  [false, results({ messageId: 'a', submissionId: 'a', status: 'failed' })],
  [false, result({ confirmation: 'a', cwcConfirmation: 'a' })],
  [false, result({ cwc_confirmation: 'a', cwcConfirmation: 'a' })],
  [false, result({ submitted_at: AT, submittedAt: AT })],
  [false, failing({ errorCode: 'a', error_code: 'a' })],
  [false, results({ status: 'failed' })],
  [false, results({ submission_id: 'a' })],
  [false, results({ submission_id: '', status: 'failed' })],
  [false, results({ messageId: 'a'.repeat(129), status: 'failed' })],
  [false, results({ messageId: 1, status: 'failed' })],
  [false, results({ messageId: 'a', status: 'canceled' })],
  [false, results({ messageId: 'a', status: 'completed' })],
  [false, results('a')],
  [false, results(null)],
  [false, results([])],
  [false, { status: 'processing', submission_results: { 0: { messageId: 'a', status: 'failed' } } }],
  [false, result({ error: 'No.' })],
  [false, result({ errorCode: 'a' })],
  [false, result({ nextRetryAt: AT })],
  [false, failing({ cwcConfirmation: 'a' })],
  [false, failing({ submittedAt: AT })],
  [false, failing({ next_retry_at: AT })],
  [false, waiting({ confirmation: 'a' })],
  [false, results({ messageId: 'a', status: 'queued', error: 'No.' })],
  [false, results({ messageId: 'a', status: 'processing', nextRetryAt: AT })],
  [false, result({ submittedAt: 'yesterday' })],
  [false, result({ confirmation: '' })],
  [false, result({ confirmation: 'x'.repeat(201) })],
  [false, failing({ error_code: '1' })],
  [false, result({ progress: 1 })],
])('%p for the results in %j, in the document as in the function', (good, body) => {
  expect([documented('StatusUpdate', body), statusUpdate.safeParse(body).success]).toEqual([good, good]);
});

test('a recipient named twice is refused in code, whatever the spelling', () => {
  for (const second of [{ submission_id: 'a' }, { messageId: 'a' }, { message_id: 'a' }]) {
    const body = results(
      { messageId: 'b', status: 'failed' },
      { submissionId: 'a', status: 'failed' },
      { ...second, status: 'failed' },
    );
    expect(statusUpdate.safeParse(body).error?.issues.map(({ path }) => path)).toEqual([
      ['submission_results', 2],
    ]);
  }
});

const file = { name: 'a.jpg', size: 1, mime: 'image/jpeg', md5hash: '0'.repeat(32) };

test.each([
  [true, { template_id: 'a' }],
  [
    true,
    {
      template_id: 'a',
      uploads: [file],
      fields: { a: [null] },
      reference: 'r',
      max_retries: 0,
      dry_run: true,
    },
  ],
  [true, { template_id: 'a', uploads: [{ ...file, field: 'f', meta: { any: { thing: 1 } } }] }],
  [false, { template_id: 'a', uploads: [{ ...file, more: 1 }] }],
  [false, { template_id: 'a', uploads: [{ ...file, md5hash: 'A'.repeat(32) }] }],
  [false, { template_id: 'a', fields: [] }],
  [false, { template_id: 'a', reference: '' }],
  [false, { template_id: 'a', max_retries: 11 }],
  [false, { template_id: 1 }],
  [false, {}],
])('%p for the submission %j, in the document as in the function', (good, body) => {
  expect([documented('SubmitRequest', body), submitRequest.safeParse(body).success]).toEqual([good, good]);
});
