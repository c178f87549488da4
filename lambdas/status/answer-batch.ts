import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Language } from '../../lib/domain/language.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { retryAfterSeconds } from '../../lib/domain/status-headers.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { HttpAnswer } from '../shared/http-handler.ts';
import { type ReadAssembliesDependencies, readAssemblies } from '../shared/read-assemblies.ts';
import { readQueueFor } from '../shared/read-queue.ts';
import { type TellDependencies, tellStatus } from '../shared/tell-status.ts';

export interface BatchQuery {
  readonly assemblyIds: readonly string[];
  /** Whose they must be. */
  readonly sight: Sight;
  readonly language: Language;
}

export interface BatchDependencies extends ReadAssembliesDependencies, TellDependencies {}

/**
 * Lambda answers with 6 MB at most, of which the headers need one or two KB. The body stands in them as a JSON string: each
 * quotation mark in it is two bytes.
 */
const MAX_BODY_BYTES = 6 * 1024 * 1024 - 16 * 1024;
/** For the places in the queue of all of them: hints, for which nobody waits longer. */
const QUEUE_MS = 1_000;
/** Around a status: its id, and what separates it from the next one. */
const BYTES_BESIDE = 80;

/**
 * `{ "statuses": { "<id>": AssemblyStatus | null, … } }`, always with 200: it says nothing of how one assembly stands.
 * @throws WaybillError `answer_too_large`, `unavailable`
 */
export async function answerBatch(
  { assemblyIds, sight, language }: BatchQuery,
  dependencies: BatchDependencies,
): Promise<HttpAnswer> {
  const now = dependencies.now();
  const { readQueue } = dependencies;
  const telling = {
    ...dependencies,
    ...(readQueue && { readQueue: readQueueFor(readQueue, QUEUE_MS, dependencies.now) }),
  };
  const texts = new Map(assemblyIds.map((id) => [id, 'null']));
  let bytes = texts.size * BYTES_BESIDE;
  let retryAfter = Number.POSITIVE_INFINITY;
  for await (const assembly of readAssemblies({ assemblyIds: texts.keys(), sight }, dependencies)) {
    const text = JSON.stringify(await tellOne(assembly, { now, language }, telling));
    bytes += Buffer.byteLength(JSON.stringify(text));
    if (bytes > MAX_BODY_BYTES)
      throw new WaybillError(
        'answer_too_large',
        'The statuses together are more than one answer holds. Ask for fewer at once.',
      );
    texts.set(assembly.assembly_id, text);
    retryAfter = Math.min(retryAfter, retryAfterSeconds(assembly, now) ?? retryAfter);
  }
  return {
    statusCode: 200,
    headers: {
      'content-type': 'application/json',
      'content-language': language,
      'retry-after': Number.isFinite(retryAfter) ? retryAfter.toString() : undefined,
      vary: 'accept-language, authorization',
    },
    content: `{"statuses":{${[...texts].map(([id, text]) => `"${id}":${text}`).join()}}}`,
  };
}

/** With the page of its submissions at most: a hundred lists would be a hundred queries. */
const tellOne = (
  assembly: Assembly,
  options: { readonly now: Date; readonly language: Language },
  dependencies: TellDependencies,
) => tellStatus(assembly, { ...options, listed: null }, dependencies);
