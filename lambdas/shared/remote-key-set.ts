import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { logger } from './logger.ts';

/** An issuer that has taken a key back is believed after this long. */
const MAX_AGE_MS = 10 * 60_000;
/** Whatever tokens come: an issuer is not to be flooded by who sends us keys that nobody knows. */
const ASK_AGAIN_AFTER_MS = 30_000;
/** While the issuer does not answer. A key that it has taken back meanwhile is good for no longer than this. */
const MAX_STALE_MS = 24 * 3_600_000;
/** Somebody waits for the answer, and API Gateway's own authorizer waits no longer than 1.5 s. */
const TIMEOUT_MS = 2_000;

export interface RemoteKeySetOptions {
  /** Milliseconds. */
  readonly now?: () => number;
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>;
}

/**
 * The key set at a URL, read with the first token and then every ten minutes, and at once for a key that is not in it, but
 * never more than once in 30 s. What was read serves on while the issuer does not answer.
 *
 * jose's own `createRemoteJWKSet` asks with every token while the issuer is down, forgets its keys then, and cannot tell
 * "not known" from "could not be asked": docs/decisions/0020-key-sets.md.
 * @throws jose's JWKSNoMatchingKey, for a key that is not in the set
 * @throws WaybillError `unavailable`, where the set that may hold it cannot be read
 */
export function remoteKeySet(
  url: URL,
  { now = Date.now, fetch = globalThis.fetch }: RemoteKeySetOptions = {},
): JWTVerifyGetKey {
  let known: { readonly keyOf: JWTVerifyGetKey; readonly readAt: number } | undefined;
  let failure: unknown;
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  const ask = async (): Promise<void> => {
    try {
      known = { keyOf: createLocalJWKSet(await read(url, fetch)), readAt: now() };
      failure = undefined;
    } catch (error) {
      failure = error;
      logger.warn('The key set of the issuer could not be read', { error: error as Error });
    }
  };
  /** Who comes while the question is out waits for its answer. */
  const askIfAllowed = async (): Promise<void> => {
    if (!asking) {
      if (now() - askedAt < ASK_AGAIN_AFTER_MS) return;
      askedAt = now();
      asking = ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
  };
  const age = (): number => (known ? now() - known.readAt : Number.POSITIVE_INFINITY);
  const keyOf: JWTVerifyGetKey = async (...token) => {
    if (!known || age() > MAX_STALE_MS) throw unavailable(failure);
    return known.keyOf(...token);
  };

  return async (...token) => {
    if (age() > MAX_AGE_MS) await askIfAllowed();
    try {
      return await keyOf(...token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await askIfAllowed();
      // It may be a new key, of the set that could not be read: to refuse it would be to guess.
      if (failure) throw unavailable(failure);
      return keyOf(...token);
    }
  };
}

async function read(url: URL, fetch: NonNullable<RemoteKeySetOptions['fetch']>): Promise<JSONWebKeySet> {
  const answer = await fetch(url, {
    headers: { accept: 'application/jwk-set+json, application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status !== 200) throw new Error(`The issuer answered ${answer.status} for its key set`);
  return (await answer.json()) as JSONWebKeySet;
}

const unavailable = (cause: unknown): WaybillError =>
  new WaybillError('unavailable', 'The keys that tokens are verified with cannot be read at the moment.', {
    cause,
  });
