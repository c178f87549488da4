import * as z from 'zod';

/** The answer to `GET /health`. */
export const health = z.strictObject({ status: z.literal('ok'), service: z.literal('waybill') });
export type Health = z.infer<typeof health>;
