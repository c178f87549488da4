import { setTimeout } from 'node:timers/promises';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { jest } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { httpHandler } from '../../../lambdas/shared/http-handler.ts';
import { logContext } from '../../../lambdas/shared/log-context.ts';
import { logger } from '../../../lambdas/shared/logger.ts';
import { queueConsumer } from '../../../lambdas/shared/queue-consumer.ts';
import { streamConsumer } from '../../../lambdas/shared/stream-consumer.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { loggedBy } from './logged.ts';

const context = { awsRequestId: 'lambda-request', functionName: 'Waybill-Test' } as Context;
const ids = ['a', 'b', 'c'].map((digit) => digit.repeat(64));

describe('the records of a batch, side by side', () => {
  test('of a queue: each line has the ids of its own', async () => {
    const handler = queueConsumer({
      name: 'test',
      message: z.object({ assembly_id: z.string(), wait: z.number() }),
      async consume({ assembly_id, wait }) {
        logContext.add({ assembly_id });
        logger.info('begins', { of: assembly_id });
        await setTimeout(wait);
        logger.info('goes on', { of: assembly_id });
        throw new Error(`ends ${assembly_id}`);
      },
    });
    // The first to begin is the last to end.
    const Records = ids.map((assembly_id, index) => ({
      messageId: `message-${assembly_id}`,
      body: JSON.stringify({ assembly_id, wait: 60 - 20 * index }),
    })) as SQSRecord[];
    const { lines } = await loggedBy(() => handler({ Records }, context));
    expect(lines).toHaveLength(9);
    // Not one after the other, or nothing would be proved.
    expect(lines.slice(0, 3).map(({ of }) => of)).toEqual(ids);
    for (const { of, message, error, ...line } of lines) {
      const assembly_id = of ?? error.message.slice('ends '.length);
      expect(line).toMatchObject({
        service: 'waybill',
        request_id: 'lambda-request',
        function_name: 'Waybill-Test',
        assembly_id,
        message_id: `message-${assembly_id}`,
      });
    }
    const failed = lines.filter(({ error }) => error !== undefined);
    expect(failed.map(({ assembly_id }) => assembly_id)).toEqual(ids.toReversed());
  });

  test('of a stream: the id is that of the key, also where the image cannot be read', async () => {
    const handler = streamConsumer({
      name: 'test',
      failures: { keep: async () => {} } as never,
      consume: () => Promise.reject(new Error('no')),
    });
    const Records = ids.map((S, index) => ({
      dynamodb: {
        SequenceNumber: String(index),
        Keys: { assembly_id: { S } },
        NewImage: { fields: { S: '{' } },
      },
    }));
    const { lines } = await loggedBy(() => handler({ Records }, context));
    expect(lines.map(({ assembly_id }) => assembly_id)).toEqual(ids);
    expect(lines[0]).toMatchObject({ request_id: 'lambda-request', function_name: 'Waybill-Test' });
  });
});

const request = (pathParameters: Record<string, string>) =>
  ({
    headers: {},
    pathParameters,
    requestContext: { requestId: 'api-request' },
  }) as unknown as APIGatewayProxyEventV2;

test.each([
  ['its assembly', ids[0] ?? '', ids[0]],
  ['nothing that only stands in the place of an id', 'eyJhbGciOiJIUzI1NiJ9', undefined],
])('a request over HTTP is logged with the id that its caller is told, and %s', async (_, inPath, logged) => {
  const handler = httpHandler(async () => {
    throw new Error('broken');
  });
  let answer: unknown;
  const { lines } = await loggedBy(async () => {
    answer = await handler(request({ assembly_id: inPath }), context);
  });
  expect(answer).toMatchObject({ statusCode: 500, headers: { 'x-request-id': 'api-request' } });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 'ERROR',
    request_id: 'api-request',
    function_name: 'Waybill-Test',
    error: { name: 'Error', message: 'broken', stack: expect.stringContaining('logger.test.ts') },
  });
  expect(lines[0].assembly_id).toBe(logged);
});

test('of an error, what others have put into it is left out', async () => {
  const error = new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: { httpStatusCode: 400, requestId: 'aws-request', cfId: 'left out' },
    Item: { fields: { S: 'private fields' } },
  });
  const conflict = new WaybillError('already_ended', 'It has ended.', {
    current: sampleAssembly({ fields: 'private fields', webhook_url: 'https://hooks.example/private' }),
    cause: Object.assign(error, { $response: { body: 'private fields' } }),
  });
  const { lines, text } = await loggedBy(() => logger.error('No', { error: conflict }));
  expect(text).not.toContain('private');
  expect(lines[0].error).toMatchObject({
    name: 'WaybillError',
    code: 'already_ended',
    message: 'It has ended.',
    cause: {
      name: 'ConditionalCheckFailedException',
      http_status: 400,
      aws_request_id: 'aws-request',
    },
  });
});

test('secrets are masked wherever they slip in', async () => {
  const hidden = 'do-not-show-me';
  const url = `https://hooks.example/in?key=${hidden}`;
  const error = new Error(`no answer from ${url}`, { cause: new Error(`Bearer ${hidden}`) });
  const { lines, text } = await loggedBy(() => {
    logger.error(`Cannot reach ${url}`, { error });
    logger.info('Said', { deep: { list: [url], authorization: hidden, 'x-webhook-secret': hidden } });
    logger.info('Sent', { headers: { cookie: [hidden], authorization: { scheme: 'Basic', value: hidden } } });
    logger.warn('Thrown', error);
  });
  expect(lines).toHaveLength(4);
  expect(text).not.toContain(hidden);
  expect(text).toContain('https://hooks.example/in?[masked]');
});

test.each([
  ['INFO', ['said', 'warned', 'failed']],
  ['WARN', ['warned', 'failed']],
  ['ERROR', ['failed']],
])('POWERTOOLS_LOG_LEVEL %s is the least that is logged', async (level, expected) => {
  const before = process.env.POWERTOOLS_LOG_LEVEL;
  process.env.POWERTOOLS_LOG_LEVEL = level;
  try {
    jest.resetModules();
    const fresh = await import('../../../lambdas/shared/logger.ts');
    const { lines } = await loggedBy(() => {
      fresh.logger.info('said');
      fresh.logger.warn('warned');
      fresh.logger.error('failed');
    });
    expect(lines.map(({ message }) => message)).toEqual(expected);
  } finally {
    if (before === undefined) delete process.env.POWERTOOLS_LOG_LEVEL;
    else process.env.POWERTOOLS_LOG_LEVEL = before;
  }
});
