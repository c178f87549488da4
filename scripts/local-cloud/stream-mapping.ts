import { setTimeout as wait } from 'node:timers/promises';
import { failedItems } from './batch-failures.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { FunctionError } from './lambda-thread.ts';
import { fillsPayload, payloadParts } from './payload-parts.ts';
import type { StreamReader, StreamRecord } from './stream-reader.ts';

/** A batch that was given up, for the on-failure destination. */
export interface DiscardedBatch {
  /** AWS documents the first; the name of the second was never seen coming from AWS. */
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExpired';
  readonly records: readonly StreamRecord[];
  readonly attempts: number;
  readonly error: FunctionError | undefined;
}

export interface StreamMapping {
  readonly reader: StreamReader;
  readonly target: Pick<LambdaFunction, 'invoke' | 'name'>;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  /** Infinity: until it succeeds (AWS: until the record is 24 hours old). */
  readonly maximumRetries: number;
  readonly maximumAgeSeconds: number;
  readonly bisects: boolean;
  readonly reportsFailures: boolean;
  readonly matches: (event: unknown) => boolean;
  readonly onDiscard: (batch: DiscardedBatch) => Promise<void>;
  readonly stopping: AbortSignal;
  readonly log: (line: string) => void;
}

// An idle stream is asked 20 times a second, one in use at once again: a write is seen within a few ms.
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;

/** Hands the stream's records to the function in order, until the local cloud stops. */
export async function runStreamMapping(mapping: StreamMapping): Promise<void> {
  let pause = SHORTEST_PAUSE_MS;
  while (!mapping.stopping.aborted) {
    try {
      const records = await collectBatch(mapping);
      const wanted = records.filter(mapping.matches);
      for (const part of payloadParts(wanted)) await deliver(mapping, part);
      pause = records.length > 0 ? SHORTEST_PAUSE_MS : Math.min(pause * 1.5, LONGEST_PAUSE_MS);
      if (records.length === 0) await wait(pause);
    } catch (error) {
      if (mapping.stopping.aborted) return;
      mapping.log(`local cloud: reading the stream for ${mapping.target.name}: ${(error as Error).message}`);
      await wait(LONGEST_PAUSE_MS);
    }
  }
}

/** What there is, or, with a window, what comes until the window ends or the batch or payload is full. */
async function collectBatch({
  reader,
  batchSize,
  batchingWindowMs,
  stopping,
}: StreamMapping): Promise<StreamRecord[]> {
  const records = await reader.read(batchSize);
  const deadline = Date.now() + batchingWindowMs;
  const isFull = () => records.length >= batchSize || fillsPayload(records);
  while (records.length > 0 && !isFull() && Date.now() < deadline) {
    await wait(Math.min(LONGEST_PAUSE_MS, Math.max(deadline - Date.now(), 0)), undefined, {
      signal: stopping,
    });
    // What was read is not read again: a failure now must not lose it.
    records.push(...(await reader.read(batchSize - records.length).catch(() => [])));
  }
  return records;
}

/**
 * Tries until everything succeeded or was given up; nothing that comes later is read before.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
async function deliver(mapping: StreamMapping, records: readonly StreamRecord[]): Promise<void> {
  let rest = records;
  for (let attempts = 1; !mapping.stopping.aborted; attempts++) {
    rest = await withoutExpired(mapping, rest, attempts - 1);
    if (rest.length === 0) return;
    const outcome = await mapping.target.invoke(JSON.stringify({ Records: rest }));
    if (mapping.stopping.aborted) return;
    const ids = rest.map(({ dynamodb }) => dynamodb.SequenceNumber);
    const failed = failedItems(outcome, ids, mapping.reportsFailures);
    if (failed.size === 0) return;
    // The lowest failed record is the checkpoint: it and all after it come again.
    const checkpoint = ids.findIndex((id) => failed.has(id));
    rest = rest.slice(checkpoint);
    // AWS does not say whether getting further renews the retries. Here it does: they count for what is left.
    if (checkpoint > 0) attempts = 1;
    if (attempts > mapping.maximumRetries) {
      const error = 'failure' in outcome ? outcome.failure : undefined;
      await mapping.onDiscard({ condition: 'RetryAttemptsExhausted', records: rest, attempts, error });
      return;
    }
    await wait(backOffMs(attempts), undefined, { signal: mapping.stopping });
    // An answer that says which records failed has split the batch already, at the lowest: the halves are for the others.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    const failedWhole = failed.size === ids.length;
    if (mapping.bisects && failedWhole && rest.length > 1) return bisect(mapping, rest);
  }
}

/** Gives up what is older than the mapping wants: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
async function withoutExpired(
  { maximumAgeSeconds, onDiscard }: StreamMapping,
  records: readonly StreamRecord[],
  attempts: number,
): Promise<readonly StreamRecord[]> {
  const oldest = Date.now() / 1000 - maximumAgeSeconds;
  const fresh = records.filter(({ dynamodb }) => dynamodb.ApproximateCreationDateTime >= oldest);
  const expired = records.filter((record) => !fresh.includes(record));
  if (expired.length > 0) {
    await onDiscard({ condition: 'RecordAgeExpired', records: expired, attempts, error: undefined });
  }
  return fresh;
}

async function bisect(mapping: StreamMapping, records: readonly StreamRecord[]): Promise<void> {
  const middle = Math.ceil(records.length / 2);
  await deliver(mapping, records.slice(0, middle));
  await deliver(mapping, records.slice(middle));
}

const backOffMs = (attempts: number): number =>
  Math.min(FIRST_BACK_OFF_MS * 2 ** Math.min(attempts - 1, 10), LONGEST_BACK_OFF_MS);
