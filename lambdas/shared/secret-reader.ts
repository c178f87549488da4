import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { logger } from './logger.ts';
import { isTransientError } from './transient-error.ts';

/** A secret as Secrets Manager holds it: JSON `{ "current": "…", "previous": "…" }`; `previous` only while rotating. */
export interface SecretValues {
  readonly current: string;
  readonly previous?: string;
}

/** Reads the values of one secret. */
export type SecretReader = () => Promise<SecretValues>;

/** A rotated secret is known everywhere after this long, and a busy container asks only this often. */
const MAX_AGE_MS = 5 * 60_000;
/** While Secrets Manager does not answer. */
const ASK_AGAIN_AFTER_MS = 30_000;

/**
 * A reader that keeps what it read for five minutes, and longer where Secrets Manager does not answer.
 * @throws what the SDK throws, on the first read
 */
export function secretReader(client: SecretsManagerClient, secretId: string, now = Date.now): SecretReader {
  let kept: { values: SecretValues; readAt: number } | undefined;
  return async () => {
    if (kept && now() - kept.readAt < MAX_AGE_MS) return kept.values;
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      kept = { values: parse(SecretString, secretId), readAt: now() };
    } catch (error) {
      if (!kept || !isTransientError(error)) throw error;
      logger.warn('A secret could not be read again; the kept one serves on', { error: error as Error });
      kept = { ...kept, readAt: now() - MAX_AGE_MS + ASK_AGAIN_AFTER_MS };
    }
    return kept.values;
  };
}

function parse(text: string | undefined, secretId: string): SecretValues {
  const values: unknown = JSON.parse(text ?? '');
  if (typeof values !== 'object' || values === null || !('current' in values) || !isFilled(values.current))
    throw new Error(`Secret ${secretId} is not JSON of the form {"current": "…"}`);
  const previous = 'previous' in values && isFilled(values.previous) ? values.previous : undefined;
  return { current: values.current, ...(previous && { previous }) };
}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
