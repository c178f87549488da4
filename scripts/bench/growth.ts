import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FunctionName } from '../../lib/bindings.ts';
import { LOCAL_BUNDLES } from '../build.ts';
import { type RunningWaybill, startLocalWaybill } from '../local-waybill.ts';
import { statusEvent, submitEvent } from './api-event.ts';
import { fillTable } from './fill-table.ts';
import { firstAnswer } from './first-answer.ts';
import {
  DELIVERY_SHARE,
  deliveryRows,
  dueRows,
  jobRows,
  OPEN_SHARE,
  sampleRows,
  storedId,
} from './growth-rows.ts';
import { MeterBook } from './meter-book.ts';
import { privateDocuments } from './private-documents.ts';
import { scratchTable } from './scratch-table.ts';

/** What a call of each kind consumed with so many jobs and deliveries in the tables, in units. */
export interface GrowthStage {
  readonly jobs: number;
  readonly open: number;
  readonly deliveries: number;
  readonly status: Units;
  readonly statusOfNone: Units;
  readonly submit: Units;
  readonly sweepWithDue: Units;
  readonly sweep: Units;
}

export interface Units {
  readonly calls: number;
  readonly read: number;
  readonly write: number;
}

export interface Growth {
  readonly due: number;
  readonly stages: readonly GrowthStage[];
}

const SIZES = [1_000, 10_000, 100_000] as const;
const FULL_SIZES = [...SIZES, 1_000_000] as const;
/** Whose deadline has passed: as many at every size, so that `sweep` has the same to do. */
const DUE = 32;

/** Fills a table of jobs and one of deliveries, and asks at each size what a status, a submission and a sweep consume. */
export async function growth({ full = false }: { readonly full?: boolean } = {}): Promise<Growth> {
  const book = new MeterBook();
  const waybill = await startLocalWaybill({ meter: book });
  const documents = privateDocuments(waybill);
  try {
    const rows = await sampleRows(waybill, documents);
    const jobsTable = await scratchTable(documents.client, waybill.local.tables.jobs);
    const deliveriesTable = await scratchTable(documents.client, waybill.local.tables.deliveries);
    const ask = asker(waybill, book, { JOBS_TABLE: jobsTable, DELIVERIES_TABLE: deliveriesTable });
    const fill = (rowsOf: Iterable<Record<string, unknown>>) =>
      fillTable(documents.client, jobsTable, rowsOf);
    const stages: GrowthStage[] = [];
    let filled = 0;
    for (const jobs of full ? FULL_SIZES : SIZES) {
      await fill(jobRows({ from: filled, to: jobs }, rows));
      await fillTable(
        documents.client,
        deliveriesTable,
        deliveryRows({ from: filled / DELIVERY_SHARE, to: jobs / DELIVERY_SHARE }, rows),
      );
      filled = jobs;
      // Those of before have been ended.
      await fill(dueRows({ from: jobs, to: jobs + DUE }, rows));
      stages.push({
        jobs,
        open: jobs / OPEN_SHARE,
        deliveries: jobs / DELIVERY_SHARE,
        ...(await measure(ask, waybill)),
      });
    }
    return { due: DUE, stages };
  } finally {
    documents.stop();
    await waybill.stop();
  }
}

async function measure(
  ask: Asker,
  { local }: RunningWaybill,
): Promise<Omit<GrowthStage, 'jobs' | 'open' | 'deliveries'>> {
  const text = { template_id: 'text-statistics', fields: { text: 'A ship came in.', nonce: randomUUID() } };
  return {
    status: await ask('status', statusEvent(storedId(1), local.token), 200),
    statusOfNone: await ask('status', statusEvent('0'.repeat(64), local.token), 404),
    submit: await ask('submit', submitEvent(text, local.token), 202),
    sweepWithDue: await ask('sweep', {}),
    sweep: await ask('sweep', {}),
  };
}

type Asker = (name: FunctionName, event: object, expectedStatus?: number) => Promise<Units>;

const READS = /^(GetItem|BatchGetItem|Query|Scan)$/;

/** Asks a function's own bundle, with the developer's key: its role would not let it see tables of ours. */
function asker(
  { local, cloud }: RunningWaybill,
  book: MeterBook,
  tables: Readonly<Record<string, string>>,
): Asker {
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = local.credentials;
  return async (name, event, expected) => {
    book.clear();
    const { statusCode } = await firstAnswer({
      bundle: join(LOCAL_BUNDLES, name, 'handler.mjs'),
      env: {
        ...cloud.environmentOf(local.functions[name]),
        ...{ ...tables, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
      },
      event,
    });
    if (statusCode !== expected) throw new Error(`${name} answered ${statusCode}`);
    return unitsOf(book);
  };
}

function unitsOf({ calls }: MeterBook): Units {
  const ours = calls.filter(({ by, service }) => by === 'developer' && service === 'dynamodb');
  const sum = (isRead: boolean): number =>
    ours
      .filter(({ operation }) => READS.test(operation) === isRead)
      .flatMap(({ consumed }) => consumed)
      .reduce((total, { CapacityUnits }) => total + CapacityUnits, 0);
  return { calls: ours.length, read: sum(true), write: sum(false) };
}
