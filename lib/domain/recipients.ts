import type { Json, JsonFault } from './json.ts';

export const MAX_RECIPIENTS = 10_000;
/** Bytes of JSON: a row of more than 1 KB costs two write units instead of one, each time. */
export const MAX_RECIPIENT_BYTES = 4 * 1024;
/** A sort key of DynamoDB, a part of an SQS message and of a URL: printable, without white space. */
const SUBMISSION_ID = /^[\x21-\x7e]{1,128}$/;
/** Nobody reads more places than these. */
const MAX_FAULTS = 20;

type Recipient = Readonly<Record<string, Json>>;

/** The recipients of `fields`; undefined where it has no list of them. */
export function recipientsOf(fields: unknown): readonly Recipient[] | undefined {
  const { recipients } = (fields ?? {}) as { readonly recipients?: unknown };
  return Array.isArray(recipients) ? recipients : undefined;
}

/** The id of a recipient: `id`, or the `bioguideId` of seed 000 (CWC). Undefined where it has neither. */
export function submissionIdOf({ id, bioguideId }: Recipient): string | undefined {
  const given = id ?? bioguideId;
  return typeof given === 'string' ? given : undefined;
}

/** Why these cannot be the recipients of an assembly, by place; empty where they can. */
export function recipientFaults(fields: unknown): JsonFault[] {
  const pointer = '/fields/recipients';
  const recipients = recipientsOf(fields);
  if (!recipients || recipients.length === 0)
    return [{ pointer, detail: 'must be a list of at least one recipient' }];
  if (recipients.length > MAX_RECIPIENTS)
    return [{ pointer, detail: `may have ${MAX_RECIPIENTS} recipients at most` }];
  const seen = new Map<string, number>();
  const faults: JsonFault[] = [];
  for (const [index, recipient] of recipients.entries()) {
    const fault = (detail: string): void => void faults.push({ pointer: `${pointer}/${index}`, detail });
    if (faults.length >= MAX_FAULTS) break;
    if (typeof recipient !== 'object' || recipient === null || Array.isArray(recipient)) {
      fault('must be an object with an "id"');
      continue;
    }
    const id = submissionIdOf(recipient);
    if (id === undefined || !SUBMISSION_ID.test(id))
      fault('must have an "id" (or "bioguideId") of 1 to 128 printable ASCII characters without spaces');
    else if (seen.has(id)) fault(`has the id of recipient ${seen.get(id)}: each may be named once`);
    else seen.set(id, index);
    if (Buffer.byteLength(JSON.stringify(recipient)) > MAX_RECIPIENT_BYTES)
      fault(`may have ${MAX_RECIPIENT_BYTES / 1024} KB as JSON at most`);
  }
  return faults;
}
