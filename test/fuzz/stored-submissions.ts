import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { jsonAttributes } from '../../lambdas/shared/json-attributes.ts';
import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { NO_SUBMISSIONS, type Submission, type SubmissionStatus } from '../../lib/domain/submission.ts';

const STATUSES = ['queued', 'processing', 'submitted', 'failed', 'rate_limited'] as const;

const json = jsonAttributes(['recipient', 'error']);

/** As the store writes it. */
export const submissionItem = (row: Submission): Record<string, unknown> =>
  json.toText(row as unknown as Record<string, unknown>);

/** That many recipients, each with the mark of the owner. */
export const recipientsWith = (mark: string, count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: `r-${n}`, name: mark, chamber: 'senate' }));

/** The submissions of an assembly with recipients, in whatever state: its id decides, so that a failure is made smaller with it. */
export function submissionsOf(assembly: Assembly): Submission[] {
  const { assembly_id, submission_count = 0, created_at, updated_at } = assembly;
  const { recipients = [] } = Object(assembly.fields) as { recipients?: Submission['recipient'][] };
  return recipients.map((recipient, position) => {
    const digit = Number.parseInt(assembly_id[position] ?? '0', 16);
    const status: SubmissionStatus = STATUSES[digit % STATUSES.length] ?? 'queued';
    return {
      assembly_id,
      submission_id: `r-${position}`,
      assembly_created_at: created_at,
      submission_count,
      position,
      external: assembly.external,
      recipient,
      status,
      attempt: Math.max(1, assembly.attempt - (digit % 2)),
      version: 3,
      last_writer: 'fuzz',
      retry_count: digit % 3,
      ...(status === 'submitted' && { submitted_at: updated_at, confirmation: 'CWC-1' }),
      ...(status === 'processing' && { lease_until: epochSeconds(new Date()) + (digit < 8 ? -60 : 600) }),
      ...(status === 'rate_limited' && { next_retry_at: updated_at }),
      ...(status === 'failed' && { error: { code: 'message_refused', category: 'VALIDATION_ERROR' } }),
      updated_at,
      expires_at: epochSeconds(new Date()) + 60 * 86_400,
    };
  });
}

/** The stored assembly as one with recipients: of the template that we send for, or of the one that others do. */
export const withRecipients = (stored: Assembly, mark: string, count: number): Assembly => {
  const { uploads: _, received: _received, results: _results, file_errors: _errors, ...plain } = stored;
  const isWaiting = stored.status === 'uploading' || stored.status === 'queued';
  return {
    ...plain,
    status: stored.status === 'uploading' ? 'queued' : stored.status,
    template_id: stored.external ? 'message-tracking' : 'message-delivery',
    fields: { subject: 'S', message: mark, recipients: recipientsWith(mark, count) },
    result: undefined,
    submission_count: count,
    submission_counts: { ...NO_SUBMISSIONS, queued: count },
    ...(isWaiting ? { queued_at: stored.created_at } : { expanded_at: stored.updated_at }),
  };
};

/** Over whatever is there. */
export async function putSubmission(
  row: Submission,
  { documents, table }: { readonly documents: DynamoDBDocumentClient; readonly table: string },
): Promise<void> {
  await documents.send(new PutCommand({ TableName: table, Item: submissionItem(row) }));
}
