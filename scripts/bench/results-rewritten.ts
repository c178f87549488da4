import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { AssemblyStore } from '../../lambdas/shared/assembly-store.ts';
import { systemClock } from '../../lambdas/shared/clock.ts';
import { runAssembly } from '../../lambdas/worker/run-assembly.ts';
import { makeTempFolder } from '../../lambdas/worker/temp-folder.ts';
import { epochSeconds } from '../../lib/domain/assembly.ts';
import { defineTemplate } from '../../lib/domain/template.ts';
import { buildRegistry } from '../../lib/domain/template-registry.ts';
import type { RunningWaybill } from '../local-waybill.ts';
import type { MeterBook } from './meter-book.ts';
import { NO_FAN_OUT } from './no-fan-out.ts';
import { scratchTable } from './scratch-table.ts';

/** What the writes of one run cost. */
export interface ResultsRewritten {
  readonly steps: number;
  readonly files: number;
  readonly writes: number;
  readonly writeUnits: number;
  /** Of the last write, which holds all results. */
  readonly lastWriteUnits: number;
}

const CASES = [
  { steps: 1, files: 1 },
  { steps: 2, files: 1 },
  { steps: 1, files: 100 },
  { steps: 2, files: 100 },
  { steps: 5, files: 100 },
] as const;

/**
 * The first step makes all results, and each boundary after it writes the list again. The worker's own code runs here, on
 * a table of its own; the files go nowhere.
 */
export async function resultsRewritten(
  waybill: RunningWaybill,
  book: MeterBook,
): Promise<ResultsRewritten[]> {
  const { dynamodb_endpoint: endpoint, credentials, tables } = waybill.local;
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint, credentials });
  try {
    const table = await scratchTable(client, tables.jobs);
    const documents = DynamoDBDocumentClient.from(client, {
      marshallOptions: { removeUndefinedValues: true },
    });
    const store = new AssemblyStore(documents, table);
    const measured: ResultsRewritten[] = [];
    for (const each of CASES) measured.push({ ...each, ...(await unitsOf(each, store, book)) });
    return measured;
  } finally {
    client.destroy();
  }
}

async function unitsOf(
  { steps, files }: (typeof CASES)[number],
  store: AssemblyStore,
  book: MeterBook,
): Promise<Omit<ResultsRewritten, 'steps' | 'files'>> {
  const assemblyId = createHash('sha256').update(`${steps} ${files}`).digest('hex');
  const time = new Date();
  const created_at = time.toISOString();
  await store.create(
    {
      ...{ assembly_id: assemblyId, template_id: 'many-results', user_id: 'bench', status: 'queued' },
      ...{ attempt: 1, claim: 0, external: false, branch: 'main', progress: 0, retry_count: 0 },
      ...{ max_retries: 0, fields: {}, created_at, queued_at: created_at },
      deadline_at: epochSeconds(time) + 900,
    },
    time,
  );
  book.clear();
  const outcome = await runAssembly(
    { assembly_id: assemblyId, attempt: 1, claim: 0 },
    {
      store,
      files: { read: () => Promise.reject(new Error('This job has no files')) },
      resultStore: { write: async () => {} },
      templates: buildRegistry([manyResults(steps, files)]),
      configs: {},
      fanOut: NO_FAN_OUT,
      ...{
        retentionDays: 1,
        retry: { baseSeconds: 0, random: Math.random },
        leaseSeconds: 900,
        runSeconds: 900,
      },
      ...systemClock,
      makeTempFolder,
      log: { info: () => {}, warn: console.error },
    },
  );
  if (outcome !== 'completed')
    throw new Error(`The job of ${steps} steps and ${files} files ended ${outcome}`);
  const writes = book.calls.filter(({ by, operation }) => by === 'developer' && operation === 'UpdateItem');
  const units = writes.map(({ consumed }) => consumed.reduce((sum, each) => sum + each.CapacityUnits, 0));
  return {
    writes: writes.length,
    writeUnits: units.reduce((sum, each) => sum + each, 0),
    lastWriteUnits: units.at(-1) ?? 0,
  };
}

/** Longer than the second in which progress is written once: a step of real work takes that long. */
const STEP_MS = 1_100;

const manyResults = (steps: number, files: number) =>
  defineTemplate({
    id: 'many-results',
    fields: z.object({}),
    steps: Array.from({ length: steps }, (_, step) => ({
      name: `step-${step + 1}`,
      title: `Step ${step + 1}`,
      run: async ({ result }) => {
        await wait(STEP_MS);
        if (step > 0) return undefined;
        for (let file = 0; file < files; file++)
          await result(`picture-${file}-small.webp`, Buffer.alloc(1), {
            mime: 'image/webp',
            meta: { size: 'small', width: 160, height: 120 },
          });
        return undefined;
      },
    })),
  });
