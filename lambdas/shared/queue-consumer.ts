import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import type { FailureStore } from './failure-store.ts';
import { logContext } from './log-context.ts';
import { logger } from './logger.ts';
import { isTransientError } from './transient-error.ts';

export interface QueueConsumer<Message> {
  /** For the log and the failure store. */
  readonly name: string;
  readonly message: z.ZodType<Message>;
  /**
   * For the last consumer that a message comes to: what it cannot handle is put aside there. Without it a failed message
   * comes again, and ends in the dead-letter queue.
   */
  readonly failures?: Pick<FailureStore, 'keepMessage'>;
  /** Resolves when the message is done with. */
  consume(message: Message): Promise<void>;
}

/** `replay` is set where `waybill replay` sends a message that was put aside before. */
export type QueueEvent = SQSEvent & { readonly replay?: boolean };

/**
 * The handler of a queue. It always names the failed messages: an answer without a list would delete the whole batch.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export const queueConsumer =
  <Message>(consumer: QueueConsumer<Message>) =>
  async ({ Records, replay = false }: QueueEvent, context?: Context): Promise<SQSBatchResponse> => {
    const errors = await Promise.all(
      Records.map((record) =>
        logContext.run({ ...logContext.of(context), message_id: record.messageId }, () =>
          consumeRecord(record, consumer, { replay }),
        ),
      ),
    );
    return {
      batchItemFailures: Records.flatMap(({ messageId }, index) => {
        const error = errors[index];
        if (error === undefined) return [];
        return [{ itemIdentifier: messageId, ...(replay && { error: String(error) }) }];
      }),
    };
  };

/** @returns the error with which the message is given back, or undefined when it is done with */
async function consumeRecord<Message>(
  record: SQSRecord,
  { name, message, failures, consume }: QueueConsumer<Message>,
  { replay }: { readonly replay: boolean },
): Promise<unknown> {
  try {
    await consume(message.parse(JSON.parse(record.body)));
    return undefined;
  } catch (thrown) {
    const error = thrown ?? new Error('Something threw nothing');
    const context = { consumer: name, error: error as Error };
    if (failures && !replay && !isTransientError(error)) {
      logger.error('A message goes to the failure store', context);
      return keep(record, error, { name, failures });
    }
    logger.error('A message failed and will come again', context);
    return error;
  }
}

async function keep(
  message: SQSRecord,
  error: unknown,
  { name, failures }: { readonly name: string; readonly failures: Pick<FailureStore, 'keepMessage'> },
): Promise<unknown> {
  try {
    const failed_at = new Date().toISOString();
    await failures.keepMessage({ consumer: name, failed_at, error: String(error), message });
    return undefined;
  } catch (error) {
    logger.error('A message could not be put aside', { consumer: name, error: error as Error });
    return error;
  }
}
