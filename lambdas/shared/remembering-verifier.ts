import type { JWTVerifyResult } from 'jose';
import type { TokenVerifier } from './token-verifier.ts';

/** A key that was taken back is believed for this much longer. */
const REMEMBERED_MS = 60_000;
/** Of 8 KB at most. A busy container sees fewer users in a minute. */
const MAX_TOKENS = 500;

/**
 * Remembers for a minute that a token was good, and no longer than it is: who polls sends the same one every few seconds, and
 * WebCrypto verifies each in another thread, for which a warm status waits. What was refused is not remembered.
 * @param now milliseconds
 */
export function rememberingVerifier(verify: TokenVerifier, now = Date.now): TokenVerifier {
  // In the order of their coming, so that the first is the oldest.
  const good = new Map<string, { readonly result: JWTVerifyResult; readonly until: number }>();
  return async (token, options) => {
    const known = good.get(token);
    if (known && now() < known.until) return known.result;
    good.delete(token);
    const result = await verify(token, options);
    const [oldest] = good.keys();
    if (oldest !== undefined && good.size >= MAX_TOKENS) good.delete(oldest);
    good.set(token, { result, until: Math.min(now() + REMEMBERED_MS, (result.payload.exp ?? 0) * 1000) });
    return result;
  };
}
