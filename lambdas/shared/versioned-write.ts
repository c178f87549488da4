import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** What every row has whose writes can explain their refusal. */
interface Versioned {
  /** Unique per write. */
  readonly last_writer: string;
}

/** `written` is false when the condition refused the write; then `item` is what is stored instead, if anything. */
export type VersionedOutcome<Item> =
  | { readonly written: true; readonly item: Item }
  | { readonly written: false; readonly item: Item | undefined };

/**
 * The outcome of a conditional write. The SDK retries by itself: a write whose answer was lost meets its own result as a
 * refusal. `last_writer` tells the two apart. Where somebody else has written since, the refusal stands.
 * @param write asks for `ReturnValuesOnConditionCheckFailure: ALL_OLD`
 */
export async function explainedWrite<Item extends Versioned>(
  writer: string,
  fromItem: (item: Record<string, unknown>) => Item,
  write: () => Promise<Item>,
): Promise<VersionedOutcome<Item>> {
  try {
    return { written: true, item: await write() };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const stored = error.Item && fromItem(unmarshall(error.Item));
    return stored?.last_writer === writer
      ? { written: true, item: stored }
      : { written: false, item: stored };
  }
}

export interface VersionedUpdate {
  /** The statuses that it is made from. */
  readonly from: readonly string[];
  /** Attributes that must have these values. */
  readonly fences: Readonly<Record<string, unknown>>;
  /** Attributes as they are stored. */
  readonly set: Readonly<Record<string, unknown>>;
  readonly remove: readonly string[];
  /** A further condition, with its own names and values. */
  readonly and?: {
    readonly condition: string;
    readonly names?: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, unknown>>;
  };
}

/** The parts of an UpdateItem that is conditional on status and fences, and adds 1 to `version`. */
export function updateExpressions({ from, fences, set, remove, and }: VersionedUpdate) {
  const names: Record<string, string> = { '#status': 'status', '#version': 'version', ...and?.names };
  const values: Record<string, unknown> = { ':one': 1, ...and?.values };
  const bind = (prefix: string, name: string, value: unknown): string => {
    names[`#${name}`] = name;
    values[`:${prefix}_${name}`] = value;
    return `#${name} = :${prefix}_${name}`;
  };
  const conditions = Object.entries(fences).map(([name, value]) => bind('fence', name, value));
  const statuses = from.map((status, index) => {
    values[`:from_${index}`] = status;
    return `:from_${index}`;
  });
  const sets = Object.entries(set).map(([name, value]) => bind('new', name, value));
  const removes = remove.map((name) => {
    names[`#${name}`] = name;
    return `#${name}`;
  });
  return {
    UpdateExpression:
      `SET ${sets.join(', ')}, #version = #version + :one` +
      (removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''),
    ConditionExpression: [
      `#status IN (${statuses.join(', ')})`,
      ...conditions,
      ...(and ? [and.condition] : []),
    ].join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
