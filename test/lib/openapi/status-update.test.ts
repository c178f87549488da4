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
