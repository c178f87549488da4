import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { LIST_INDEXES } from '../../lib/bindings.ts';
import { ownerStatusKey } from '../../lib/domain/list-keys.ts';
import type { Owned } from '../../lib/domain/owner.ts';
import { isTerminal, STATUSES } from '../../lib/domain/state-machine.ts';

/** In the order in which an assembly goes through them: what goes on during the count is counted twice, and not missed. */
const OPEN = STATUSES.filter((status) => !isTerminal(status));

const { name, partition } = LIST_INDEXES.byOwnerStatus;

/** How many assemblies of the owner are open, by the index, which may be a moment behind. More than `limit` are not counted on. */
export async function countOpen(
  owner: Owned,
  limit: number,
  { client, table }: { readonly client: DynamoDBDocumentClient; readonly table: string },
): Promise<number> {
  let count = 0;
  for (const status of OPEN) {
    let start: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: name,
          KeyConditionExpression: '#partition = :partition',
          ExpressionAttributeNames: { '#partition': partition },
          ExpressionAttributeValues: { ':partition': ownerStatusKey(owner, status) },
          Select: 'COUNT',
          Limit: limit + 1 - count,
          ExclusiveStartKey: start,
        }),
      );
      count += page.Count ?? 0;
      start = page.LastEvaluatedKey;
      if (count > limit) return count;
    } while (start);
  }
  return count;
}
