import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { JOBS_KEY, LIST_INDEXES, LIST_POSITION, type ListIndex } from '../../lib/bindings.ts';

/** A part of an index of the jobs table: the places of one partition, between two of them, both included. */
export interface IndexRange {
  readonly index: ListIndex;
  readonly partition: string;
  readonly low: string;
  readonly high: string;
  /** What else must hold of a row. Rows are read, and paid for, before it. */
  readonly where?: {
    readonly templateId?: string;
    /** Whether its next run lies ahead of that time. */
    readonly delayed?: { readonly is: boolean; readonly at: Date };
  };
}

/** What an index says of an assembly. It may be a moment behind: look at the assembly before you believe it. */
export interface IndexRow {
  readonly assemblyId: string;
  readonly position: string;
}

export interface IndexRows {
  readonly rows: readonly IndexRow[];
  /** How many were read to find them. */
  readonly read: number;
  /** The place of the last that was read; undefined where none is left. */
  readonly reached: string | undefined;
}

/** The lists of the jobs table. Beside `AssemblyStore`, since most functions never list. */
export class AssemblyIndex {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** Rows of that range, from its upper end on. Of fewer than `most`, DynamoDB may give up earlier, at 1 MB. */
  async read({ index, partition, low, high, where = {} }: IndexRange, most: number): Promise<IndexRows> {
    const { name, partition: key } = LIST_INDEXES[index];
    const { filter, names, values } = conditionOf(where);
    const { Items, ScannedCount, LastEvaluatedKey } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: name,
        KeyConditionExpression: '#partition = :partition AND #position BETWEEN :low AND :high',
        ...(filter !== '' && { FilterExpression: filter }),
        ProjectionExpression: '#id, #position',
        ExpressionAttributeNames: {
          '#partition': key,
          '#position': LIST_POSITION,
          '#id': JOBS_KEY,
          ...names,
        },
        ExpressionAttributeValues: { ':partition': partition, ':low': low, ':high': high, ...values },
        ScanIndexForward: false,
        Limit: most,
      }),
    );
    return {
      rows: (Items ?? []).map((item) => ({
        assemblyId: String(item[JOBS_KEY]),
        position: String(item[LIST_POSITION]),
      })),
      read: ScannedCount ?? 0,
      reached: LastEvaluatedKey && String(LastEvaluatedKey[LIST_POSITION]),
    };
  }
}

interface Condition {
  readonly filter: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string>>;
}

function conditionOf({ templateId, delayed }: NonNullable<IndexRange['where']>): Condition {
  const parts: Condition[] = [];
  if (templateId !== undefined)
    parts.push({
      filter: '#template = :template',
      names: { '#template': 'template_id' },
      values: { ':template': templateId },
    });
  if (delayed !== undefined)
    parts.push({
      filter: delayed.is ? '#retry > :now' : '(attribute_not_exists(#retry) OR #retry <= :now)',
      names: { '#retry': 'next_retry_at' },
      values: { ':now': delayed.at.toISOString() },
    });
  return {
    filter: parts.map(({ filter }) => filter).join(' AND '),
    names: Object.assign({}, ...parts.map(({ names }) => names)),
    values: Object.assign({}, ...parts.map(({ values }) => values)),
  };
}
