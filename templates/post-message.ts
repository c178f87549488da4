import { RateLimitedError, StepError, ValidationError } from '../lib/domain/assembly-error.ts';
import type { Json } from '../lib/domain/json.ts';
import type { Sentence } from '../lib/domain/language.ts';
import { retryAfterSeconds } from '../lib/domain/retry-schedule.ts';
import type { Receipt } from '../lib/domain/template.ts';

export interface PostOptions {
  readonly idempotencyKey: string;
  /** Aborted when the work is of no use any more. */
  readonly signal: AbortSignal;
  /** For the whole exchange, name and connection included. */
  readonly timeoutMs?: number;
}

/** A receiver that takes longer is as good as away; and the key makes asking it again harmless. */
const EXCHANGE_TIMEOUT_MS = 10_000;
/** More of an answer is not read: a confirmation is short. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** As much of a refusal is kept for the developer: it may hold anything. */
const MAX_QUOTE_LENGTH = 200;

/**
 * One POST of JSON with an `Idempotency-Key`, without redirects.
 * @returns the receipt, where the answer is 2xx; with the `confirmation` or `cwcConfirmation` of its JSON, if there is one
 * @throws RateLimitedError where the receiver asks to wait, StepError where another try may succeed, ValidationError or a
 *   StepError that is not retryable where none will; the reason of `signal` where that is aborted
 */
export async function postMessage(
  url: string,
  message: Json,
  { idempotencyKey, signal, timeoutMs = EXCHANGE_TIMEOUT_MS }: PostOptions,
): Promise<Receipt> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
        'user-agent': 'Waybill',
        // Of its own: Lambda freezes between two messages, and a connection that died meanwhile would spend a retry.
        connection: 'close',
      },
      body: JSON.stringify(message),
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw timeout.aborted ? tooLate(timeoutMs) : unavailable(networkCode(error));
  }
  const text = await beginningOf(answer);
  if (!answer.ok) throw refusal(answer, text);
  const confirmation = confirmationIn(text);
  return confirmation === undefined ? {} : { confirmation };
}

/**
 * As much of the body as is read. What breaks off is cut there: the status has said already what became of the message,
 * and sending it again for the rest of the answer could be one time too many.
 */
async function beginningOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break; // and the connection ends
    }
  } catch {}
  return Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES);
}

function confirmationIn(text: string): string | undefined {
  try {
    const { confirmation, cwcConfirmation } = JSON.parse(text);
    const given: unknown = confirmation ?? cwcConfirmation;
    if (typeof given === 'number') return String(given);
    return typeof given === 'string' && given !== '' ? given : undefined;
  } catch {
    return undefined; // a 204, or a page: the message has arrived all the same
  }
}

/** What an answer other than 2xx means. */
function refusal({ status, headers }: Response, text: string): StepError {
  const cause = `The receiver answered ${status}${text && `: ${text.slice(0, MAX_QUOTE_LENGTH)}`}`;
  const wait = waitOf(headers);
  if (status === 429 || (status === 503 && wait !== undefined)) return new RateLimitedError(wait, { cause });
  if (status >= 500 || status === 408 || status === 425) return unavailable(cause);
  if (status === 409) return busy(cause);
  if (status < 400) return moved(cause);
  return new ValidationError(
    'message_refused',
    {
      en: 'The receiver refused the message.',
      fr: 'Le destinataire a refusé le message.',
    },
    { cause },
  );
}

/** Whole seconds; one for a date that has passed. */
function waitOf(headers: Headers): number | undefined {
  const seconds = retryAfterSeconds(headers.get('retry-after') ?? undefined, new Date());
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds));
}

const retried = (code: string, sentence: Sentence, cause: string): StepError =>
  new StepError(code, 'WORKER_ERROR', sentence, { cause });

const unavailable = (cause: string): StepError =>
  retried(
    'receiver_unavailable',
    { en: 'The receiver is not available.', fr: 'Le destinataire n’est pas disponible.' },
    cause,
  );

const tooLate = (timeoutMs: number): StepError =>
  retried(
    'receiver_timeout',
    { en: 'The receiver did not answer in time.', fr: 'Le destinataire n’a pas répondu à temps.' },
    `No answer within ${timeoutMs / 1000} s`,
  );

/**
 * A try before is still in work there, under the same key.
 * Source: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 */
const busy = (cause: string): StepError =>
  retried(
    'receiver_busy',
    {
      en: 'The receiver is still at work on an earlier try.',
      fr: 'Le destinataire traite encore un essai précédent.',
    },
    cause,
  );

/** Not followed: where messages go is for whoever deploys to say. */
const moved = (cause: string): StepError =>
  new StepError(
    'receiver_moved',
    'WORKER_ERROR',
    {
      en: 'The receiver has moved to another address.',
      fr: 'Le destinataire a changé d’adresse.',
    },
    { retryable: false, cause },
  );

/** Only the code: the text has the address, which is for whoever deploys and not for the reader of a status. */
function networkCode(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, name } = cause as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : String(name);
}
