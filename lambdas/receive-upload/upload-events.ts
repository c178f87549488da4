import * as z from 'zod';
import { parseUploadKey } from '../../lib/domain/object-key.ts';

/**
 * A notification of S3 in a message of SQS. When a notification is set up, S3 sends `s3:TestEvent`, which has no
 * Records. Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export const s3Notification = z.object({
  Records: z
    .array(z.object({ eventName: z.string(), s3: z.object({ object: z.object({ key: z.string() }) }) }))
    .optional(),
});

export type S3Notification = z.infer<typeof s3Notification>;

/** The ids of the uploads that have come, by assembly. Other keys are left out. */
export function uploadsOf({ Records = [] }: S3Notification): Map<string, string[]> {
  const uploads = new Map<string, string[]>();
  for (const { eventName, s3 } of Records) {
    const parsed = eventName.startsWith('ObjectCreated:')
      ? parseUploadKey(decoded(s3.object.key))
      : undefined;
    if (parsed) uploads.set(parsed.assemblyId, [...(uploads.get(parsed.assemblyId) ?? []), parsed.uploadId]);
  }
  return uploads;
}

/** URL-encoded as a form is: a space is a plus. What cannot be decoded is no key of ours. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
