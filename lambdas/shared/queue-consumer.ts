import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { logger } from './logger.ts';

export interface QueueConsumer<Message> {
  /** For the log. */
  readonly name: string;
  readonly message: z.ZodType<Message>;
  /** Resolves when the message is done with; what it throws makes the message come again, and end in the DLQ. */
  consume(message: Message): Promise<void>;
}

/**
 * The handler of a queue. It always names the failed messages: an answer without a list would delete the whole batch.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export const queueConsumer =
  <Message>(consumer: QueueConsumer<Message>) =>
  async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const outcomes = await Promise.all(Records.map((record) => consumeRecord(record, consumer)));
    return {
      batchItemFailures: Records.filter((_, index) => !outcomes[index]).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  };

async function consumeRecord<Message>(
  { body, messageId }: SQSRecord,
  { name, message, consume }: QueueConsumer<Message>,
): Promise<boolean> {
  try {
    await consume(message.parse(JSON.parse(body)));
    return true;
  } catch (error) {
    logger.error('A message failed and will come again', {
      consumer: name,
      message_id: messageId,
      error: error as Error,
    });
    return false;
  }
}
