import * as z from 'zod';

/** The answer to `GET /webhook-secret`. */
export const webhookSecret = z.strictObject({
  secret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]+={0,2}$/)
    .describe('Signs the webhooks of everything that the user submits.'),
});
export type WebhookSecret = z.infer<typeof webhookSecret>;
