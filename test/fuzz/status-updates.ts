import * as fc from 'fast-check';
import type { Assembly } from '../../lib/domain/assembly.ts';

/** What it may say of recipients, known ones in most cases, in each spelling. */
const submissionResultsOf = ({ attempt, submission_count = 0 }: Assembly): fc.Arbitrary<unknown> => {
  const id = fc.constantFrom(...Array.from({ length: submission_count + 1 }, (_, n) => `r-${n}`));
  const named = (more: Record<string, fc.Arbitrary<unknown>>) =>
    fc
      .tuple(fc.constantFrom('submission_id', 'messageId', 'message_id', 'submissionId'), id, fc.record(more))
      .map(([name, value, rest]) => ({ [name]: value, ...rest }));
  const time = fc.constantFrom('2026-01-01T00:00:00Z', '2999-01-01T00:00:00+14:00');
  const result = fc.oneof(
    named({ status: fc.constantFrom('queued', 'processing', 'rate_limited', 'failed', 'submitted') }),
    named({
      status: fc.constant('submitted'),
      cwcConfirmation: fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }),
      submittedAt: time,
    }),
    named({
      status: fc.constant('failed'),
      error: fc.string({ minLength: 1, maxLength: 1_000, unit: 'grapheme' }),
      error_code: fc.constantFrom('Vacant', 'a.b-c_d'),
      errorDetails: fc.string({ maxLength: 2_000, unit: 'binary-ascii' }),
    }),
    named({ status: fc.constant('rate_limited'), error: fc.constant('Slower.'), nextRetryAt: time }),
  );
  return fc
    .tuple(
      fc.constantFrom('submission_results', 'submissionResults'),
      fc.array(result, { maxLength: 4 }),
      fc.record(
        {
          status: fc.constantFrom('processing', 'completed', 'partial', 'failed'),
          progress_message: fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }),
          attempt: fc.constantFrom(attempt, attempt, attempt, attempt + 1),
        },
        { requiredKeys: ['status'] },
      ),
    )
    .map(([name, results, rest]) => ({ ...rest, [name]: results }));
};

/** What the external worker of the assembly may say. */
export const statusUpdateOf = (stored: Assembly): fc.Arbitrary<unknown> =>
  stored.submission_count === undefined
    ? fc.oneof(
        { weight: 9, arbitrary: wholeUpdateOf(stored) },
        { weight: 1, arbitrary: submissionResultsOf(stored) },
      )
    : fc.oneof(
        { weight: 1, arbitrary: wholeUpdateOf(stored) },
        { weight: 4, arbitrary: submissionResultsOf(stored) },
      );

const wholeUpdateOf = ({ attempt, claim }: Assembly): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.record(
      {
        status: fc.constantFrom('processing', 'completed', 'partial', 'failed'),
        // DynamoDB holds no number that is smaller than 1e-130 and not 0.
        progress: fc.oneof(
          fc.integer({ min: 0, max: 100 }),
          fc.double({ min: 0, max: 100, noNaN: true }),
          fc.constantFrom(5e-324, 1e-131, 1e-130, -0, 100),
        ),
        progress_message: fc.string({ minLength: 1, maxLength: 50, unit: 'grapheme' }),
        attempt: fc.constantFrom(attempt, attempt, attempt, attempt + 1),
        claim: fc.constantFrom(claim, claim, claim, claim + 1),
        completedAt: fc.constantFrom(
          '2026-01-01T00:00:00Z',
          '1969-12-31T23:59:59Z',
          '2999-01-01T00:00:00+14:00',
        ),
      },
      { requiredKeys: ['status'] },
    ),
    fc.record(
      { status: fc.constantFrom('completed', 'partial'), result: fc.jsonValue({ maxDepth: 4 }) },
      { requiredKeys: ['status'] },
    ),
    fc.record(
      {
        status: fc.constant('failed'),
        error: fc.string({ minLength: 1, maxLength: 1_000, unit: 'grapheme' }),
        error_code: fc.constantFrom('ModelTimeout', 'a.b-c_d', 'x'.repeat(64)),
        errorCategory: fc.constantFrom('QUEUE_ERROR', 'FILE_ERROR', 'VALIDATION_ERROR', 'WORKER_ERROR'),
        error_details: fc.string({ maxLength: 2_000, unit: 'binary-ascii' }),
        retryable: fc.boolean(),
      },
      { requiredKeys: ['status'] },
    ),
  );
