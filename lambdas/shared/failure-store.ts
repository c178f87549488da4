import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { DynamoDBRecord } from 'aws-lambda';
import { FAILURES_PREFIX } from '../../lib/domain/object-key.ts';

/** A stream record that a consumer could not handle, whole, so that it can be sent again. */
export interface StreamFailure {
  readonly consumer: string;
  readonly failed_at: string;
  readonly error: string;
  readonly record: DynamoDBRecord;
}

/** Where records go that would otherwise block their shard: objects `failures/<consumer>/<sequence number>.json`. */
export class FailureStore {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.client = client;
    this.bucket = bucket;
  }

  /** Keeping the same record twice keeps it once. */
  async keep(failure: StreamFailure): Promise<void> {
    const { consumer, record } = failure;
    const name = record.dynamodb?.SequenceNumber ?? record.eventID ?? 'unknown';
    await this.client.send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: `${FAILURES_PREFIX}${consumer}/${name}.json`,
        Body: JSON.stringify(failure),
        ContentType: 'application/json',
      }),
    );
  }
}
