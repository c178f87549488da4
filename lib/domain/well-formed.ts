import * as z from 'zod';

/** A string that encodes to UTF-8 and back unchanged. */
export const wellFormed = z.string().refine((text) => text.isWellFormed(), 'has a lone surrogate');
