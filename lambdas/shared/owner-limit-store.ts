import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { RATE_LIMITS_KEY, TTL_ATTRIBUTE } from '../../lib/bindings.ts';
import { epochSeconds } from '../../lib/domain/assembly.ts';
import { ownerKey } from '../../lib/domain/list-keys.ts';
import type { Owned } from '../../lib/domain/owner.ts';
import {
  lastPlace,
  type OwnerLimits,
  type OwnerRow,
  type Refusal,
  refusalOf,
  submissionInterval,
} from '../../lib/domain/owner-limit.ts';
import { microsecondsOf } from '../../lib/domain/rate-limit.ts';

/** The row after the turn was given, or the one that refused it. */
export type OwnerTurn = { readonly row: OwnerRow; readonly refusal?: Refusal };

/** Longer than an assembly can be open, 30 days of an external worker: a row that goes forgets how many are. */
const ROW_DAYS = 60;
/** The first guess, the other one, and both again where the row changed in between. */
const MAX_ROUNDS = 4;
/** Owners whose last submissions a container remembers. */
const MAX_KNOWN = 1_000;
/** A submission waits no longer than that to be counted: the SDK by itself would wait for 15 s. */
export const PATIENCE_MS = 3_000;

/**
 * A row for each owner in the table of rate limits. Its key is a JSON array: those of templates' limits begin with a letter.
 * A turn is one conditional write, and a second one where a container guesses wrong whether the owner comes after a pause. A
 * write whose answer was lost is sent again by the SDK and counts twice: the rate recovers by itself, `open` with the next
 * count.
 */
export class OwnerLimitStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;
  /** By key: the place in line after the last turn. */
  private readonly known = new Map<string, number>();

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /** @param opens whether the turn is to open an assembly, too */
  async take(owner: Owned, opens: boolean, limits: OwnerLimits, now: Date): Promise<OwnerTurn> {
    const key = ownerKey(owner);
    const time = microsecondsOf(now);
    let next = this.known.get(key) ?? 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const { written, row } = await this.update(key, turnOf({ isIdle: next < time, opens, limits, now }));
      next = row.next_free_at ?? 0;
      this.remember(key, next);
      if (written) return { row };
      const refusal = refusalOf(row, limits, { opens, now });
      if (refusal) return { row, refusal };
    }
    throw new Error('The row of the owner changes faster than it can be written');
  }

  /** Notes how many are out, unless somebody else has since this row was seen. */
  async mark(owner: Owned, { mark_at }: OwnerRow, now: Date): Promise<{ written: boolean; row: OwnerRow }> {
    return this.update(ownerKey(owner), {
      UpdateExpression: 'SET #mark_open = #open, #mark_at = :now',
      ConditionExpression: mark_at === undefined ? 'attribute_not_exists(#mark_at)' : '#mark_at = :seen',
      ExpressionAttributeNames: { '#open': 'open', '#mark_open': 'mark_open', '#mark_at': 'mark_at' },
      ExpressionAttributeValues: {
        ':now': now.getTime(),
        ...(mark_at !== undefined && { ':seen': mark_at }),
      },
    });
  }

  /** What a count has found, into the row of which `mark_at` was written for it. */
  async correct(
    owner: Owned,
    { mark_at = 0 }: OwnerRow,
    by: number,
  ): Promise<{ written: boolean; row: OwnerRow }> {
    return this.update(ownerKey(owner), {
      UpdateExpression: 'SET #open = #open + :by, #mark_open = #mark_open + :by, #mark_at = :after',
      ConditionExpression: '#mark_at = :seen',
      ExpressionAttributeNames: { '#open': 'open', '#mark_open': 'mark_open', '#mark_at': 'mark_at' },
      // Another time than before: sent again by the SDK, the write is refused and does not count twice.
      ExpressionAttributeValues: { ':by': by, ':seen': mark_at, ':after': mark_at + 1 },
    });
  }

  private async update(
    key: string,
    input: Omit<UpdateCommandInput, 'TableName' | 'Key'>,
  ): Promise<{ written: boolean; row: OwnerRow }> {
    const command = new UpdateCommand({
      TableName: this.table,
      Key: { [RATE_LIMITS_KEY]: key },
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ...input,
    });
    try {
      const abortSignal = AbortSignal.timeout(PATIENCE_MS);
      return { written: true, row: (await this.client.send(command, { abortSignal })).Attributes ?? {} };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { written: false, row: error.Item ? unmarshall(error.Item) : {} };
    }
  }

  private remember(key: string, next: number): void {
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= MAX_KNOWN) this.known.delete(oldest);
    this.known.set(key, next);
  }
}

interface Turn {
  readonly isIdle: boolean;
  readonly opens: boolean;
  readonly limits: OwnerLimits;
  readonly now: Date;
}

/** The write of a turn. After a pause, the line begins with it; else it goes to the end of the line. */
function turnOf({ isIdle, opens, limits, now }: Turn): Omit<UpdateCommandInput, 'TableName' | 'Key'> {
  const names: Record<string, string> = { '#expires_at': TTL_ATTRIBUTE };
  const values: Record<string, number> = { ':expires_at': epochSeconds(now) + ROW_DAYS * 86_400 };
  const set = ['#expires_at = :expires_at'];
  const conditions: string[] = [];
  if (limits.perMinute > 0) {
    const interval = submissionInterval(limits);
    const time = microsecondsOf(now);
    Object.assign(names, { '#next': 'next_free_at' });
    values[':now'] = time;
    if (isIdle) {
      values[':next'] = time + interval;
      set.push('#next = :next');
      conditions.push('(attribute_not_exists(#next) OR #next < :now)');
    } else {
      Object.assign(values, { ':interval': interval, ':last': lastPlace(limits, now) });
      set.push('#next = #next + :interval');
      conditions.push('#next BETWEEN :now AND :last');
    }
  }
  if (opens && limits.open > 0) {
    Object.assign(names, { '#open': 'open', '#mark_open': 'mark_open', '#mark_at': 'mark_at' });
    Object.assign(values, { ':zero': 0, ':one': 1, ':limit': limits.open, ':time': now.getTime() });
    set.push('#open = if_not_exists(#open, :zero) + :one');
    // A new row: nothing was given out until now.
    set.push('#mark_open = if_not_exists(#mark_open, :zero)', '#mark_at = if_not_exists(#mark_at, :time)');
    conditions.push('(attribute_not_exists(#open) OR #open < :limit)');
  }
  return {
    UpdateExpression: `SET ${set.join(', ')}`,
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
