import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBStreamEvent, SQSEvent } from 'aws-lambda';
import type { FunctionName } from '../../lib/bindings.ts';
import type { SubmissionStatus } from '../../lib/domain/submission.ts';
import type { MeteredInvocation } from '../local-cloud/meter.ts';
import { billed, type DeployedFunctions } from './billed-life.ts';
import type { BookedCall, MeterBook } from './meter-book.ts';
import { mostWithin } from './statistics.ts';
import type { Usage } from './usage.ts';

/** Names in the deployment. */
export interface FanOutTables {
  readonly jobs: string;
  readonly submissions: string;
}

export interface Batches {
  readonly function: FunctionName;
  readonly invocations: number;
  /** Records of a stream or messages of a queue, in all. */
  readonly records: number;
  readonly milliseconds: number;
  readonly longestMs: number;
  readonly largestEventKb: number;
}

/** What one assembly with recipients took. */
export interface BilledFanOut {
  /** Of the submissions table. */
  readonly rowWrites: number;
  readonly rowWriteUnits: number;
  /** Writes by the status that the row has after them, as the stream tells. */
  readonly rowWritesTo: Partial<Record<SubmissionStatus, number>>;
  /** Of the table of rate limits. */
  readonly turnWriteUnits: number;
  /** Of any table, by a condition. */
  readonly refusedWrites: number;
  /** Of the rows that the counts have read. */
  readonly countReadUnits: number;
  /** Messages to `tally` that came before their time and were sent on. */
  readonly postponedCounts: number;
  /** Of the assembly's own item. */
  readonly itemWrites: number;
  readonly itemWriteUnits: number;
  readonly itemWritesByCounts: number;
  /** The most of these in any second. */
  readonly itemWritesInASecond: number;
  readonly itemReadUnits: number;
  readonly batches: readonly Batches[];
  readonly usage: Partial<Usage>;
}

const READS = /^(GetItem|BatchGetItem|Query|Scan)$/;
const SECOND_MS = 1_000;

/** What the pages of the book say of one assembly with recipients that was alone on the cloud. */
export function billedFanOut(
  book: MeterBook,
  functions: DeployedFunctions,
  tables: FanOutTables,
): BilledFanOut {
  const nameOf = ({ by }: BookedCall): string => functions.nameOf(by) ?? by;
  const calls = book.calls.filter((call) => call.service === 'dynamodb' && nameOf(call) !== 'sweep');
  const reads = calls.filter(({ operation }) => READS.test(operation));
  const writes = calls.filter(({ operation }) => !READS.test(operation));
  const to = (table: string) => (call: BookedCall) =>
    call.consumed.some(({ TableName }) => TableName === table);
  const by = (name: FunctionName) => (call: BookedCall) => nameOf(call) === name;
  const rowWrites = writes.filter(to(tables.submissions));
  const itemWrites = writes.filter(to(tables.jobs));
  // Whoever sends takes turns; what else it writes is rows.
  const turns = writes.filter(by('submission-worker')).filter((call) => !rowWrites.includes(call));
  const itemReads = reads.filter(to(tables.jobs));
  const countReads = reads.filter(to(tables.submissions)).filter(by('tally'));
  const ended = book.invocations.filter(({ functionName }) => functions.nameOf(functionName) !== 'sweep');
  const postponedCounts = book.calls.filter((call) => call.service === 'sqs' && by('tally')(call)).length;
  const itemWritesByCounts = itemWrites.filter(by('tally'));
  return {
    rowWrites: rowWrites.length,
    rowWriteUnits: unitsOf(rowWrites),
    rowWritesTo: writesByStatus(
      ended.filter(({ functionName }) => functions.nameOf(functionName) === 'plan-tally'),
    ),
    turnWriteUnits: unitsOf(turns),
    refusedWrites: writes.filter(({ refused }) => refused).length,
    countReadUnits: unitsOf(countReads),
    postponedCounts,
    itemWrites: itemWrites.length,
    itemWriteUnits: unitsOf(itemWrites),
    itemWritesByCounts: itemWritesByCounts.length,
    itemWritesInASecond: mostWithin(
      itemWritesByCounts.map(({ at }) => at),
      SECOND_MS,
    ),
    itemReadUnits: unitsOf(itemReads),
    batches: batchesOf(ended, functions),
    usage: billed(book, functions).usage,
  };
}

const unitsOf = (calls: readonly BookedCall[]): number =>
  calls.flatMap(({ consumed }) => consumed).reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0);

function writesByStatus(
  invocations: readonly MeteredInvocation[],
): Partial<Record<SubmissionStatus, number>> {
  const counts: Partial<Record<SubmissionStatus, number>> = {};
  for (const { event } of invocations)
    for (const { dynamodb } of (JSON.parse(event) as DynamoDBStreamEvent).Records) {
      const { status } = unmarshall((dynamodb?.NewImage ?? {}) as never) as { status: SubmissionStatus };
      counts[status] = (counts[status] ?? 0) + 1;
    }
  return counts;
}

function batchesOf(invocations: readonly MeteredInvocation[], { nameOf }: DeployedFunctions): Batches[] {
  const byName = new Map<FunctionName, Batches>();
  for (const { functionName, event, milliseconds } of invocations) {
    const name = nameOf(functionName);
    if (name === undefined) continue;
    const { Records = [] } = JSON.parse(event) as Partial<SQSEvent>;
    const before = byName.get(name);
    byName.set(name, {
      function: name,
      invocations: (before?.invocations ?? 0) + 1,
      records: (before?.records ?? 0) + Records.length,
      milliseconds: (before?.milliseconds ?? 0) + milliseconds,
      longestMs: Math.max(before?.longestMs ?? 0, milliseconds),
      largestEventKb: Math.max(before?.largestEventKb ?? 0, Buffer.byteLength(event) / 1024),
    });
  }
  return [...byName.values()];
}
