import type { Duration } from 'aws-cdk-lib';
import { Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import type { WaybillFunction } from './waybill-function.ts';

type ImagePattern = Readonly<Record<string, unknown>>;

export interface StreamFeed {
  /** The id of the mapping. */
  readonly id: string;
  /** What the item must look like after the write, and before it, in the words of FilterCriteria; one of these is enough. */
  readonly writes: readonly { readonly before?: ImagePattern; readonly after: ImagePattern }[];
  /** 100 records at once where absent, without waiting for more. */
  readonly batchSize?: number;
  readonly maxBatchingWindow?: Duration;
}

/**
 * Calls the function for what is written to the table. It repeats for the 24 hours that the stream keeps a record: what cannot
 * succeed, the function puts aside itself.
 */
export function feedFromStream(
  table: TableV2,
  fn: WaybillFunction,
  { id, writes, batchSize = 100, maxBatchingWindow }: StreamFeed,
): void {
  const { tableStreamArn } = table;
  if (tableStreamArn === undefined) throw new Error(`${table.node.path} has no stream`);
  // What Lambda asks for, of the role that it polls with; for a stream it takes the stream's own ARN for all four.
  fn.allow(
    ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    tableStreamArn,
  );
  const mapping = fn.addEventSourceMapping(id, {
    eventSourceArn: tableStreamArn,
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize,
    maxBatchingWindow,
    retryAttempts: -1,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    // A TTL removal is no event, so REMOVE is not among these.
    filters: writes.map(({ before, after }) =>
      FilterCriteria.filter({
        eventName: FilterRule.or('INSERT', 'MODIFY'),
        dynamodb: { NewImage: after, ...(before && { OldImage: before }) },
      }),
    ),
  });
  Validations.of(mapping).acknowledge({
    id: 'Serverless-LambdaEventSourceMappingDestination',
    reason:
      'Lambda repeats for as long as the stream keeps a record. What cannot succeed the function itself puts aside, ' +
      'whole, below failures/ in the bucket; a destination would get the place in the stream only.',
  });
  Validations.of(fn).acknowledge({
    id: 'Serverless-LambdaDLQ',
    reason: 'Nothing invokes it asynchronously: Lambda reads a stream for it, and repeats what fails.',
  });
}
