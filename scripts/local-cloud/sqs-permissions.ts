import type { Permission } from './iam-policy.ts';
import { arnOf } from './place.ts';

interface SqsRequest {
  readonly QueueUrl?: string;
  readonly QueueName?: string;
  readonly SourceArn?: string;
}

/**
 * What a call of SQS needs. A batch needs what its parts need: no action is called SendMessageBatch.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 * @param operation such as `SendMessage`
 */
export function sqsPermissions(operation: string, body: unknown): Permission[] {
  const { QueueUrl, QueueName, SourceArn } = body as SqsRequest;
  const name = QueueUrl?.slice(QueueUrl.lastIndexOf('/') + 1) ?? QueueName;
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  return [{ action, resource: name === undefined ? (SourceArn ?? '*') : arnOf('sqs', name) }];
}
