import { billed, billedTo } from '../../../scripts/bench/billed-life.ts';
import { MeterBook } from '../../../scripts/bench/meter-book.ts';

const functions = {
  nameOf: (deployed: string) => (({ W1: 'worker', S1: 'sweep', U1: 'submit' }) as const)[deployed],
  memoryMb: () => 512,
};

const units = (table: number, index: number) => [
  {
    TableName: 'jobs',
    CapacityUnits: table + index,
    Table: { CapacityUnits: table },
    GlobalSecondaryIndexes: { open: { CapacityUnits: index } },
  },
];

function bookOfAJob(): MeterBook {
  const book = new MeterBook();
  book.call({ service: 'dynamodb', operation: 'PutItem', by: 'U1', consumed: units(1, 1) });
  book.call({ service: 's3', operation: 'PutObject', by: 'presigned', consumed: [] });
  book.call({ service: 'sqs', operation: 'SendMessage', by: 's3', consumed: [] });
  book.call({ service: 'dynamodb', operation: 'UpdateItem', by: 'W1', consumed: units(1, 2) });
  book.call({ service: 'dynamodb', operation: 'UpdateItem', by: 'W1', consumed: units(2, 0) });
  book.call({ service: 's3', operation: 'GetObject', by: 'W1', consumed: [] });
  book.call({ service: 's3', operation: 'HeadObject', by: 'W1', consumed: [] });
  book.call({ service: 's3', operation: 'ListObjects', by: 'W1', consumed: [] });
  book.call({ service: 'dynamodb', operation: 'Query', by: 'S1', consumed: units(0, 0.5) });
  book.invocation({ functionName: 'U1', event: '{"requestContext":{}}', milliseconds: 9.2 });
  book.invocation({ functionName: 'W1', event: '{"Records":[{"eventSource":"aws:sqs"}]}', milliseconds: 90 });
  book.invocation({
    functionName: 'W1',
    event: '{"Records":[{"eventSource":"aws:dynamodb"}]}',
    milliseconds: 1,
  });
  book.invocation({ functionName: 'S1', event: '{}', milliseconds: 35 });
  return book;
}

test('calls of one kind are one line, with the units of indexes apart', () => {
  const { calls } = billed(bookOfAJob(), functions);
  expect(calls).toContainEqual({
    ...{ by: 'worker', service: 'dynamodb', operation: 'UpdateItem' },
    ...{ calls: 2, units: 3, indexUnits: 2 },
  });
  expect(calls).toContainEqual(
    expect.objectContaining({ by: 'presigned', operation: 'PutObject', calls: 1 }),
  );
});

test('what is billed is added up, without the sweep that came in between', () => {
  const { usage } = billed(bookOfAJob(), functions);
  expect(usage).toMatchObject({
    httpRequests: 1,
    lambdaRequests: 3,
    dynamoDbWriteUnits: 7,
    dynamoDbReadUnits: 0,
    s3Writes: 2,
    s3Reads: 2,
  });
});

test('a batch of a queue is a receive and a delete on top of what was sent', () => {
  expect(billed(bookOfAJob(), functions).usage.sqsRequests).toBe(1 + 2);
});

test('Lambda rounds each invocation up to the millisecond', () => {
  expect(billed(bookOfAJob(), functions).usage.lambdaGbSeconds).toBeCloseTo(0.5 * (0.01 + 0.09 + 0.001), 10);
});

test('one function can be looked at alone', () => {
  const { calls, usage } = billedTo('sweep', bookOfAJob(), functions);
  expect(calls).toEqual([
    { by: 'sweep', service: 'dynamodb', operation: 'Query', calls: 1, units: 0, indexUnits: 0.5 },
  ]);
  expect(usage).toMatchObject({ lambdaRequests: 1, dynamoDbReadUnits: 0.5, dynamoDbWriteUnits: 0 });
});

test('a write that a condition refused is a unit, and a read that failed is none', () => {
  const book = bookOfAJob();
  for (const operation of ['UpdateItem', 'Query'])
    book.call({ service: 'dynamodb', operation, by: 'W1', consumed: [], refused: true });
  expect(billed(book, functions).usage).toMatchObject({ dynamoDbWriteUnits: 8, dynamoDbReadUnits: 0 });
});
