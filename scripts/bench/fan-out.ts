import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { SUBMISSIONS_KEY } from '../../lib/bindings.ts';
import { tallyIntervalSeconds } from '../../lib/domain/submission-tally.ts';
import { inventedRecipients } from '../demo/delivery/invented-recipients.ts';
import { MESSAGE } from '../demo/delivery/message.ts';
import { startMessageReceiver } from '../demo/delivery/message-receiver.ts';
import { type RunningWaybill, startLocalWaybill, UNLIMITED_OWNERS } from '../local-waybill.ts';
import { type BilledFanOut, billedFanOut } from './billed-fan-out.ts';
import { deployedFunctions } from './deployed-functions.ts';
import { itemBytes } from './item-bytes.ts';
import { JobClient } from './job-client.ts';
import { MeterBook } from './meter-book.ts';
import { type PrivateDocuments, privateDocuments } from './private-documents.ts';
import { addUsage } from './usage.ts';

export interface FanOutRun extends BilledFanOut {
  readonly recipients: number;
  /** Whether the template has its rate limit. */
  readonly isLimited: boolean;
  /** From the submission until every recipient has a row. */
  readonly writtenMs: number;
  /** From the submission until the last recipient has its message. */
  readonly sentMs: number;
  /** From then until the assembly has ended. */
  readonly closingMs: number;
}

export interface FanOutFigures {
  readonly runs: readonly FanOutRun[];
}

const REGISTRY = join(import.meta.dirname, 'fan-out-templates.ts');
const BUNDLES = join(import.meta.dirname, '../../.build/bench-functions');

const GB = 2 ** 30;
/** Of 30 days, in seconds. */
const MONTH = 30 * 86_400;

type Delivery = Pick<FanOutRun, 'recipients' | 'isLimited'>;

const delivery = (recipients: number): Delivery => ({ recipients, isLimited: false });
const LIMITED: Delivery = { recipients: 1_000, isLimited: true };
const DELIVERIES = [...[10, 100, 1_000].map(delivery), LIMITED];
/** Minutes more. */
const FULL_DELIVERIES = [...[10, 100, 1_000, 10_000].map(delivery), LIMITED];

/**
 * Sends to ever more recipients, each assembly alone on the cloud, and to a receiver that takes everything at once: without a
 * rate limit, which would decide how long everything takes, and once with that of the template.
 */
export async function fanOut({
  full = false,
  deliveries = full ? FULL_DELIVERIES : DELIVERIES,
}: {
  readonly full?: boolean;
  readonly deliveries?: readonly Delivery[];
} = {}): Promise<FanOutFigures> {
  const book = new MeterBook();
  const receiver = await startMessageReceiver();
  const { urls } = receiver;
  const waybill = await startLocalWaybill({
    meter: book,
    log: (line) => book.log(line),
    templates: { registry: REGISTRY, bundles: BUNDLES },
    settings: {
      templateConfig: { 'message-delivery': { urls }, 'unlimited-delivery': { urls } },
      // Turns of recipients are counted, and not those of owners.
      ...UNLIMITED_OWNERS,
    },
  });
  const documents = privateDocuments(waybill);
  try {
    // A first one: threads are warm then.
    await play(delivery(10), { waybill, documents, book });
    const runs: FanOutRun[] = [];
    for (const each of deliveries) runs.push(await play(each, { waybill, documents, book }));
    return { runs };
  } finally {
    documents.stop();
    receiver.stop();
    await waybill.stop();
  }
}

async function play(
  { recipients, isLimited }: Delivery,
  { waybill, documents, book }: { waybill: RunningWaybill; documents: PrivateDocuments; book: MeterBook },
): Promise<FanOutRun> {
  const jobs = new JobClient(waybill.local);
  book.clear();
  const id = await jobs.submit({
    template_id: isLimited ? 'message-delivery' : 'unlimited-delivery',
    fields: { ...MESSAGE, recipients: inventedRecipients(recipients), nonce: randomUUID() },
  });
  // Past every door: our own polls would count.
  let job = await documents.job(id);
  while (job?.ended_at === undefined) {
    await wait(50);
    job = await documents.job(id);
  }
  if (job.status !== 'completed') throw new Error(`${recipients} recipients: ${job.status}`);
  // Until a count that came too late for the end would have come as well.
  await book.quiet(2_000 + 1_000 * tallyIntervalSeconds(recipients));
  const time = (value: unknown): number => Date.parse(String(value));
  const { sentAt, storedGb } = await rowsOf(id, waybill, documents);
  const { usage, ...counted } = billedFanOut(book, deployedFunctions(waybill), waybill.local.tables);
  return {
    recipients,
    isLimited,
    writtenMs: time(job.expanded_at) - time(job.created_at),
    sentMs: sentAt - time(job.created_at),
    closingMs: time(job.ended_at) - sentAt,
    ...counted,
    usage: addUsage([1, usage], [1, { dynamoDbStorageGb: storedGb, dynamoDbBackupGb: storedGb }]),
  };
}

/** When the last message was sent, and the storage of all rows until they expire, in gigabytes and months. */
async function rowsOf(
  id: string,
  { local }: RunningWaybill,
  { client }: PrivateDocuments,
): Promise<{ readonly sentAt: number; readonly storedGb: number }> {
  let sentAt = 0;
  let storedGb = 0;
  let after: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName: local.tables.submissions,
        KeyConditionExpression: `${SUBMISSIONS_KEY.partition} = :id`,
        ExpressionAttributeValues: { ':id': id },
        ExclusiveStartKey: after,
      }),
    );
    for (const row of page.Items ?? []) {
      sentAt = Math.max(sentAt, Date.parse(row.submitted_at));
      const seconds = row.expires_at - Date.parse(row.assembly_created_at) / 1000;
      storedGb += (itemBytes(row) / GB) * (seconds / MONTH);
    }
    after = page.LastEvaluatedKey;
  } while (after);
  return { sentAt, storedGb };
}
