export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A place in a JSON document that is refused: an RFC 6901 pointer and a sentence. */
export interface JsonFault {
  readonly pointer: string;
  readonly detail: string;
}

/** A key of megabytes is cut in a pointer: it helps nobody, and the answer must fit into what Lambda sends. */
const MAX_POINTER_PART = 100;

export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => String(part).slice(0, MAX_POINTER_PART).toWellFormed())
    .map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');

/** Deeper than this no honest input goes, and recursion over it is safe. */
export const MAX_JSON_DEPTH = 64;

/**
 * The first reason why `value` has no unique canonical form, or undefined. Refused: lone surrogates (two of them encode
 * to the same bytes), numbers that are not finite, integers beyond 2^53 (they were rounded when they were parsed, so
 * two different inputs would share an identifier), and nesting beyond MAX_JSON_DEPTH.
 * Source: RFC 8785 section 3.2.2, RFC 7493 (I-JSON) section 2.
 */
export function whyNotCanonical(value: unknown, path: readonly PropertyKey[] = []): JsonFault | undefined {
  const fault = (detail: string): JsonFault => ({ pointer: jsonPointer(path), detail });
  if (path.length > MAX_JSON_DEPTH) return fault(`is nested deeper than ${MAX_JSON_DEPTH} levels`);
  if (typeof value === 'string' && !value.isWellFormed()) return fault('has a lone surrogate');
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return fault('is not a finite number');
    if (Number.isInteger(value) && !Number.isSafeInteger(value))
      return fault('is an integer beyond 2^53: send it as a string');
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) return fault('has a key with a lone surrogate');
    const found = whyNotCanonical(item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found) return found;
  }
  return undefined;
}
