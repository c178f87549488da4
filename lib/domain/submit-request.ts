import * as z from 'zod';

/** A string that encodes to UTF-8 and back unchanged. */
export const wellFormed = z.string().refine((text) => text.isWellFormed(), 'has a lone surrogate');

export const DEFAULT_MAX_RETRIES = 3;

/** The body of `POST /assemblies`. */
export const submitRequest = z.strictObject({
  template_id: z.string(),
  /** The template's own input; its schema decides. At most 32 KB as canonical JSON. */
  fields: z.record(z.string(), z.json()).optional(),
  /** A string of the caller's own, shown in the status. */
  reference: wellFormed.min(1).max(128).optional(),
  /** Gets the status, signed, when the assembly ends. */
  webhook_url: wellFormed.max(2_048).optional(),
  max_retries: z.number().int().min(0).max(10).optional(),
  /** Answers the id and writes nothing. */
  dry_run: z.boolean().optional(),
});

export type SubmitRequest = z.infer<typeof submitRequest>;

/** Bytes of canonical JSON: an item of DynamoDB holds 400 KB, and every write pays for the whole item. */
export const MAX_FIELDS_BYTES = 32 * 1024;
