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

interface ReaderOptions<Content> {
  /** What is made of the JSON of the secret; undefined where that has another form. */
  parse(json: unknown): Content | undefined;
  readonly now?: () => number;
}

/** A rotated secret is known everywhere after this long, and a busy container asks only this often. */
const MAX_AGE_MS = 5 * 60_000;
/** While Secrets Manager does not answer. */
const ASK_AGAIN_AFTER_MS = 30_000;

/**
 * A reader that keeps what it read for five minutes, and longer where Secrets Manager does not answer or what
 * it answers is malformed. Who asks while a
 * question is out waits for its answer.
 * @throws what the SDK throws, on the first read
 */
export function secretReader<Content = SecretValues>(
  client: SecretsManagerClient,
  secretId: string,
  { parse, now = Date.now }: ReaderOptions<Content>,
): () => Promise<Content> {
  let kept: { values: Content; readAt: number } | undefined;
  let reading: Promise<Content> | undefined;
  const read = async (): Promise<Content> => {
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      kept = { values: contentOf(SecretString), readAt: now() };
    } catch (error) {
      // A typo of whoever rotates it must not lock everybody out. A right that was taken away is meant.
      if (!kept || !(isTransientError(error) || error instanceof MalformedSecret)) throw error;
      logger.error('A secret could not be read again; the kept one serves on', { error: error as Error });
      kept = { ...kept, readAt: now() - MAX_AGE_MS + ASK_AGAIN_AFTER_MS };
    }
    return kept.values;
  };
  function contentOf(text: string | undefined): Content {
    const content = parse(parsed(text ?? ''));
    if (content !== undefined) return content;
    throw new MalformedSecret(`Secret ${secretId} is not JSON of the form that it must have`);
  }
  return async () => {
    if (kept && now() - kept.readAt < MAX_AGE_MS) return kept.values;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

/**
 * Reads a secret that the first request will need, while the function is still being loaded: it waits for less then. What
 * fails now is read again by who needs it.
 */
export function readAhead(read: SecretReader): SecretReader {
  read().catch(() => {});
  return read;
}

class MalformedSecret extends Error {}

/** Of a secret of the usual form; undefined for any other. */
export function secretValues(json: unknown): SecretValues | undefined {
  if (typeof json !== 'object' || json === null || !('current' in json) || !isFilled(json.current))
    return undefined;
  const previous = 'previous' in json && isFilled(json.previous) ? json.previous : undefined;
  return { current: json.current, ...(previous && { previous }) };
}

/** Without the error of the parser, which quotes the text: it would be logged. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isFilled = (value: unknown): value is string => typeof value === 'string' && value.length > 0;
