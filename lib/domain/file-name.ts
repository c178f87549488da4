/** What file systems take; counted in bytes, because the status is. */
export const MAX_NAME_BYTES = 255;

/** In UTF-8. */
export const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

/** A longer ending is no extension that anybody goes by. */
const MAX_EXT_BYTES = 32;

/** The name as a name may be: cut before its extension where it is too long. */
export function fitFileName(name: string): string {
  const whole = name.toWellFormed();
  if (byteLength(whole) <= MAX_NAME_BYTES) return whole;
  const { basename, ext } = nameParts(whole);
  const suffix = ext === '' || byteLength(ext) > MAX_EXT_BYTES ? '' : `.${ext}`;
  let kept = '';
  for (const character of suffix === '' ? whole : basename) {
    if (byteLength(kept + character + suffix) > MAX_NAME_BYTES) break;
    kept += character;
  }
  return kept + suffix;
}

/** The name in two parts: `archive.tar.gz` → `archive.tar` and `gz`; a name that begins with its only dot has no extension. */
export function nameParts(name: string): { readonly basename: string; readonly ext: string } {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? { basename: name.slice(0, dot), ext: name.slice(dot + 1) } : { basename: name, ext: '' };
}
