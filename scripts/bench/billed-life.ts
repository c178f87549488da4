import type { FunctionName } from '../../lib/bindings.ts';
import type { MeteredCall, MeteredInvocation } from '../local-cloud/meter.ts';
import type { MeterBook } from './meter-book.ts';
import type { Usage } from './usage.ts';

/** Calls of one kind. */
export interface BilledCalls {
  readonly by: string;
  readonly service: MeteredCall['service'];
  readonly operation: string;
  readonly calls: number;
  /** Of the tables, and of their indexes. */
  readonly units: number;
  readonly indexUnits: number;
}

export interface BilledInvocations {
  readonly function: string;
  readonly source: EventSource;
  readonly invocations: number;
  readonly milliseconds: number;
}

export interface Billed {
  readonly calls: readonly BilledCalls[];
  readonly invocations: readonly BilledInvocations[];
  readonly usage: Partial<Usage>;
}

export type EventSource = 'http' | 'queue' | 'stream' | 'schedule';

export interface DeployedFunctions {
  /** The name in the deployment → that of the folder. */
  nameOf(deployed: string): FunctionName | undefined;
  memoryMb(deployed: string): number;
}

const READS = /^(GetItem|BatchGetItem|Query|Scan)$/;
const S3_READS = /^(Get|Head)/;
/** `START`, `END` and `REPORT`, which Lambda itself writes to the log of every invocation. */
const PLATFORM_LOG_BYTES = 420;
const GB = 2 ** 30;

/** What the pages of the book say, by kinds and as what is billed. Calls of `sweep`, which runs by the clock, are left out. */
export function billed(book: MeterBook, functions: DeployedFunctions): Billed {
  const isSwept = (name: string): boolean => functions.nameOf(name) === 'sweep';
  const calls = book.calls.filter(({ by }) => !isSwept(by));
  const invocations = book.invocations.filter(({ functionName }) => !isSwept(functionName));
  return billedOf({ calls, invocations, logBytes: book.logBytes }, functions);
}

/** The same of one function alone. */
export function billedTo(name: FunctionName, book: MeterBook, functions: DeployedFunctions): Billed {
  const isOurs = (deployed: string): boolean => functions.nameOf(deployed) === name;
  const calls = book.calls.filter(({ by }) => isOurs(by));
  const invocations = book.invocations.filter(({ functionName }) => isOurs(functionName));
  return billedOf({ calls, invocations, logBytes: book.logBytes }, functions);
}

function billedOf(
  { calls, invocations, logBytes }: Pick<MeterBook, 'calls' | 'invocations' | 'logBytes'>,
  functions: DeployedFunctions,
): Billed {
  const ofService = (service: MeteredCall['service']) => calls.filter((call) => call.service === service);
  const units = (isRead: boolean): number =>
    sum(
      ofService('dynamodb')
        .filter(({ operation }) => READS.test(operation) === isRead)
        .map(unitsOf),
    );
  const s3 = ofService('s3').map(({ operation }) => operation);
  const sources = invocations.map(sourceOf);
  return {
    calls: byKind(calls, functions),
    invocations: invocationsByKind(invocations, functions),
    usage: {
      httpRequests: sources.filter((source) => source === 'http').length,
      lambdaRequests: invocations.length,
      lambdaGbSeconds: sum(invocations.map((each) => gbSeconds(each, functions))),
      dynamoDbWriteUnits: units(false),
      dynamoDbReadUnits: units(true),
      // Lambda receives and deletes each batch, which is charged as if we did.
      sqsRequests: ofService('sqs').length + 2 * sources.filter((source) => source === 'queue').length,
      s3Writes: s3.filter((operation) => !S3_READS.test(operation)).length,
      s3Reads: s3.filter((operation) => S3_READS.test(operation)).length,
      secretReads: ofService('secretsmanager').length,
      logsGb: (logBytes + PLATFORM_LOG_BYTES * invocations.length) / GB,
    },
  };
}

function byKind(calls: readonly MeteredCall[], { nameOf }: DeployedFunctions): BilledCalls[] {
  const kinds = new Map<string, BilledCalls>();
  for (const call of calls) {
    const { service, operation } = call;
    const by = nameOf(call.by) ?? call.by;
    const key = [by, service, operation].join(' ');
    const { calls: before, units, indexUnits } = kinds.get(key) ?? { calls: 0, units: 0, indexUnits: 0 };
    const ofIndexes = indexUnitsOf(call);
    kinds.set(key, {
      ...{ by, service, operation, calls: before + 1 },
      units: units + unitsOf(call) - ofIndexes,
      indexUnits: indexUnits + ofIndexes,
    });
  }
  return [...kinds.values()];
}

function invocationsByKind(
  invocations: readonly MeteredInvocation[],
  { nameOf }: DeployedFunctions,
): BilledInvocations[] {
  const kinds = new Map<string, BilledInvocations>();
  for (const invocation of invocations) {
    const { functionName, milliseconds } = invocation;
    const source = sourceOf(invocation);
    const key = `${functionName} ${source}`;
    const before = kinds.get(key) ?? { invocations: 0, milliseconds: 0 };
    kinds.set(key, {
      function: nameOf(functionName) ?? functionName,
      source,
      invocations: before.invocations + 1,
      milliseconds: before.milliseconds + milliseconds,
    });
  }
  return [...kinds.values()];
}

/** What a condition refuses is billed as well, by the size of the item: ours have about 1 KB. */
const UNITS_OF_REFUSED = 1;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const unitsOf = ({ operation, consumed, refused }: MeteredCall): number =>
  refused && !READS.test(operation)
    ? UNITS_OF_REFUSED
    : sum(consumed.map(({ CapacityUnits }) => CapacityUnits));

const indexUnitsOf = ({ consumed }: MeteredCall): number =>
  sum(
    consumed.flatMap(({ GlobalSecondaryIndexes = {} }) =>
      Object.values(GlobalSecondaryIndexes).map(({ CapacityUnits }) => CapacityUnits),
    ),
  );

function sourceOf({ event }: MeteredInvocation): EventSource {
  const { requestContext, Records } = JSON.parse(event) as {
    requestContext?: object;
    Records?: readonly { readonly eventSource: string }[];
  };
  if (requestContext) return 'http';
  if (!Records) return 'schedule';
  return Records[0]?.eventSource === 'aws:sqs' ? 'queue' : 'stream';
}

/** Lambda rounds up to the millisecond. */
const gbSeconds = (
  { functionName, milliseconds }: MeteredInvocation,
  { memoryMb }: DeployedFunctions,
): number => (Math.ceil(milliseconds) / 1000) * (memoryMb(functionName) / 1024);
