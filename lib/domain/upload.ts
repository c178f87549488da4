import * as z from 'zod';
import type { Json } from './json.ts';
import { wellFormed } from './well-formed.ts';

/** As many as DESIGN's status item has room for, and more than a form has fields. */
export const MAX_UPLOADS = 100;
/** What file systems take; counted in bytes, because the status is. */
const MAX_NAME_BYTES = 255;
const MAX_META_BYTES = 1_024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

const fileName = wellFormed
  .min(1)
  .refine((name) => bytes(name) <= MAX_NAME_BYTES, `may have ${MAX_NAME_BYTES} bytes at most`)
  .refine((name) => !CONTROL_CHARACTERS.test(name), 'has a control character')
  .refine((name) => !/[/\\]/.test(name) && name !== '.' && name !== '..', 'must be a name without a path');

/** A file that the submitter announces. */
export const uploadRequest = z.strictObject({
  name: fileName,
  /** Bytes. An empty file is refused: nothing can be made of it, and S3 has no md5 to hold it to. */
  size: z.number().int().min(1, 'must be at least 1 byte'),
  mime: z
    .string()
    .max(127)
    .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, 'must be a media type, such as image/jpeg'),
  md5hash: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 digits, 0-9 and a-f in lower case'),
  /** The name of the form field. */
  field: wellFormed
    .min(1)
    .max(64)
    .refine((field) => !CONTROL_CHARACTERS.test(field), 'has a control character')
    .default('file'),
  meta: z
    .record(z.string(), z.json())
    .refine(
      (meta) => bytes(JSON.stringify(meta)) <= MAX_META_BYTES,
      `may have ${MAX_META_BYTES} bytes at most`,
    )
    .optional(),
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

/** A longer ending is no extension that anybody goes by. */
const MAX_EXT_BYTES = 32;

/** The name as a name may be: cut before its extension where it is too long. */
export function fitFileName(name: string): string {
  const whole = name.toWellFormed();
  if (bytes(whole) <= MAX_NAME_BYTES) return whole;
  const { basename, ext } = nameParts(whole);
  const suffix = ext === '' || bytes(ext) > MAX_EXT_BYTES ? '' : `.${ext}`;
  let kept = '';
  for (const character of suffix === '' ? whole : basename) {
    if (bytes(kept + character + suffix) > MAX_NAME_BYTES) break;
    kept += character;
  }
  return kept + suffix;
}

/** The name in two parts: `archive.tar.gz` → `archive.tar` and `gz`; a name that begins with its only dot has no extension. */
export function nameParts(name: string): { readonly basename: string; readonly ext: string } {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? { basename: name.slice(0, dot), ext: name.slice(dot + 1) } : { basename: name, ext: '' };
}
