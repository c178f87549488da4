import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { MAX_UPLOADS, uploadRequest } from './upload.ts';
import { wellFormed } from './well-formed.ts';

export const DEFAULT_MAX_RETRIES = 3;

/** The body of `POST /assemblies`. */
export const submitRequest = z.strictObject({
  template_id: z.string(),
  uploads: z
    .array(uploadRequest)
    .max(MAX_UPLOADS)
    .optional()
    .describe('The files that will be uploaded; the template says how many it takes.'),
  fields: z
    .record(z.string(), anyJson)
    .optional()
    .describe("The template's own input; its schema decides. At most 5 MB as canonical JSON (RFC 8785)."),
  reference: wellFormed
    .min(1)
    .max(128)
    .optional()
    .describe("A string of the caller's own, shown in the status."),
  webhook_url: wellFormed
    .max(2_048)
    .optional()
    .describe('Gets the status, signed, when the assembly ends. An https URL with a public address.'),
  max_retries: z
    .number()
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe(
      `How often work is repeated after an error that may pass; ${DEFAULT_MAX_RETRIES} where absent.`,
    ),
  dry_run: z.boolean().optional().describe('Checks the request, answers the id and writes nothing.'),
});

export type SubmitRequest = z.infer<typeof submitRequest>;

/** Bytes of canonical JSON. The request must fit into the 6 MB that Lambda takes. */
export const MAX_FIELDS_BYTES = 5 * 1024 * 1024;

/** Bytes of canonical JSON. Larger ones go to the bucket: every write and read of the item pays for all of it. */
export const MAX_INLINE_FIELDS_BYTES = 2 * 1024;
