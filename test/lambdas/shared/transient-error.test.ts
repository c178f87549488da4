import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { isTransientError } from '../../../lambdas/shared/transient-error.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';

const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });

test.each([
  named('ProvisionedThroughputExceededException'),
  named('ThrottlingException'),
  named('TransactionConflictException'),
  named('InternalServerError', { $fault: 'server' }),
  named('Unknown', { $metadata: { httpStatusCode: 503 } }),
  named('SlowDown', { $retryable: { throttling: true } }),
  named('Error', { code: 'ECONNRESET' }),
])('$name is transient', (error) => {
  expect(isTransientError(error)).toBe(true);
});

test.each([
  named('ValidationException', { $fault: 'client', $metadata: { httpStatusCode: 400 } }),
  named('ConditionalCheckFailedException', { $fault: 'client' }),
  named('AccessDeniedException', { $fault: 'client', $metadata: { httpStatusCode: 403 } }),
  new WaybillError('not_found', 'gone'),
  new TypeError('x is not a function'),
  undefined,
  'ThrottlingException',
])('%p is not', (error) => {
  expect(isTransientError(error)).toBe(false);
});

test('the SDK’s own error for a service that is not there is transient', async () => {
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const error = await client
    .send(new GetItemCommand({ TableName: 't', Key: { k: { S: 'x' } } }))
    .catch((caught) => caught);
  expect(isTransientError(error)).toBe(true);
});
