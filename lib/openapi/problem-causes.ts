import type { ErrorCode } from '../domain/waybill-error.ts';

/** When a request is answered with the code; also the `detail` of its example. */
export const PROBLEM_CAUSES: Readonly<Record<ErrorCode, string>> = {
  malformed_json:
    'The body is empty, no JSON, not UTF-8 or begins with a byte order mark; or it has a `__proto__` or a `constructor.prototype`.',
  invalid_request: 'A member, query parameter or number is not as documented.',
  invalid_id: 'The id is not 64 digits 0-9, a-f; the id of a result not two numbers with a hyphen.',
  answer_too_large: 'The statuses together are more than one answer holds, some 5 MB. Ask for fewer at once.',
  unknown_template: 'There is no template of that `template_id`.',
  invalid_uploads: 'The template takes no files, or another number of them, or one is too large.',
  invalid_fields: "The template's schema refuses `fields`.",
  webhook_url_refused: 'Webhooks do not go to that address.',
  unsupported_media_type: 'A body without `Content-Type: application/json`.',
  payload_too_large: 'A body over 5.5 MB, `fields` over 5 MB, the `result` of an external worker over 32 KB.',
  invalid_site:
    'Tenants are on, and the header `X-Site-Id` is another one than that of the token, or absent where it is mandatory.',
  unauthenticated: 'No token, a token that does not verify, a wrong secret; `detail` says which.',
  insufficient_scope:
    'What others have submitted is listed for operators: the token needs the scope `waybill:operator`.',
  not_found: "It never was, it has expired, or it is somebody else's.",
  result_gone:
    'The assembly has ended with this result, but its file has been deleted from the bucket: `EvaluationNotFound` of seed 004.',
  link_expired: 'The link to a result was good once; the status has fresh ones.',
  different_input: 'The id belongs to other input; nothing of it is shown.',
  stale_update: 'An update from another attempt or claim.',
  illegal_transition: 'An update to a status that cannot follow.',
  already_ended:
    'An update after the end that says something else, or a cancel after another end; `current` has the status.',
  retries_exhausted: 'A retry when `max_retries` are spent; `current` has the status.',
  not_external: "An update for an assembly that Waybill's own worker works.",
  too_many_submissions:
    'The owner submits more often than the deployment lets each of them; in `retry-after` seconds there is a turn.',
  too_many_open:
    'The owner has as many assemblies that have not ended as the deployment lets each of them have. What is open already can ' +
    'still be submitted again.',
  unavailable:
    'DynamoDB, S3, SQS or Secrets Manager throttles or does not answer; or the keys of the issuer cannot be read.',
  internal_error: 'A fault of ours; the log has it under `x-request-id`.',
};
