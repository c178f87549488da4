import { BatchWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What BatchWriteItem takes at most. */
const BATCH = 25;
/** dynoxide writes one batch after the other: more would only wait. */
const AT_ONCE = 4;

/** Writes rows straight into a table, as fast as it takes them. */
export async function fillTable(
  documents: DynamoDBDocumentClient,
  table: string,
  rows: Iterable<Record<string, unknown>>,
): Promise<void> {
  const iterator = rows[Symbol.iterator]();
  const write = async (): Promise<void> => {
    for (let batch = next(iterator); batch.length > 0; batch = next(iterator)) {
      const puts = batch.map((Item) => ({ PutRequest: { Item } }));
      const { UnprocessedItems = {} } = await documents.send(
        new BatchWriteCommand({ RequestItems: { [table]: puts } }),
      );
      if (Object.keys(UnprocessedItems).length > 0) throw new Error(`${table} did not take every row`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

function next(iterator: Iterator<Record<string, unknown>>): Record<string, unknown>[] {
  const batch: Record<string, unknown>[] = [];
  while (batch.length < BATCH) {
    const { done, value } = iterator.next();
    if (done) break;
    batch.push(value);
  }
  return batch;
}
