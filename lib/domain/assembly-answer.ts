import * as z from 'zod';
import { assemblyStatus } from './assembly-status.ts';

/** A request that somebody else will make, signed for them. */
export const presignedRequest = z.strictObject({
  method: z.literal('PUT'),
  url: z.url().describe('Holds for 15 minutes.'),
  headers: z
    .record(z.string(), z.string())
    .describe('To be sent with exactly these values: they are signed.'),
});
export type PresignedRequest = Readonly<z.infer<typeof presignedRequest>>;

const announcedUpload = assemblyStatus.shape.uploads.element
  .extend(presignedRequest.partial().shape)
  .describe('An upload of the status; one that is still to come has the request that brings it.');
export type AnnouncedUpload = z.infer<typeof announcedUpload>;

const restarted = z.boolean().describe('This request started the next attempt.');

/** The status, with the requests that bring the missing files. */
const announcing = assemblyStatus.extend({ uploads: z.array(announcedUpload) });

/** The answer to `POST /assemblies`. */
export const submittedAssembly = announcing.extend({
  created: z.boolean().describe('The assembly did not exist before.'),
  restarted,
});
export type SubmittedAssembly = z.infer<typeof submittedAssembly>;

/** The answer to `POST /assemblies` with `dry_run`. */
export const dryRunAnswer = z.strictObject({
  assembly_id: assemblyStatus.shape.assembly_id,
  dry_run: z.literal(true),
});
export type DryRunAnswer = z.infer<typeof dryRunAnswer>;

/** The answer to `POST /assemblies/{id}/retry`. */
export const retriedAssembly = announcing.extend({ restarted });
export type RetriedAssembly = z.infer<typeof retriedAssembly>;

/** The answer to `POST /assemblies/{id}/status`. */
export const updatedAssembly = assemblyStatus.extend({
  claim: z.number().int().nonnegative().describe('To be sent with the next update: an older one is refused.'),
});
export type UpdatedAssembly = z.infer<typeof updatedAssembly>;
