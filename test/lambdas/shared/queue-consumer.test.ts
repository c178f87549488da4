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
