import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { canTransition, predecessorsOf, STATUSES, type Status } from '../../lib/domain/state-machine.ts';
import { fromItem, toItem } from './assembly-item.ts';

/** What the store itself sets with each write. */
type Bookkeeping = 'assembly_id' | 'version' | 'updated_at' | 'last_writer';

export type NewAssembly = Omit<Assembly, 'version' | 'updated_at' | 'last_writer'>;

/**
 * A conditional change. It is made only to an assembly that is in one of `from` and matches every given number. A change
 * of status without `from` is made from wherever the state machine lets it.
 */
export interface AssemblyChange {
  readonly from?: readonly Status[];
  readonly attempt?: number;
  readonly claim?: number;
  readonly version?: number;
  readonly set: Partial<Omit<Assembly, Bookkeeping>>;
  readonly remove?: readonly Exclude<keyof Assembly, Bookkeeping>[];
}

/** `written` is false when the condition refused the write; then `assembly` is what is stored instead, if anything. */
export type WriteOutcome =
  | { readonly written: true; readonly assembly: Assembly }
  | { readonly written: false; readonly assembly: Assembly | undefined };

/** The jobs table. Every write is conditional, adds 1 to `version`, and explains its refusal without another read. */
export class AssemblyStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  private readonly newWriter: () => string;

  constructor(client: DynamoDBDocumentClient, table: string, newWriter: () => string = randomUUID) {
    this.client = client;
    this.table = table;
    this.newWriter = newWriter;
  }

  async get(assemblyId: string, { consistent }: { consistent: boolean }): Promise<Assembly | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { assembly_id: assemblyId }, ConsistentRead: consistent }),
    );
    return Item && fromItem(Item);
  }

  /** Writes a new assembly, or over one that is past its time to live. */
  async create(assembly: NewAssembly, now: Date): Promise<WriteOutcome> {
    const created: Assembly = {
      ...assembly,
      version: 1,
      updated_at: now.toISOString(),
      last_writer: this.newWriter(),
    };
    return this.explained(created.last_writer, async () => {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: toItem(created),
          ConditionExpression: 'attribute_not_exists(assembly_id) OR expires_at <= :now',
          ExpressionAttributeValues: { ':now': epochSeconds(now) },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return created;
    });
  }

  async change(assemblyId: string, change: AssemblyChange, now: Date): Promise<WriteOutcome> {
    const writer = this.newWriter();
    return this.explained(writer, async () => {
      const { Attributes } = await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { assembly_id: assemblyId },
          ...changeExpressions(change, writer, now),
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return fromItem(Attributes ?? {});
    });
  }

  /**
   * The SDK retries by itself: a write whose answer was lost meets its own result as a refusal. `last_writer` tells the
   * two apart. Where somebody else has written since, the refusal stands.
   */
  private async explained(writer: string, write: () => Promise<Assembly>): Promise<WriteOutcome> {
    try {
      return { written: true, assembly: await write() };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const stored = error.Item && fromItem(unmarshall(error.Item));
      return stored?.last_writer === writer
        ? { written: true, assembly: stored }
        : { written: false, assembly: stored };
    }
  }
}

function changeExpressions(change: AssemblyChange, writer: string, now: Date) {
  const { attempt, claim, version, set, remove = [] } = change;
  const from = conditionOf(change);
  const names: Record<string, string> = { '#status': 'status', '#version': 'version' };
  const values: Record<string, unknown> = { ':one': 1 };
  const bind = (prefix: string, name: string, value: unknown): string => {
    names[`#${name}`] = name;
    values[`:${prefix}_${name}`] = value;
    return `#${name} = :${prefix}_${name}`;
  };
  const fences = Object.entries({ attempt, claim, version })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => bind('fence', name, value));
  const statuses = from.map((status, index) => {
    values[`:from_${index}`] = status;
    return `:from_${index}`;
  });
  const sets = Object.entries(toItem({ ...set, updated_at: now.toISOString(), last_writer: writer }))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => bind('new', name, value));
  const removes = remove.map((name) => {
    names[`#${name}`] = name;
    return `#${name}`;
  });
  return {
    UpdateExpression:
      `SET ${sets.join(', ')}, #version = #version + :one` +
      (removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''),
    ConditionExpression: [`#status IN (${statuses.join(', ')})`, ...fences].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

/**
 * The statuses that the write is made from.
 * @throws Error for a move that the state machine does not have: a fault of ours, whatever is stored
 */
export function conditionOf({ from, set: { status } }: AssemblyChange): readonly Status[] {
  if (status === undefined) return from ?? STATUSES;
  const stray = from?.find(
    (before) => before !== status && !canTransition(before, status, { external: true }),
  );
  if (stray !== undefined) throw new Error(`No write may move an assembly from ${stray} to ${status}`);
  return from ?? predecessorsOf(status);
}
