import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DELIVERIES_KEY, JOBS_KEY, OPEN_INDEX } from '../../lib/bindings.ts';
import type { RunningWaybill } from '../local-waybill.ts';
import { JobClient } from './job-client.ts';
import type { PrivateDocuments } from './private-documents.ts';
import { startReceiver } from './start-receiver.ts';

type Row = Readonly<Record<string, unknown>>;

export interface SampleRows {
  /** A completed job of one file, a review that waits for a person, and a webhook that arrived. */
  readonly ended: Row;
  readonly open: Row;
  readonly delivery: Row;
}

/** Numbers of rows: the first, and the one after the last. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** One of so many waits for somebody, and its deadline lies ahead. */
export const OPEN_SHARE = 20;
/** One of so many had a webhook. */
export const DELIVERY_SHARE = 10;
const DAY_SECONDS = 86_400;

/** The id of the stored job of that number. */
export const storedId = (number: number): string => createHash('sha256').update(String(number)).digest('hex');

/** Made by the deployment itself, so that they look as rows do. */
export async function sampleRows(
  { local }: RunningWaybill,
  { client, job }: PrivateDocuments,
): Promise<SampleRows> {
  const jobs = new JobClient(local);
  const receiver = await startReceiver();
  try {
    const { assembly_id } = await jobs.ended(await jobs.submitPicture({ webhookUrl: receiver.url }));
    for (;;) {
      const { Items: [delivery] = [] } = await client.send(
        new ScanCommand({ TableName: local.tables.deliveries }),
      );
      const [ended, open] = [await job(assembly_id), await job(await jobs.submitReview())];
      if (ended && open && delivery?.state === 'delivered') return { ended, open, delivery };
      await wait(50);
    }
  } finally {
    receiver.stop();
  }
}

export function* jobRows({ from, to }: Range, { ended, open }: SampleRows): Generator<Row> {
  const deadline_at = epochSeconds() + DAY_SECONDS;
  for (let number = from; number < to; number++) {
    const id = storedId(number);
    yield number % OPEN_SHARE === 0 ? openRow(open, id, deadline_at) : { ...ended, [JOBS_KEY]: id };
  }
}

export function* dueRows({ from, to }: Range, { open }: SampleRows): Generator<Row> {
  for (let number = from; number < to; number++) yield openRow(open, storedId(-number), epochSeconds() - 60);
}

export function* deliveryRows({ from, to }: Range, { delivery }: SampleRows): Generator<Row> {
  for (let number = from; number < to; number++)
    yield { ...delivery, assembly_id: storedId(number), [DELIVERIES_KEY.partition]: storedId(number) };
}

const epochSeconds = (): number => Math.floor(Date.now() / 1000);

const openRow = (open: Row, id: string, deadline_at: number): Row => ({
  ...open,
  [JOBS_KEY]: id,
  [OPEN_INDEX.partition]: id.charAt(0),
  [OPEN_INDEX.sort]: deadline_at,
});
