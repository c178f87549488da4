import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface ReadCount {
  readonly calls: number;
  /** Of indexes, found or not. */
  readonly rows: number;
  readonly units: number;
}

interface Answered {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
  readonly ScannedCount?: number;
}

/** Counts what this client reads from now on, as DynamoDB itself tells. To be stopped afterwards. */
export function countingReads(client: DynamoDBDocumentClient): { count(): ReadCount; stop(): void } {
  const name = 'countingReads';
  let counted: ReadCount = { calls: 0, rows: 0, units: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const input = { ...args.input, ReturnConsumedCapacity: 'TOTAL' };
      const answer = await next({ ...args, input } as typeof args);
      const { ConsumedCapacity = [], ScannedCount = 0 } = answer.output as Answered;
      const units = [ConsumedCapacity].flat().reduce((sum, each) => sum + (each.CapacityUnits ?? 0), 0);
      counted = {
        calls: counted.calls + 1,
        rows: counted.rows + ScannedCount,
        units: counted.units + units,
      };
      return answer;
    },
    { step: 'initialize', name },
  );
  return { count: () => counted, stop: () => void client.middlewareStack.remove(name) };
}
