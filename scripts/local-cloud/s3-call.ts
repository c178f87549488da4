import type { Readable } from 'node:stream';
import type { ObjectEvent } from './s3-events.ts';
import type { S3Request } from './s3-request.ts';
import type { Caller } from './s3-signature.ts';
import type { Bucket, ObjectFiles } from './s3-store.ts';

/** An authenticated request to a bucket that exists, with what an action needs. */
export interface S3Call {
  readonly request: S3Request;
  /** The request's, with those that a presigned URL carries in its query. */
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly bucket: Bucket;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly files: ObjectFiles;
  emit(event: ObjectEvent): void;
  /** @throws S3Error AccessDenied where the caller may not do this to a bucket, or to an object in it */
  demand(action: string, bucketName: string, key?: string): void;
}

export interface S3Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
}

export type S3Action = (call: S3Call) => S3Answer | Promise<S3Answer>;

export const xmlAnswer = (body: string): S3Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body,
});
