import { randomUUID } from 'node:crypto';
import type { DiscardedBatch } from './stream-mapping.ts';

/**
 * What AWS sends to an on-failure queue: where the records are, not the records.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export function discardedBatchMessage(
  { condition, records, attempts, error }: DiscardedBatch,
  functionArn: string,
  shardId: string,
): object {
  const [first, last] = [records.at(0), records.at(-1)];
  return {
    requestContext: {
      requestId: randomUUID(),
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: attempts,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: error ? 'Unhandled' : null,
    },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.dynamodb.SequenceNumber,
      endSequenceNumber: last?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first?.dynamodb.ApproximateCreationDateTime),
      approximateArrivalOfLastRecord: arrival(last?.dynamodb.ApproximateCreationDateTime),
      batchSize: records.length,
      streamArn: first?.eventSourceARN,
    },
  };
}

const arrival = (seconds = 0): string => new Date(seconds * 1000).toISOString();
