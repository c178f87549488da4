import { ERROR_CODES, WaybillError } from '../../../lib/domain/waybill-error.ts';

// Codes are for programs and stay. A new one is added here; one that goes or changes its kind breaks clients.
const KINDS = {
  malformed_json: 'invalid',
  invalid_request: 'invalid',
  invalid_id: 'invalid',
  unknown_template: 'invalid',
  invalid_fields: 'invalid',
  webhook_url_refused: 'invalid',
  unsupported_media_type: 'unsupported_media_type',
  payload_too_large: 'too_large',
  unauthenticated: 'unauthenticated',
  not_found: 'not_found',
  different_input: 'conflict',
  stale_update: 'conflict',
  illegal_transition: 'conflict',
  already_ended: 'conflict',
  retries_exhausted: 'conflict',
  not_external: 'conflict',
  unavailable: 'transient',
  internal_error: 'internal',
} as const;

test('every code keeps its kind', () => {
  const kinds = Object.fromEntries(ERROR_CODES.map((code) => [code, new WaybillError(code, '').kind]));
  expect(kinds).toMatchObject(KINDS);
});

test('titles are short phrases, and no two codes share one', () => {
  const titles = ERROR_CODES.map((code) => new WaybillError(code, '').title);
  for (const title of titles) expect(title).toMatch(/^[A-Z][^.]{5,60}$/);
  expect(new Set(titles).size).toBe(titles.length);
});

test('an error carries its case: sentence, places, members and cause', () => {
  const cause = new Error('the table is gone');
  const errors = [{ pointer: '/fields', detail: 'is missing' }];
  const error = new WaybillError('invalid_request', 'One place is refused.', {
    errors,
    members: { current: 'queued' },
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'WaybillError',
    message: 'One place is refused.',
    code: 'invalid_request',
    errors,
    members: { current: 'queued' },
    cause,
  });
});

test('without extras it has no places, no members and no cause', () => {
  const { errors, members, cause } = new WaybillError('not_found', 'It is gone.');
  expect({ errors, members, cause }).toEqual({ errors: undefined, members: {}, cause: undefined });
});
