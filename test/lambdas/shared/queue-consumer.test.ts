import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import * as z from 'zod';
import { queueConsumer } from '../../../lambdas/shared/queue-consumer.ts';

const record = (messageId: string, body: string): SQSRecord => ({ messageId, body }) as SQSRecord;

const handler = queueConsumer({
  name: 'test',
  message: z.object({ good: z.boolean() }),
  async consume({ good }) {
    if (!good) throw new Error('not good');
  },
});

test('names exactly the messages that failed, whatever they are', async () => {
  const body = fc.oneof(
    fc.constant('{"good":true}'),
    fc.constant('{"good":false}'),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(body, { maxLength: 10 }), async (bodies) => {
      const { batchItemFailures } = await handler({
        Records: bodies.map((text, index) => record(`m${index}`, text)),
      });
      const good = (text: string): boolean => {
        try {
          return JSON.parse(text).good === true;
        } catch {
          return false;
        }
      };
      expect(batchItemFailures).toEqual(
        bodies.flatMap((text, index) => (good(text) ? [] : [{ itemIdentifier: `m${index}` }])),
      );
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['an error', new Error('x')],
  ['nothing', undefined],
  ['null', null],
])('a message whose consumer throws %s is not done with', async (_, thrown) => {
  const throwing = queueConsumer({
    name: 'test',
    message: z.unknown(),
    consume: () => Promise.reject(thrown),
  });
  const { batchItemFailures } = await throwing({ Records: [record('m0', '1')] });
  expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0' }]);
});

describe('the last consumer of a message', () => {
  const last = (error: Error, keepMessage: (failure: { error: string }) => Promise<void>) =>
    queueConsumer({
      name: 'last',
      message: z.unknown(),
      failures: { keepMessage },
      consume: () => Promise.reject(error),
    });
  const Records = [record('m0', 'no JSON')];

  test('puts aside what it cannot handle, and is done with it', async () => {
    const kept: unknown[] = [];
    const handle = last(new Error('x'), async (failure) => void kept.push(failure));
    expect(await handle({ Records })).toEqual({ batchItemFailures: [] });
    expect(kept).toEqual([
      {
        consumer: 'last',
        failed_at: expect.any(String),
        error: expect.stringMatching(/JSON/),
        message: Records[0],
      },
    ]);
  });

  test('gives it back where it cannot be put aside, and where it may pass', async () => {
    const again = { batchItemFailures: [{ itemIdentifier: 'm0' }] };
    const refused = last(new Error('x'), () => Promise.reject(new Error('no bucket')));
    expect(await refused({ Records })).toEqual(again);
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    const handle = last(throttled, () => Promise.reject(new Error('not asked for')));
    expect(await handle({ Records: [record('m0', '1')] })).toEqual(again);
  });

  test('says why a replay fails, and keeps it no second time', async () => {
    const handle = last(new Error('x'), () => Promise.reject(new Error('not asked for')));
    const { batchItemFailures } = await handle({ Records: [record('m0', '1')], replay: true });
    expect(batchItemFailures).toEqual([{ itemIdentifier: 'm0', error: 'Error: x' }]);
  });
});
