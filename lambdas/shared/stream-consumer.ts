import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { JOBS_KEY } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { fromItem } from './assembly-item.ts';
import type { FailureStore } from './failure-store.ts';
import { logContext } from './log-context.ts';
import { logger } from './logger.ts';
import { isTransientError } from './transient-error.ts';

/** What a write did. `before` is undefined for what is new. */
export interface Written<Item> {
  readonly before: Item | undefined;
  readonly after: Item;
}
export type AssemblyWritten = Written<Assembly>;

export interface StreamConsumer<Item> {
  /** For the log and the failure store. */
  readonly name: string;
  readonly failures: FailureStore;
  /** What is read of an image: an assembly where absent. */
  fromItem?(item: Record<string, unknown>): Item;
  consume(written: Written<Item>): Promise<void>;
}

/** `replay` is set where `waybill replay` sends a record that was put aside before. */
export type StreamEvent = DynamoDBStreamEvent & { readonly replay?: boolean };

/**
 * The handler of a consumer of a table's stream, that of the jobs table or of the submissions. A throttle, 5xx or network error gives the record back to the
 * mapping, which repeats it until it succeeds; any other error would repeat for 24 hours and block the shard, so that
 * record goes to the failure store and the rest goes on. Records are independent of each other for our consumers: what
 * they do is decided by each record alone, and the receivers tell repetition and order by id and version.
 *
 * A replayed record that fails is given back, with its error, and not put aside again: it would look like a success, and the
 * replay would delete it.
 */
export const streamConsumer =
  <Item = Assembly>(consumer: StreamConsumer<Item>) =>
  async ({ Records, replay = false }: StreamEvent, context?: Context): Promise<DynamoDBBatchResponse> => {
    const errors = await Promise.all(
      Records.map((record) =>
        // From the key: the image of a record that fails may be what is wrong with it.
        logContext.run({ ...logContext.of(context), assembly_id: record.dynamodb?.Keys?.[JOBS_KEY]?.S }, () =>
          consumeRecord(record, consumer, { replay }),
        ),
      ),
    );
    return {
      batchItemFailures: Records.flatMap((record, index) => {
        const itemIdentifier = record.dynamodb?.SequenceNumber ?? '';
        const error = errors[index];
        if (error === undefined) return [];
        return [{ itemIdentifier, ...(replay && { error: String(error) }) }];
      }),
    };
  };

/** @returns the error with which the record is given back, or undefined when it is done with */
async function consumeRecord<Item>(
  record: DynamoDBRecord,
  { name, failures, consume, fromItem: read = fromItem as never }: StreamConsumer<Item>,
  { replay }: { readonly replay: boolean },
): Promise<unknown> {
  try {
    const { NewImage, OldImage } = record.dynamodb ?? {};
    if (NewImage)
      await consume({ before: OldImage && read(itemOf(OldImage)), after: read(itemOf(NewImage)) });
    return undefined;
  } catch (thrown) {
    const error = thrown ?? new Error('Something threw nothing');
    const context = { consumer: name, error: error as Error };
    if (replay) {
      logger.error('A replayed stream record failed again', context);
      return error;
    }
    if (isTransientError(error)) {
      logger.warn('A stream record will be tried again', context);
      return error;
    }
    logger.error('A stream record goes to the failure store', context);
    return keep(record, error, { name, failures });
  }
}

async function keep(
  record: DynamoDBRecord,
  error: unknown,
  { name, failures }: Pick<StreamConsumer<unknown>, 'name' | 'failures'>,
): Promise<unknown> {
  try {
    await failures.keep({
      consumer: name,
      failed_at: new Date().toISOString(),
      error: String(error),
      record,
    });
    return undefined;
  } catch (error) {
    logger.error('A stream record could not be put aside and blocks its shard', {
      consumer: name,
      error: error as Error,
    });
    return error;
  }
}

/** The types of images in an event and in the SDK say the same in different words. */
const itemOf = (image: object): Record<string, unknown> =>
  unmarshall(image as Record<string, AttributeValue>);
