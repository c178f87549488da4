import * as z from 'zod';
import { assemblyStatus } from './assembly-status.ts';

/** What DynamoDB reads at once; seed 003's batch has no limit, and reads them one by one. */
export const MAX_BATCH_IDS = 100;

const assemblyId = z.string().regex(/^[0-9a-f]{64}$/, 'must have 64 digits, 0-9 and a-f in lower case');

const requestWith = <Id extends z.ZodType<string>>(id: Id) =>
  z.strictObject({
    assembly_ids: z
      .array(id)
      .min(1, 'must have one id at least')
      .max(MAX_BATCH_IDS, `must have ${MAX_BATCH_IDS} ids at most`)
      .describe('In any order. One that is named twice is answered once.'),
  });

/** The body of `POST /assemblies/batch-status`. */
export const batchStatusRequest = requestWith(assemblyId);

/** The same with any texts for ids: what this takes and the other refuses is a fault of ids alone. */
export const batchStatusRequestForm = requestWith(z.string());

/** The answer, and that to `batch=true`. */
export const batchStatus = z.strictObject({
  statuses: z
    .record(assemblyId, assemblyStatus.nullable())
    .describe(
      'By id, in the order in which they were asked for. `null` for what never was, is gone, or is not yours.',
    ),
});
