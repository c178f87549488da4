import type { Assembly } from '../domain/assembly.ts';
import { ownError } from '../domain/assembly-error.ts';
import { listAssembly } from '../domain/assembly-list.ts';
import { assemblyId, canonicalFields, fieldsMd5 } from '../domain/identifier.ts';
import { showSubmission } from '../domain/show-submission.ts';
import { showDelivery } from '../domain/shown-delivery.ts';
import { statusOf, type Telling } from '../domain/status-of.ts';
import { NO_SUBMISSIONS, type Submission } from '../domain/submission.ts';
import { type ErrorCode, problemOf } from '../domain/waybill-error.ts';
import { PROBLEM_CAUSES } from './problem-causes.ts';

/**
 * Requests, and what Waybill makes of them: the statuses are told by the code that tells every status, so an example
 * has each member that an answer has.
 */

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 21, 22, 52, seconds)).toISOString();

const text = {
  template_id: 'text-statistics',
  fields: { text: 'One text. Two sentences.' },
  reference: 'order-17',
};
const file = {
  name: 'harbour.jpg',
  size: 482_113,
  mime: 'image/jpeg',
  md5hash: 'b6c2f1e09d7a4c35801e4f2a9b3d5c67',
};
const pictures = { template_id: 'image-thumbnails', uploads: [file], fields: { sizes: { small: 160 } } };
const message = {
  template_id: 'message-delivery',
  fields: {
    subject: 'A bridge for Port Halden',
    message: 'Please vote for it.',
    recipients: [
      { name: 'Ada Quill', chamber: 'senate', bioguideId: 'S000148' },
      { name: 'Bram Tolliver', chamber: 'house', bioguideId: 'H001090' },
    ],
  },
};
const md5OfFields = (fields: object): string => fieldsMd5(canonicalFields(fields));

const idOf = (templateId: string, md5s: readonly string[]): string =>
  assemblyId({ md5s, templateId, owner: 'user-1' });

const queued: Assembly = {
  assembly_id: idOf(text.template_id, [md5OfFields(text.fields)]),
  template_id: text.template_id,
  user_id: 'user-1',
  status: 'queued',
  attempt: 1,
  claim: 0,
  version: 1,
  last_writer: '',
  external: false,
  branch: 'main',
  reference: text.reference,
  progress: 0,
  retry_count: 0,
  max_retries: 3,
  created_at: at(27),
  updated_at: at(27),
  queued_at: at(27),
};
const processing: Assembly = {
  ...queued,
  status: 'processing',
  version: 2,
  claim: 1,
  progress: 30,
  progress_message: 'Counting words',
  started_at: at(28),
  updated_at: at(28),
};
const ended = { started_at: at(28), ended_at: at(29), updated_at: at(29), version: 5, claim: 1 } as const;
const completed: Assembly = {
  ...queued,
  ...ended,
  status: 'completed',
  progress: 100,
  result: { words: 4, sentences: 2, paragraphs: 1 },
  attempts: [{ attempt: 1, status: 'completed', started_at: at(28), ended_at: at(29) }],
};
const error = ownError('step_failed', { step: 'count' });
const failed: Assembly = {
  ...queued,
  ...ended,
  status: 'failed',
  error,
  attempts: [{ attempt: 1, status: 'failed', started_at: at(28), ended_at: at(29), error }],
};
const canceled: Assembly = {
  ...queued,
  ...ended,
  status: 'canceled',
  attempts: [{ attempt: 1, status: 'canceled', started_at: at(28), ended_at: at(29) }],
};
const large: Assembly = {
  ...completed,
  result: undefined,
  result_file: {
    ...{ id: '1-1', name: 'result.json', size: 48_213, mime: 'application/json' },
    ...{ field: '', original_id: '' },
  },
};
const upload = { id: file.md5hash, ...file, field: 'file' };
const uploading: Assembly = {
  ...queued,
  assembly_id: idOf(pictures.template_id, [file.md5hash, md5OfFields(pictures.fields)]),
  template_id: pictures.template_id,
  status: 'uploading',
  uploads: [upload],
  received: [],
  queued_at: undefined,
};
const small = {
  id: '1-1',
  name: 'harbour-small.webp',
  size: 4_811,
  mime: 'image/webp',
  field: 'file',
  original_id: upload.id,
  meta: { size: 'small', width: 160, height: 107 },
};
const pictured: Assembly = {
  ...uploading,
  ...completed,
  assembly_id: uploading.assembly_id,
  template_id: pictures.template_id,
  uploads: [upload],
  received: [upload.id],
  result: { pictures: 1, thumbnails: 2 },
  results: {
    thumbnails: [small, { ...small, id: '1-2', name: 'harbour-small.jpg', size: 6_204, mime: 'image/jpeg' }],
  },
};
const review: Assembly = {
  ...completed,
  template_id: 'human-review',
  external: true,
  result: { verdict: 'good' },
};

const BASE = 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com';
const sent: Assembly = {
  ...queued,
  assembly_id: idOf(message.template_id, [md5OfFields(message.fields)]),
  template_id: message.template_id,
  status: 'partial',
  version: 5,
  claim: 1,
  progress: 100,
  submission_count: 2,
  submission_counts: { ...NO_SUBMISSIONS, submitted: 1, failed: 1 },
  retryable_submissions: 0,
  started_at: at(28),
  ended_at: at(33),
  updated_at: at(33),
};
const sentTo: Submission = {
  assembly_id: sent.assembly_id,
  submission_id: 'S000148',
  assembly_created_at: sent.created_at,
  submission_count: 2,
  position: 0,
  external: false,
  recipient: { name: 'Ada Quill', chamber: 'senate', bioguideId: 'S000148' },
  status: 'submitted',
  attempt: 1,
  version: 3,
  last_writer: '',
  retry_count: 0,
  confirmation: 'CWC-12345',
  submitted_at: at(32),
  updated_at: at(32),
  expires_at: 0,
};
const sentSubmissions: readonly Submission[] = [
  sentTo,
  {
    ...sentTo,
    submission_id: 'H001090',
    position: 1,
    recipient: { name: 'Bram Tolliver', chamber: 'house', bioguideId: 'H001090' },
    status: 'failed',
    confirmation: undefined,
    submitted_at: undefined,
    error: {
      code: 'message_refused',
      category: 'VALIDATION_ERROR',
      message: 'The receiver refused the message.',
      retryable: false,
    },
    updated_at: at(31),
  },
];
const told = (assembly: Assembly, more: Pick<Telling, 'submissions'> = {}) =>
  statusOf(assembly, {
    ...more,
    now: new Date(Date.parse(assembly.updated_at) + 500),
    language: 'en',
    linkTo: ({ id }) =>
      `${BASE}/assemblies/${assembly.assembly_id}/results/${id}?exp=1795388400&sig=mY7o2E3kq1n0vT5xW8bZ4rJ6hL9cQ2sD1fG3aU7iPwE`,
  });

const withRequest = {
  ...told(uploading),
  uploads: told(uploading).uploads.map((each) => ({
    ...each,
    method: 'PUT' as const,
    url: `https://waybill-files.s3.eu-central-1.amazonaws.com/uploads/${uploading.assembly_id}/${upload.id}?X-Amz-Expires=900&X-Amz-Signature=0f1e2d3c`,
    headers: {
      'content-length': String(file.size),
      'content-md5': Buffer.from(file.md5hash, 'hex').toString('base64'),
      'content-type': file.mime,
    },
  })),
};

const batch = [completed.assembly_id, uploading.assembly_id, idOf(text.template_id, [file.md5hash])] as const;

const submission = { created: true, restarted: false };
const update = {
  status: 'processing',
  progress: 30,
  progress_message: 'Looking at it',
  attempt: 1,
  claim: 0,
};

const listed = [processing, pictured, failed].map((each) =>
  listAssembly(each, { now: new Date(at(30)), language: 'en' }),
);
/** What a deployment would sign cannot be made here. */
const CURSOR =
  'MjAyNi0xMS0yMVQyMjo1MjoyNy4wMDBaI2M1YjE3ZTMwOWY0YTJkNjg.q1m5XJr0cV7dKx2uH8oPzT4nYw6eLb9aFgSi3RkQvMs';

/** By name; the schema that each belongs to is where it is used. */
export const EXAMPLES = {
  submit_text: text,
  submit_files: pictures,
  submit_dry_run: { ...text, dry_run: true },
  submitted: { ...told(queued), ...submission },
  submitted_files: { ...withRequest, ...submission },
  submitted_again: { ...told(completed), created: false, restarted: false },
  dry_run: { assembly_id: queued.assembly_id, dry_run: true },
  status_queued: told(queued),
  status_processing: told(processing),
  status_completed: told(completed),
  status_with_results: told(pictured),
  status_with_large_result: told(large),
  status_failed: told(failed),
  status_canceled: told(canceled),
  batch_status_request: { assembly_ids: batch },
  batch_status: {
    statuses: { [batch[0]]: told(completed), [batch[1]]: told(uploading), [batch[2]]: null },
  },
  assemblies: { assemblies: listed, cursor: CURSOR },
  assemblies_page: {
    assemblies: listed.slice(0, 1),
    cursor: CURSOR,
    pagination: { total: 50, total_exact: true, page: 1, limit: 1, pages: 50 },
  },
  retried: {
    ...told({ ...queued, attempt: 2, version: 6, retry_count: 1, attempts: failed.attempts }),
    restarted: true,
  },
  nothing_to_retry: { ...told(completed), restarted: false },
  update_progress: update,
  update_completed: { status: 'completed', result: { verdict: 'good' } },
  update_failed: { status: 'failed', error: 'The model did not answer.', errorCode: 'ModelTimeout' },
  updated: { ...told({ ...processing, template_id: review.template_id, external: true }), claim: 1 },
  updated_completed: { ...told(review), claim: 1 },
  status_partial: told(sent, { submissions: sentSubmissions }),
  submit_message: message,
  update_submissions: {
    status: 'processing',
    submission_results: [
      {
        submission_id: 'S000148',
        status: 'submitted',
        confirmation: 'CWC-12345',
        submitted_at: at(32),
      },
    ],
  },
  submissions: {
    submission_count: 2,
    submission_counts: sent.submission_counts,
    submissions: sentSubmissions.map((each) => showSubmission(each, sent, 'en')),
    message_ids: sentSubmissions.map(({ submission_id }) => submission_id),
  },
  deliveries: {
    deliveries: [
      showDelivery({
        event_id: 'evt_a7844fe71fcdb27bcab4fde3e3181263',
        endpoint_id: `assembly:${queued.assembly_id}`,
        url: 'https://receiver.example/hook',
        state: 'pending',
        attempt_count: 1,
        attempts: [{ at: at(30), duration_ms: 6, status_code: 503 }],
        created_at: at(29),
        next_attempt_at: at(35),
      }),
    ],
  },
  webhook_secret: { secret: 'whsec_dIfLbwWvB/wc+dK1KVC1Pzdv1I00ew6hD6lqzLsuV0Y=' },
  health: { status: 'ok', service: 'waybill' },
  throttled: { message: 'Too Many Requests' },
  too_large_for_gateway: { message: 'Request Entity Too Large' },
  function_failed: { message: 'Internal Server Error' },
  no_answer: { message: 'Service Unavailable' },
} as const;

export type ExampleName = keyof typeof EXAMPLES;

/** What the codes have beside the members of every problem. */
const MEMBERS: Partial<Record<ErrorCode, object>> = {
  stale_update: { claim: 1, current: told(processing) },
  illegal_transition: { current: told(uploading) },
  already_ended: { current: told(failed) },
  retries_exhausted: { current: told({ ...failed, retry_count: 3 }) },
  invalid_request: { errors: [{ pointer: '/max_retries', detail: 'Too big: expected number to be <=10' }] },
  unknown_template: {
    errors: [
      {
        pointer: '/template_id',
        detail: 'is none of text-statistics, image-thumbnails, human-review, message-delivery',
      },
    ],
  },
  invalid_uploads: { errors: [{ pointer: '/uploads', detail: 'must be 1 to 100 files' }] },
  invalid_fields: { errors: [{ pointer: '/fields/text', detail: 'Invalid input: expected string' }] },
  webhook_url_refused: { errors: [{ pointer: '/webhook_url', detail: 'must begin with https://' }] },
};

export const problemExample = (code: ErrorCode): object => ({
  type: `urn:waybill:problem:${code}`,
  ...problemOf(code),
  detail: PROBLEM_CAUSES[code],
  code,
  timestamp: at(31),
  ...MEMBERS[code],
});
