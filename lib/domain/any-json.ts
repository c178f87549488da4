import * as z from 'zod';

/** Any JSON at all. One schema for all places: it is recursive, and the OpenAPI document names it once. */
export const anyJson = z.json();
