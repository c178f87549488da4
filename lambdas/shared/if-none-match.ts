import type { Headers } from './authenticate.ts';

/** True where the caller has what the tag stands for. RFC 9110 section 13.1.2: a list of tags or `*`, compared weakly. */
export const isKnown = (etag: string, headers: Headers): boolean =>
  (headers['if-none-match'] ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag.replace(/^W\//, ''));
