import { randomBytes } from 'node:crypto';
import { arnOf, REGION } from './place.ts';
import type { S3Request } from './s3-request.ts';
import type { Bucket } from './s3-store.ts';

/** A bucket's wish to have some of its events in a queue. */
export interface Notification {
  readonly id: string;
  readonly queueUrl: string;
  /** `s3:ObjectCreated:*` or one of EVENT_NAMES. */
  readonly event: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** The events that the local S3 gives. */
export const EVENT_NAMES = [
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:Delete',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export interface ObjectEvent {
  readonly name: EventName;
  readonly key: string;
  /** Absent for what was deleted. */
  readonly object?: { readonly size: number; readonly etag: string };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html */
export const interestedIn = (
  { notifications }: Bucket,
  { name, key }: ObjectEvent,
): readonly Notification[] =>
  notifications.filter(
    ({ event, prefix, suffix }) =>
      (event === name || (event.endsWith(':*') && name.startsWith(event.slice(0, -1)))) &&
      key.startsWith(prefix) &&
      key.endsWith(suffix),
  );

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
export function eventMessage(
  { name, key, object }: ObjectEvent,
  { id: configurationId }: Notification,
  bucket: Bucket,
  request: S3Request,
  accessKeyId: string,
): object {
  return {
    Records: [
      {
        eventVersion: '2.5',
        eventSource: 'aws:s3',
        awsRegion: REGION,
        eventTime: new Date().toISOString(),
        eventName: name.slice('s3:'.length),
        userIdentity: { principalId: `AWS:${accessKeyId}` },
        requestParameters: { sourceIPAddress: request.message.socket.remoteAddress ?? '127.0.0.1' },
        responseElements: { 'x-amz-request-id': request.id, 'x-amz-id-2': request.id },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId,
          bucket: {
            name: bucket.name,
            ownerIdentity: { principalId: 'LOCAL' },
            arn: `arn:aws:s3:::${bucket.name}`,
          },
          object: {
            key: eventKey(key),
            ...(object && { size: object.size, eTag: object.etag }),
            sequencer: nextSequencer(),
          },
        },
      },
    ],
  };
}

/** What S3 sends once to a queue when a notification is set up; consumers meet it on AWS, so they do here. */
export const testMessage = (bucketName: string): object => ({
  Service: 'Amazon S3',
  Event: 's3:TestEvent',
  Time: new Date().toISOString(),
  Bucket: bucketName,
  RequestId: randomBytes(8).toString('hex').toUpperCase(),
  HostId: arnOf('s3', bucketName),
});

/** URL-encoded with `+` for a space and `/` as it is. */
const eventKey = (key: string): string =>
  encodeURIComponent(key)
    .replace(/[!'()~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');

let sequence = BigInt(Date.now()) << 20n;
function nextSequencer(): string {
  sequence += 1n;
  return sequence.toString(16).toUpperCase().padStart(18, '0');
}
