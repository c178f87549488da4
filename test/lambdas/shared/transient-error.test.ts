import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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
  new WaybillError('unavailable', 'too many at once'),
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
  // In a process of its own: in jest's sandbox the SDK takes the error of the socket for none and wraps it.
  const script = `
    const { DynamoDBClient, ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
    const { isTransientError } = await import('./lambdas/shared/transient-error.ts');
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new DynamoDBClient({ region: 'r', endpoint: 'http://127.0.0.1:1', credentials, maxAttempts: 1 });
    await client.send(new ListTablesCommand()).catch((error) => console.log(isTransientError(error)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout.trim()).toBe('true');
});
