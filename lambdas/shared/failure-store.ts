import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { FAILURES_PREFIX } from '../../lib/domain/object-key.ts';
import { logMetrics } from './metric.ts';

interface FailureOf {
  readonly consumer: string;
  readonly failed_at: string;
  readonly error: string;
}

/** A stream record that a consumer could not handle, whole, so that it can be sent again. */
export interface StreamFailure extends FailureOf {
  readonly record: DynamoDBRecord;
}

/** The same for a message of a queue. */
export interface MessageFailure extends FailureOf {
  readonly message: SQSRecord;
}

/**
 * Where what cannot be handled waits for `waybill replay`, and holds nothing else up: objects
 * `failures/<consumer>/<sequence number or message id>.json`.
 */
export class FailureStore {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  /** Keeping the same record twice keeps it once. */
  async keep(failure: StreamFailure): Promise<void> {
    const { dynamodb, eventID } = failure.record;
    await this.put(failure, dynamodb?.SequenceNumber ?? eventID ?? 'unknown');
  }

  /** Keeping the same message twice keeps it once. */
  async keepMessage(failure: MessageFailure): Promise<void> {
    await this.put(failure, failure.message.messageId);
  }

  private async put(failure: StreamFailure | MessageFailure, name: string): Promise<void> {
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: `${FAILURES_PREFIX}${failure.consumer}/${name}.json`,
        Body: JSON.stringify(failure),
        ContentType: 'application/json',
      }),
    );
    logMetrics({ name: 'RecordsPutAside', value: 1 });
  }
}
