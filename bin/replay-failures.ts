import * as z from 'zod';
import { FAILURES_PREFIX } from '../lib/domain/object-key.ts';

/** An object below `failures/`. */
export interface Kept {
  readonly key: string;
  readonly at: Date;
}

/** What a function answered, as JSON text, or the error that it ended with. */
export type Answer = { readonly result: string } | { readonly error: string };

export interface ReplayPorts {
  list(prefix: string): Promise<Kept[]>;
  /** Undefined where it is gone. */
  read(key: string): Promise<string | undefined>;
  remove(key: string): Promise<void>;
  /** Calls the function of that consumer. Throws where it cannot be reached. */
  invoke(consumer: Consumer, event: object): Promise<Answer>;
  /** Told of each object as it is done with. */
  report(line: string): void;
}

export interface ReplayOptions {
  /** Only what this one could not handle. */
  readonly consumer?: Consumer;
  /** The oldest so many. */
  readonly limit?: number;
  /** Shows what would be sent, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface ReplaySummary {
  /** With `dryRun`, what would be sent. */
  readonly sent: number;
  readonly failed: number;
  /** What the limit left out. */
  readonly left: number;
}

const failure = z.object({
  failed_at: z.string(),
  error: z.string(),
  record: z.looseObject({}).optional(),
  message: z.looseObject({}).optional(),
});
type Failure = z.infer<typeof failure>;

/** `replay` tells the consumer to answer a failure, and not to keep the record once more under the same key. */
const eventWith = (record: object | undefined): object | undefined =>
  record && { Records: [record], replay: true };
const streamEvent = ({ record }: Failure) => eventWith(record);
const queueEvent = ({ message }: Failure) => eventWith(message);

/** How a consumer got what it could not handle, and gets it again. */
const EVENT_OF = {
  enqueue: streamEvent,
  notify: streamEvent,
  'enqueue-submissions': streamEvent,
  'plan-tally': streamEvent,
  bury: queueEvent,
  'bury-submission': queueEvent,
};
export type Consumer = keyof typeof EVENT_OF;
export const CONSUMERS = Object.keys(EVENT_OF) as Consumer[];

/**
 * Sends what consumers have put aside to them again, oldest first, and removes what has succeeded. What fails again stays as
 * it is.
 */
export async function replayFailures(
  { consumer, limit = Number.POSITIVE_INFINITY, dryRun = false }: ReplayOptions,
  ports: ReplayPorts,
): Promise<ReplaySummary> {
  const kept = await ports.list(consumer ? `${FAILURES_PREFIX}${consumer}/` : FAILURES_PREFIX);
  const oldestFirst = kept.toSorted((a, b) => a.at.getTime() - b.at.getTime() || byNumber(a.key, b.key));
  const chosen = oldestFirst.slice(0, limit);
  let failed = 0;
  for (const { key } of chosen) {
    const error = await (dryRun ? show(key, ports) : replay(key, ports));
    if (error !== undefined) {
      failed++;
      ports.report(`✗ ${key}  ${error}`);
    }
  }
  return { sent: chosen.length - failed, failed, left: kept.length - chosen.length };
}

const GONE = { error: 'It is gone: somebody else has replayed it in this moment.' };

/** Names are sequence numbers, of different lengths. */
const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

async function show(key: string, { read, report }: ReplayPorts): Promise<string | undefined> {
  const text = await read(key);
  const found = text === undefined ? GONE : whatToSend(key, text);
  if ('error' in found) return found.error;
  report(`· ${key}  ${found.failure.failed_at}  ${found.failure.error}`);
  return undefined;
}

/** @returns why it failed, or undefined */
async function replay(
  key: string,
  { read, remove, invoke, report }: ReplayPorts,
): Promise<string | undefined> {
  const text = await read(key);
  const found = text === undefined ? GONE : whatToSend(key, text);
  if ('error' in found) return found.error;
  const error = errorOf(await invoke(found.consumer, found.event));
  if (error !== undefined) return error;
  await remove(key);
  report(`✓ ${key}`);
  return undefined;
}

function whatToSend(
  key: string,
  text: string,
): { consumer: Consumer; event: object; failure: Failure } | { error: string } {
  const consumer = CONSUMERS.find((each) => key.startsWith(`${FAILURES_PREFIX}${each}/`));
  if (!consumer) return { error: `No consumer is known that this belongs to (${CONSUMERS.join(', ')}).` };
  const parsed = failure.safeParse(jsonOf(text));
  const event = parsed.success ? EVENT_OF[consumer](parsed.data) : undefined;
  if (!parsed.success || !event) return { error: `This is not what ${consumer} puts aside.` };
  return { consumer, event, failure: parsed.data };
}

const answered = z.object({
  batchItemFailures: z.array(z.object({ error: z.string().optional() })),
});

/** Only an answer that says in so many words that nothing failed is a success: the record is removed for good. */
function errorOf(answer: Answer): string | undefined {
  if ('error' in answer) return answer.error;
  const parsed = answered.safeParse(jsonOf(answer.result));
  if (!parsed.success) return `It answered ${answer.result.slice(0, 200)}, which says nothing of success.`;
  const [first] = parsed.data.batchItemFailures;
  return first && (first.error ?? 'It failed again; the log of its function says why.');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
