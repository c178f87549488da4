import * as z from 'zod';
import { defineTemplate } from '../lib/domain/template.ts';

/**
 * A review by a person: an external template, of which Waybill keeps the status and does none of the work. Whoever does
 * it (a review tool that a person uses, an N8N workflow) moves the assembly through `POST /assemblies/{id}/status`.
 */
export const humanReview = defineTemplate({
  id: 'human-review',
  external: true,
  fields: z.strictObject({
    /** What the reviewer is asked to look at, in a line. */
    title: z.string().min(1).max(200),
    /** Where it is found. Only https: the reviewer follows it, with cookies, from wherever they are. */
    url: z
      .url({ protocol: /^https$/, error: 'must be an https URL' })
      .max(2_048) // what every browser and every proxy takes
      .optional(),
    /** The assembly id is a hash of the fields, so another nonce asks for another review of the same thing. */
    nonce: z.string().max(128).optional(),
  }),
});
