import type { DynamoDBRecord } from 'aws-lambda';
import type { MessageQueue } from './message-queue.ts';

/** A stream record that a consumer could not handle, whole, so that it can be sent again. */
export interface StreamFailure {
  readonly consumer: string;
  readonly failed_at: string;
  readonly error: string;
  readonly record: DynamoDBRecord;
}

/** Where records go that would otherwise block their shard: a queue for now. */
export type FailureStore = Pick<MessageQueue<StreamFailure>, 'send'>;
