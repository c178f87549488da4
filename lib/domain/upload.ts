import * as z from 'zod';
import { anyJson } from './any-json.ts';
import { byteLength, MAX_NAME_BYTES } from './file-name.ts';
import type { Json } from './json.ts';
import { wellFormed } from './well-formed.ts';

/** As many as DESIGN's status item has room for, and more than a form has fields. */
export const MAX_UPLOADS = 100;
const MAX_META_BYTES = 1_024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const fileName = wellFormed
  .min(1)
  .refine((name) => byteLength(name) <= MAX_NAME_BYTES, `may have ${MAX_NAME_BYTES} bytes at most`)
  .refine((name) => !CONTROL_CHARACTERS.test(name), 'has a control character')
  .refine((name) => !/[/\\]/.test(name) && name !== '.' && name !== '..', 'must be a name without a path');

/** A file that the submitter announces. */
export const uploadRequest = z.strictObject({
  name: fileName.describe('Without a path; 255 bytes at most.'),
  // An empty file is refused: nothing can be made of it, and S3 has no md5 to hold it to.
  size: z.number().int().min(1, 'must be at least 1 byte').describe('Bytes.'),
  mime: z
    .string()
    .max(127)
    .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, 'must be a media type, such as image/jpeg'),
  md5hash: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 digits, 0-9 and a-f in lower case'),
  field: wellFormed
    .min(1)
    .max(64)
    .refine((field) => !CONTROL_CHARACTERS.test(field), 'has a control character')
    .default('file')
    .describe('The name of the form field.'),
  meta: z
    .record(z.string(), anyJson)
    .refine(
      (meta) => byteLength(JSON.stringify(meta)) <= MAX_META_BYTES,
      `may have ${MAX_META_BYTES} bytes at most`,
    )
    .optional()
    .describe(`Shown in the status as it is. ${MAX_META_BYTES} bytes at most as JSON.`),
});

export type UploadRequest = z.infer<typeof uploadRequest>;

/** An upload as it is stored. */
export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly mime: string;
  readonly md5hash: string;
  readonly field: string;
  readonly meta?: Readonly<Record<string, Json>>;
}

/** Gives each its id: the md5, and `-2`, `-3`, … for the second and third file of the same bytes. */
export function identifyUploads(requests: readonly UploadRequest[]): Upload[] {
  const seen = new Map<string, number>();
  return requests.map(({ meta, ...request }) => {
    const count = (seen.get(request.md5hash) ?? 0) + 1;
    seen.set(request.md5hash, count);
    const id = count === 1 ? request.md5hash : `${request.md5hash}-${count}`;
    return { id, ...request, ...(meta && { meta: meta as Record<string, Json> }) };
  });
}
