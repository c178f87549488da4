import { billedFanOut } from '../../../scripts/bench/billed-fan-out.ts';
import { MeterBook } from '../../../scripts/bench/meter-book.ts';
import type { MeteredCall } from '../../../scripts/local-cloud/meter.ts';

const functions = {
  nameOf: (deployed: string) =>
    (({ W1: 'worker', S1: 'submission-worker', P1: 'plan-tally', T1: 'tally', C1: 'sweep' }) as const)[
      deployed
    ],
  memoryMb: () => 512,
};

const write = (by: string, table: string, units = 1): MeteredCall => ({
  ...{ service: 'dynamodb', operation: 'UpdateItem', by },
  consumed: [{ TableName: table, CapacityUnits: units }],
});
const read = (by: string, table: string, units: number): MeteredCall => ({
  ...write(by, table, units),
  operation: table === 'submissions' ? 'Query' : 'GetItem',
});
const refused: MeteredCall = { ...write('S1', 'limits'), consumed: [], refused: true };
const send = (by: string): MeteredCall => ({ service: 'sqs', operation: 'SendMessage', by, consumed: [] });

const changesTo = (...statuses: string[]): string =>
  JSON.stringify({
    Records: statuses.map((S) => ({
      eventSource: 'aws:dynamodb',
      dynamodb: { NewImage: { status: { S } } },
    })),
  });

/** Two recipients, one of whom waits for a turn. */
function bookOfTwo(): MeterBook {
  const book = new MeterBook();
  const rows = [write('W1', 'submissions'), write('W1', 'submissions')];
  const sent = ['S1', 'S1', 'S1', 'S1', 'S1'].map((by) => write(by, 'submissions'));
  const turns = [refused, write('S1', 'limits'), write('S1', 'limits')];
  const counts = [read('T1', 'jobs', 1), read('T1', 'submissions', 2), write('T1', 'jobs', 3), send('T1')];
  const swept = [write('C1', 'jobs'), write('C1', 'submissions')];
  for (const call of [...rows, ...sent, ...turns, write('W1', 'jobs', 2), ...counts, ...swept])
    book.call(call);
  const events = [
    changesTo('queued', 'queued', 'processing', 'rate_limited'),
    changesTo('submitted', 'processing', 'submitted'),
  ];
  for (const [index, event] of events.entries())
    book.invocation({ functionName: 'P1', event, milliseconds: 10 + index });
  return book;
}

const counted = billedFanOut(bookOfTwo(), functions, { jobs: 'jobs', submissions: 'submissions' });

test('the units of rows, turns and the item are told apart, without those of sweep', () => {
  expect(counted).toMatchObject({
    ...{ rowWrites: 7, rowWriteUnits: 7, turnWriteUnits: 2, refusedWrites: 1 },
    ...{ itemWrites: 2, itemWriteUnits: 5, itemReadUnits: 1, countReadUnits: 2 },
  });
});

test('the stream tells what each write of a row was for', () => {
  expect(counted.rowWritesTo).toEqual({ queued: 2, processing: 2, rate_limited: 1, submitted: 2 });
});

test('writes of the item by counts stand apart, and messages that were put off', () => {
  expect(counted).toMatchObject({ itemWritesByCounts: 1, itemWritesInASecond: 1, postponedCounts: 1 });
});

test('what a condition refuses is paid for', () => {
  expect(counted.usage.dynamoDbWriteUnits).toBe(7 + 2 + 5 + 1);
});

test('the batches of a function are added up', () => {
  expect(counted.batches).toEqual([
    expect.objectContaining({ function: 'plan-tally', invocations: 2, records: 7, milliseconds: 21 }),
  ]);
});
