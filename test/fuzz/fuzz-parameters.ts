import type { Parameters } from 'fast-check';

/** Of a property whose cases are batches of one to `MAX_BATCH` records: so FUZZ of them make about FUZZ records. */
export const MAX_BATCH = 7;
export const BATCH_SHARE = 2 / (1 + MAX_BATCH);

const numberOf = (name: string, fallback: number | undefined): number | undefined => {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  if (!/^-?\d+$/.test(text)) throw new Error(`${name} must be a whole number, and is "${text}"`);
  return Number(text);
};

/** Cases per property. */
export const FUZZ = numberOf('FUZZ', 1_000) ?? 1_000;

/** A machine that others use too takes some 50 ms for the longest case, and a failure is made smaller by some 100 more. */
export const FUZZ_TIMEOUT_MS = 60_000 + FUZZ * 120;

/**
 * How a property is run: `FUZZ` cases, or a share of them where each case makes many times as much. A failure prints its
 * seed and path; `FUZZ_SEED` with that seed, and `FUZZ_PATH` with that path, play it again.
 */
export function fuzzParameters<T>(
  examples: T[] = [],
  { share = 1 }: { readonly share?: number } = {},
): Parameters<T> {
  const seed = numberOf('FUZZ_SEED', undefined);
  const path = process.env.FUZZ_PATH;
  return {
    numRuns: Math.max(1, Math.ceil(FUZZ * share)) + examples.length,
    examples,
    // Before jest ends the test: to make a failure smaller may take long, and it is told as small as it is by then.
    interruptAfterTimeLimit: FUZZ_TIMEOUT_MS - 15_000,
    markInterruptAsFailure: true,
    ...(seed !== undefined && { seed }),
    ...(path && { path, endOnFailure: true }),
  };
}
