import * as z from 'zod';
import { MAX_RECIPIENTS, submissionIdOf } from '../lib/domain/recipients.ts';

/** Source: seed 000 (CWC), where a recipient is `{ name, chamber, bioguideId }`. */
const Recipient = z
  .strictObject({
    id: z.string().optional(),
    name: z.string().min(1).max(200),
    chamber: z.enum(['senate', 'house']),
    bioguideId: z.string().optional(),
  })
  .refine((recipient) => submissionIdOf(recipient) !== undefined, 'must have an "id" or a "bioguideId"');

/** One message to many members of a legislature, whoever sends it. */
export const MessageFields = z.strictObject({
  subject: z.string().min(1).max(500),
  message: z.string().min(1).max(20_000),
  /** In whose name it is sent. */
  sender: z
    .strictObject({ name: z.string().min(1).max(200), email: z.email().max(254).optional() })
    .optional(),
  recipients: z.array(Recipient).min(1).max(MAX_RECIPIENTS),
  /** The assembly id is a hash of the fields, so another nonce sends the same once more. */
  nonce: z.string().max(128).optional(),
});
export type MessageFields = z.infer<typeof MessageFields>;
