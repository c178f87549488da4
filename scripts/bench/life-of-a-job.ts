import { setTimeout as wait } from 'node:timers/promises';
import { startLocalWaybill } from '../local-waybill.ts';
import { type Billed, type BilledCalls, billed, billedTo } from './billed-life.ts';
import { deployedFunctions } from './deployed-functions.ts';
import { invokeFunction } from './invoke-function.ts';
import { itemBytes } from './item-bytes.ts';
import { JobClient } from './job-client.ts';
import { MeterBook } from './meter-book.ts';
import { privateDocuments } from './private-documents.ts';
import { type ResultsRewritten, resultsRewritten } from './results-rewritten.ts';
import { startReceiver } from './start-receiver.ts';

export interface LifeOfAJob {
  /** One file, two results, one poll; and the bytes of its item, as DynamoDB counts them. */
  readonly file: Billed & { readonly itemBytes: number };
  /** The same, with a webhook to tell of the end. */
  readonly fileWithWebhook: Billed;
  /** No file, two steps. */
  readonly text: Billed;
  /** One more poll. */
  readonly poll: Billed;
  /** What one run of `sweep` takes when nothing is open. */
  readonly idleSweep: Billed;
  readonly rewritten: readonly ResultsRewritten[];
}

/** A one-file job of a system of the same kind, as it was counted elsewhere. */
const ANCHOR = { writes: 5, reads: 2, s3Calls: 6, calls: '13 to 14' } as const;

/** Why a call is made, by who makes it. */
const PURPOSES: Readonly<Record<string, string>> = {
  'submit dynamodb PutItem': 'accepts the job',
  'submit dynamodb UpdateItem': 'takes a turn of the owner',
  'presigned s3 PutObject': 'the user uploads the file',
  's3 sqs SendMessage': 'S3 tells that it came',
  'receive-upload dynamodb GetItem': 'which uploads are missing; consistent, since it decides',
  'receive-upload dynamodb UpdateItem': 'all are there: the job is queued',
  'enqueue sqs SendMessage': 'the stream puts the job on the queue',
  'enqueue dynamodb UpdateItem': 'counts it into the line, and out of it',
  'enqueue dynamodb PutItem': 'the places of those that came together',
  'enqueue dynamodb Query': 'the place of the job that a worker took',
  'enqueue dynamodb GetItem': 'how far the line has come; consistent, since it is written next',
  'worker dynamodb UpdateItem': 'takes the job, says that a step begins, ends it with its results',
  'worker s3 GetObject': 'reads the file',
  'worker s3 PutObject': 'writes the results',
  'status dynamodb GetItem': 'the poll; eventually consistent',
  'notify dynamodb PutItem': 'the delivery, which waits in the table',
  'notify sqs SendMessage': 'its first attempt',
  'webhook-dispatcher dynamodb UpdateItem': 'holds the delivery, and records the attempt',
};

export const purposeOf = ({ by, service, operation }: BilledCalls): string =>
  PURPOSES[`${by} ${service} ${operation}`] ?? '';

/** What is counted, for us and for the other. */
export function anchorRows({ file }: LifeOfAJob): [what: string, ours: number, theirs: number | string][] {
  const count = (isCounted: (call: BilledCalls) => boolean): number =>
    file.calls.filter(isCounted).reduce((sum, { calls }) => sum + calls, 0);
  const isRead = ({ operation }: BilledCalls): boolean =>
    ['GetItem', 'BatchGetItem', 'Query'].includes(operation);
  return [
    ['writes to DynamoDB', count((call) => call.service === 'dynamodb' && !isRead(call)), ANCHOR.writes],
    ['reads of DynamoDB', count((call) => call.service === 'dynamodb' && isRead(call)), ANCHOR.reads],
    ['calls of S3', count(({ service }) => service === 's3'), ANCHOR.s3Calls],
    ['calls in all', count(() => true), ANCHOR.calls],
  ];
}

/** One whole life, as the emulators' doors see it: nothing is counted by reading code. */
export async function lifeOfAJob(): Promise<LifeOfAJob> {
  const book = new MeterBook();
  const waybill = await startLocalWaybill({ meter: book, log: (line) => book.log(line) });
  const receiver = await startReceiver();
  const documents = privateDocuments(waybill);
  try {
    const jobs = new JobClient(waybill.local);
    const functions = deployedFunctions(waybill);
    const counted = async (play: () => Promise<unknown>, count = billed): Promise<Billed> => {
      await book.quiet();
      book.clear();
      await play();
      await book.quiet();
      return count(book, functions);
    };
    const whole = async (submit: () => Promise<string>): Promise<string> => {
      const id = await submit();
      // Past every door: our own polls would count.
      while ((await documents.job(id))?.expires_at === undefined) await wait(10);
      await jobs.status(id);
      return id;
    };
    const webhookUrl = receiver.url;
    // A first life each: secrets are read once by a container, and threads are warm then.
    let last = '';
    for (const each of [{}, { webhookUrl }]) last = await whole(() => jobs.submitPicture(each));
    await whole(() => jobs.submitText());
    const sweep = () => invokeFunction(waybill.local, waybill.local.functions.sweep);
    await sweep();
    const file = await counted(async () => {
      last = await whole(() => jobs.submitPicture());
    });
    return {
      file: { ...file, itemBytes: itemBytes((await documents.job(last)) ?? {}) },
      fileWithWebhook: await counted(() => whole(() => jobs.submitPicture({ webhookUrl }))),
      text: await counted(() => whole(() => jobs.submitText())),
      poll: await counted(() => jobs.status(last)),
      idleSweep: await counted(sweep, (...args) => billedTo('sweep', ...args)),
      rewritten: await resultsRewritten(waybill, book),
    };
  } finally {
    documents.stop();
    receiver.stop();
    await waybill.stop();
  }
}
