import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { RATE_LIMITS_KEY, TTL_ATTRIBUTE } from '../../lib/bindings.ts';
import { microsecondsOf, paceOf, type Reservation, turnsFrom } from '../../lib/domain/rate-limit.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';

/**
 * By its first refusal a reservation knows what there is, and only forwards does it move from there: a row that was in use
 * at this time stays in use at this time. So three are enough, unless a day's worth of turns is reserved in between.
 */
const MAX_ROUNDS = 5;
const DAY = 86_400_000_000;
/** Nobody waits for a turn that far away, and the number must stay one that is exact. */
const LONGEST_LINE = 366 * DAY;

/** The place of the next turn after the write, or, where it was refused, before it. */
type Answer = { readonly next: number } | { readonly stored: number | undefined };

interface Write {
  readonly limitKey: string;
  /** Microseconds that the turns take. */
  readonly cost: number;
  readonly now: number;
}

/**
 * The table of rate limits: a row for each that is in use. It keeps nobody waiting, it says when each may go.
 * Turns are never given back. A write whose answer was lost is sent again by the SDK and takes turns twice: some are wasted,
 * and the rate is not exceeded.
 */
export class RateLimitStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  /**
   * Takes `count` turns at once, and returns when each may be used, in order: `now` is at once. One write, or two where the
   * limit was not in use.
   * @throws WaybillError `unavailable` where others were faster again and again, or the line is longer than a year
   */
  async reserve({ limitKey, perSecond, count }: Reservation, now: Date): Promise<Date[]> {
    if (count === 0) return [];
    const pace = paceOf(perSecond);
    const write = { limitKey, cost: count * pace.interval, now: microsecondsOf(now) };
    // Where a limit matters, others wait already.
    let stored: number | undefined = write.now;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const isIdle: boolean = stored === undefined || stored < write.now;
      const answer: Answer = await this.send(isIdle ? this.begin(write) : this.lineUp(write, stored ?? 0));
      if ('next' in answer) return turnsFrom(answer.next - write.cost, count, pace, now);
      stored = answer.stored;
      if (stored !== undefined && stored > write.now + LONGEST_LINE) break;
    }
    throw new WaybillError('unavailable', `No turn of the rate limit ${limitKey} was to be had.`);
  }

  /** The first turn is now. */
  private begin({ limitKey, cost, now }: Write): UpdateCommand {
    return this.update(limitKey, {
      set: '#next = :next, #expires_at = :expires_at',
      condition: 'attribute_not_exists(#next) OR #next < :now',
      values: { ':next': now + cost, ':now': now, ':expires_at': secondsAfter(now + cost) },
    });
  }

  /** The first turn follows those that are taken, which is not later than a day after what was seen last. */
  private lineUp({ limitKey, cost, now }: Write, seen: number): UpdateCommand {
    const latest = seen + DAY;
    return this.update(limitKey, {
      set: '#next = #next + :cost, #expires_at = :expires_at',
      condition: '#next BETWEEN :now AND :latest',
      values: { ':cost': cost, ':now': now, ':latest': latest, ':expires_at': secondsAfter(latest + cost) },
    });
  }

  private update(
    limitKey: string,
    { set, condition, values }: { set: string; condition: string; values: Record<string, number> },
  ): UpdateCommand {
    return new UpdateCommand({
      TableName: this.table,
      Key: { [RATE_LIMITS_KEY]: limitKey },
      UpdateExpression: `SET ${set}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#next': 'next_free_at', '#expires_at': TTL_ATTRIBUTE },
      ExpressionAttributeValues: values,
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  }

  private async send(update: UpdateCommand): Promise<Answer> {
    try {
      return { next: (await this.client.send(update)).Attributes?.next_free_at };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { stored: error.Item && unmarshall(error.Item).next_free_at };
    }
  }
}

/** A row that no turn is left of is as good as none, so it may go any time after that. */
const secondsAfter = (time: number): number => Math.ceil(time / 1_000_000) + 1;
