import { STATUSES, type Status, TERMINAL } from '../domain/state-machine.ts';
import type { ErrorCode } from '../domain/waybill-error.ts';
import { listOperation } from './list-operation.ts';
import type { Answer, Operation, RouteKey } from './operation.ts';

const OPEN: readonly Status[] = STATUSES.filter(
  (status) => !(TERMINAL as readonly Status[]).includes(status),
);

/** Whatever calls AWS, to verify a secret to begin with. */
const BROKEN = ['internal_error', 'unavailable'] as const satisfies readonly ErrorCode[];

/** Where the deployment limits its owners. */
const LIMITS = ['ratelimit?', 'ratelimit-policy?'] as const;
/** What may come of whatever opens an assembly. */
const LIMITED = ['too_many_submissions', 'too_many_open'] as const satisfies readonly ErrorCode[];

const READ_HEADERS = ['content-language', 'vary'] as const;

/** The two routes to a status differ in where the id stands. */
const readStatus = {
  tag: 'Assemblies',
  security: ['user', 'readSecret'],
  description:
    '202 while it runs, 200 when it has ended, whatever the end: a failed one is 200 with `error`. A user sees their own ' +
    'assemblies, a machine with the read secret all. With both headers, the secret alone counts. With `batch=true` the ' +
    'answer is that of `POST /assemblies/batch-status`: always 200, and `null` where this would be 404.',
  answers: {
    200: {
      description:
        'It has ended. Or the answer to `batch=true`, which has no `etag`, and a `retry-after` where one of them runs.',
      schemas: ['AssemblyStatus', 'BatchStatus'],
      statuses: TERMINAL,
      headers: [...READ_HEADERS, 'etag?', 'retry-after?'],
      examples: [
        'status_completed',
        'status_with_results',
        'status_with_large_result',
        'status_partial',
        'status_failed',
        'status_canceled',
        'batch_status',
      ],
    },
    202: {
      description: 'It runs, or waits.',
      schemas: ['AssemblyStatus'],
      statuses: OPEN,
      headers: [...READ_HEADERS, 'retry-after', 'etag?'],
      examples: ['status_processing', 'status_queued'],
    },
    304: {
      description: 'It is what `If-None-Match` names.',
      headers: [...READ_HEADERS, 'etag', 'retry-after?'],
    },
  },
  problems: ['invalid_id', 'invalid_request', 'unauthenticated', 'not_found', ...BROKEN],
} as const satisfies Partial<Operation>;

/** Of what is the same for everybody until the next deployment. */
const unchanged: Answer = { description: 'It is what `If-None-Match` names.', headers: ['etag'] };

/** Every route, and no other: the type holds it to lib/bindings.ts. */
export const OPERATIONS: Readonly<Record<RouteKey, Operation>> = {
  'POST /assemblies': {
    id: 'submitAssembly',
    tag: 'Assemblies',
    summary: 'Submit work',
    description:
      'The id is a hash of what is submitted: the same again is always safe, and answered with the same assembly. One that ' +
      'failed or was canceled starts its next attempt. Members beside those below are refused; the body may have 5.5 MB ' +
      'and 64 levels.',
    security: ['user'],
    parameters: ['accept-language'],
    body: {
      schema: 'SubmitRequest',
      examples: ['submit_text', 'submit_files', 'submit_message', 'submit_dry_run'],
    },
    answers: {
      200: {
        description: 'It has ended already; or the answer to `dry_run`.',
        schemas: ['SubmittedAssembly', 'DryRun'],
        statuses: TERMINAL,
        headers: ['location?', 'content-language?', ...LIMITS],
        examples: ['submitted_again', 'dry_run'],
      },
      202: {
        description:
          'It is accepted, or was before. Uploads that are still to come have the request that brings them.',
        schemas: ['SubmittedAssembly'],
        statuses: OPEN,
        headers: ['location', 'retry-after', 'content-language', ...LIMITS],
        examples: ['submitted', 'submitted_files'],
      },
    },
    problems: [
      'malformed_json',
      'invalid_request',
      'unknown_template',
      'invalid_uploads',
      'invalid_fields',
      'webhook_url_refused',
      'unauthenticated',
      'different_input',
      'payload_too_large',
      'unsupported_media_type',
      ...LIMITED,
      ...BROKEN,
    ],
  },
  'GET /assemblies': listOperation,
  'GET /assemblies/{assembly_id}': {
    ...readStatus,
    id: 'getAssembly',
    summary: 'Read the status',
    parameters: ['assembly_id', 'batch', 'min_version', 'accept-language', 'if-none-match'],
  },
  'GET /status': {
    ...readStatus,
    id: 'getStatus',
    summary: 'Read the status by a query parameter',
    parameters: ['assemblyId', 'batch', 'min_version', 'accept-language', 'if-none-match'],
    problems: [...readStatus.problems, 'answer_too_large'],
  },
  'POST /assemblies/batch-status': {
    id: 'getBatchStatus',
    tag: 'Assemblies',
    summary: 'Read many statuses',
    description:
      'Up to 100 at once. 200 however they stand: what never was, is gone, or belongs to somebody else is `null`, and what ' +
      'could not be read is 503, never `null`. A user sees their own assemblies, a machine with the read secret all. With both ' +
      'headers, the secret alone counts.',
    security: ['user', 'readSecret'],
    parameters: ['accept-language'],
    body: { schema: 'BatchStatusRequest', examples: ['batch_status_request'] },
    answers: {
      200: {
        description:
          'Each as `GET /assemblies/{assembly_id}` tells it. `retry-after` is the shortest of those that run, and absent where ' +
          'none does.',
        schemas: ['BatchStatus'],
        headers: [...READ_HEADERS, 'retry-after?'],
        examples: ['batch_status'],
      },
    },
    problems: [
      'malformed_json',
      'invalid_request',
      'invalid_id',
      'answer_too_large',
      'unauthenticated',
      'payload_too_large',
      'unsupported_media_type',
      ...BROKEN,
    ],
  },
  'POST /assemblies/{assembly_id}/status': {
    id: 'updateStatus',
    tag: 'Assemblies',
    summary: 'Report on the work of an external template',
    description: 'To say the same again changes nothing and succeeds. `result` may have 32 KB.',
    security: ['updateSecret'],
    parameters: ['assembly_id', 'accept-language'],
    body: {
      schema: 'StatusUpdate',
      examples: ['update_progress', 'update_completed', 'update_failed', 'update_submissions'],
    },
    answers: {
      200: {
        description: 'The assembly as it stands now, with the `claim` for the next update.',
        schemas: ['UpdatedAssembly'],
        statuses: ['queued', 'processing', 'completed', 'partial', 'failed'],
        headers: ['content-language'],
        examples: ['updated', 'updated_completed'],
      },
    },
    problems: [
      'malformed_json',
      'invalid_request',
      'invalid_id',
      'unauthenticated',
      'not_found',
      'not_external',
      'stale_update',
      'already_ended',
      'illegal_transition',
      'payload_too_large',
      'unsupported_media_type',
      ...BROKEN,
    ],
  },
  'POST /assemblies/{assembly_id}/retry': {
    id: 'retryAssembly',
    tag: 'Assemblies',
    summary: 'Start a new attempt',
    description:
      'At what failed, was canceled or is partial; of a partial one, at its failed files. It spends one of `max_retries`, ' +
      'needs no body and looks at none.',
    security: ['user'],
    parameters: ['assembly_id', 'attempt', 'accept-language'],
    answers: {
      200: {
        description: 'There is nothing to retry: it has ended, in another attempt or completed.',
        schemas: ['RetriedAssembly'],
        statuses: TERMINAL,
        headers: ['location', 'content-language', ...LIMITS],
        examples: ['nothing_to_retry'],
      },
      202: {
        description: 'It is under way, by this request where `restarted` is true.',
        schemas: ['RetriedAssembly'],
        statuses: OPEN,
        headers: ['location', 'retry-after', 'content-language', ...LIMITS],
        examples: ['retried'],
      },
    },
    problems: [
      'invalid_id',
      'invalid_request',
      'unauthenticated',
      'not_found',
      'retries_exhausted',
      ...LIMITED,
      ...BROKEN,
    ],
  },
  'DELETE /assemblies/{assembly_id}': {
    id: 'cancelAssembly',
    tag: 'Assemblies',
    summary: 'Cancel',
    description:
      'Wherever it stands. To cancel what is canceled changes nothing and succeeds. Nothing is deleted.',
    security: ['user'],
    parameters: ['assembly_id', 'accept-language'],
    answers: {
      200: {
        description: 'It is canceled.',
        schemas: ['AssemblyStatus'],
        statuses: ['canceled'],
        headers: ['content-language'],
        examples: ['status_canceled'],
      },
    },
    problems: ['invalid_id', 'unauthenticated', 'not_found', 'already_ended', ...BROKEN],
  },
  'GET /assemblies/{assembly_id}/results/{result_id}': {
    id: 'getResult',
    tag: 'Results',
    summary: 'Go to a result file',
    description:
      'With `exp` and `sig`, as the `ssl_url` of a result has them, or with the token of the owner.',
    security: ['signedLink', 'user'],
    parameters: ['assembly_id', 'result_id', 'exp'],
    answers: {
      302: {
        description: 'The file is in the bucket; the link to it holds for 5 minutes.',
        headers: ['location', 'referrer-policy'],
      },
    },
    problems: ['invalid_id', 'unauthenticated', 'not_found', 'link_expired', 'result_gone', ...BROKEN],
  },
  'GET /assemblies/{assembly_id}/submissions': {
    id: 'listSubmissions',
    tag: 'Assemblies',
    summary: 'List the submissions of an assembly',
    description:
      'One for each recipient, by id. With `status`, a page may be short or empty and be followed by another one: a request ' +
      'looks at a thousand submissions at most.',
    security: ['user', 'readSecret'],
    parameters: ['assembly_id', 'submission_status', 'limit_of_submissions', 'cursor', 'accept-language'],
    answers: {
      200: {
        description: 'A page. As long as there is a `cursor`, another one follows; the last may be empty.',
        schemas: ['SubmissionsPage'],
        headers: [...READ_HEADERS],
        examples: ['submissions'],
      },
    },
    problems: ['invalid_id', 'invalid_request', 'unauthenticated', 'not_found', ...BROKEN],
  },
  'GET /assemblies/{assembly_id}/deliveries': {
    id: 'listDeliveries',
    tag: 'Webhooks',
    summary: 'List the webhook deliveries of an assembly',
    description: 'The newest first, each with its attempts.',
    security: ['user'],
    parameters: ['assembly_id', 'limit', 'cursor'],
    answers: {
      200: {
        description: 'A page. As long as there is a `cursor`, another one follows; the last may be empty.',
        schemas: ['DeliveriesPage'],
        headers: ['vary'],
        examples: ['deliveries'],
      },
    },
    problems: ['invalid_id', 'invalid_request', 'unauthenticated', 'not_found', ...BROKEN],
  },
  'GET /webhook-secret': {
    id: 'getWebhookSecret',
    tag: 'Webhooks',
    summary: "Get the secret that signs one's webhooks",
    security: ['user'],
    answers: {
      200: { description: 'The secret.', schemas: ['WebhookSecret'], examples: ['webhook_secret'] },
    },
    problems: ['unauthenticated', ...BROKEN],
  },
  'GET /health': {
    id: 'getHealth',
    tag: 'Deployment',
    summary: 'See whether API and functions answer',
    description: 'It looks at no table and no queue.',
    security: [],
    answers: { 200: { description: 'They do.', schemas: ['Health'], examples: ['health'] } },
    problems: [],
  },
  'GET /openapi.json': {
    id: 'getOpenApi',
    tag: 'Deployment',
    summary: 'Get this document',
    security: [],
    parameters: ['if-none-match'],
    answers: {
      200: { description: 'It is the one.', schemas: ['OpenApiDocument'], headers: ['etag'] },
      304: unchanged,
    },
    problems: [],
  },
  'GET /docs': {
    id: 'getDocs',
    tag: 'Deployment',
    summary: 'Read this document as a page',
    security: [],
    parameters: ['if-none-match'],
    answers: {
      200: {
        description: 'The page.',
        contentType: 'text/html; charset=utf-8',
        headers: ['etag', 'content-security-policy', 'referrer-policy'],
      },
      304: unchanged,
    },
    problems: [],
  },
  'GET /docs/scalar.js': {
    id: 'getDocsScript',
    tag: 'Deployment',
    summary: 'Get the script of the page',
    security: [],
    parameters: ['version', 'if-none-match'],
    answers: {
      200: {
        description: 'Scalar, in one file.',
        contentType: 'text/javascript; charset=utf-8',
        headers: ['etag', 'content-encoding'],
      },
      304: unchanged,
    },
    problems: [],
  },
};
