import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { DeliveryStore } from '../../../lambdas/shared/delivery-store.ts';
import { queueDelivery } from '../../../lambdas/shared/queue-delivery.ts';
import { sendDueDeliveries } from '../../../lambdas/sweep/send-due-deliveries.ts';
import { dispatchDelivery } from '../../../lambdas/webhook-dispatcher/dispatch-delivery.ts';
import type { WebhookAnswer } from '../../../lambdas/webhook-dispatcher/post-webhook.ts';
import type { Delivery, DeliveryMessage } from '../../../lib/domain/delivery.ts';
import { WEBHOOK_SCHEDULE } from '../../../lib/domain/retry-schedule.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { scratchTable } from '../../scratch-table.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Of the queue, as lib/constructs/work-queue.ts sets them for a function of 30 s. */
const VISIBILITY_MS = 180 * SECOND;
const MAX_RECEIVE_COUNT = 5;
/** What is due within it, sweep sends. */
const WINDOW_MS = 15 * MINUTE;

export interface VirtualSettings {
  /** How the receiver answers the n-th post, from 1. */
  answer(post: number, now: Date): WebhookAnswer;
  readonly random?: () => number;
  /** How long an exchange with the receiver takes. */
  readonly exchangeMs?: number;
  /** How many copies of each message arrive at the same time. */
  readonly copies?: number;
  /** What becomes of the n-th message that is sent, from 1: an error for the sender, nothing, or a message. */
  onSend?(sent: number, now: Date): 'refused' | 'lost' | 'sent';
  /** Whether the dispatcher dies after the n-th post, from 1, before it has recorded the attempt. */
  diesAfter?(post: number): boolean;
  /** Whether Secrets Manager answers. */
  hasSecret?(now: Date): boolean;
  /** Milliseconds past the start at which sweep runs for the first time; then as `sweepMinutes` says. */
  readonly firstSweepMs?: number;
  /** Minutes from one sweep to the next: 1 in a deployment. */
  readonly sweepMinutes?: number;
  /** Runs every sweep, also where it has nothing to do. */
  readonly everySweep?: boolean;
}

interface Waiting {
  readonly message: DeliveryMessage;
  readonly receives: number;
  readonly at: number;
}

const START = Date.parse('2026-11-20T17:00:00.000Z');

/**
 * One webhook on a clock of its own: the real use cases and the real table, a queue in memory, and a sweep each minute.
 * Where nothing can happen, the clock jumps.
 */
export async function virtualWebhook(settings: VirtualSettings) {
  const { answer, random = () => 0.5, exchangeMs = 0, copies = 1, firstSweepMs = 0 } = settings;
  const { onSend = () => 'sent', diesAfter = () => false, hasSecret = () => true, everySweep } = settings;
  const sweepMs = (settings.sweepMinutes ?? 1) * MINUTE;
  const { documents, name } = await scratchTable(['endpoint_id', 'event_id'], {
    indexes: { due: ['due_shard', 'due_at'] },
  });
  const deliveries = new DeliveryStore(documents, name);
  let time = START;
  let nextSweep = START + firstSweepMs;
  let sends = 0;
  let sweeps = 0;
  let oldestDueSeconds = 0;
  let queue: Waiting[] = [];
  const deadLetters: DeliveryMessage[] = [];
  /** The counts that the posts were made for. */
  const posts: number[] = [];
  const now = (): Date => new Date(time);

  const webhooks = {
    async send(
      message: DeliveryMessage,
      { delaySeconds = 0 }: { delaySeconds?: number } = {},
    ): Promise<void> {
      if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > 900)
        throw new Error(`SQS does not take a delay of ${delaySeconds} s`);
      const fate = onSend(++sends, now());
      if (fate === 'refused') throw new Error('The queue does not answer');
      if (fate === 'sent') queue.push({ message, receives: 0, at: time + delaySeconds * SECOND });
    },
  };
  const dispatching = {
    deliveries,
    webhooks,
    async post() {
      const { attempt_count } = await row();
      posts.push(attempt_count);
      time += exchangeMs;
      if (diesAfter(posts.length)) throw new Error('The function has died');
      return answer(posts.length, now());
    },
    async masterSecret() {
      if (!hasSecret(now())) throw new Error('Secrets Manager does not answer');
      return 'master';
    },
    schedule: WEBHOOK_SCHEDULE,
    now,
    random,
  };

  async function row(): Promise<Delivery> {
    const { Items = [] } = await documents.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
    return Items[0] as Delivery;
  }

  /** The first tick at which sweep has something to do. */
  async function sweepAt(): Promise<number> {
    const { state, due_at = '', next_attempt_at = '' } = (await row()) ?? {};
    if (state !== 'pending') return Number.POSITIVE_INFINITY;
    if (everySweep) return nextSweep;
    const from = due_at > next_attempt_at ? Date.parse(due_at) : Date.parse(due_at) - WINDOW_MS;
    return nextSweep + Math.max(0, Math.ceil((from - nextSweep) / sweepMs)) * sweepMs;
  }

  async function sweep(tick: number): Promise<void> {
    time = Math.max(time, tick);
    nextSweep = tick + sweepMs;
    sweeps++;
    const outcome = await sendDueDeliveries({ deliveries, webhooks, now, mayGoOn: () => true });
    oldestDueSeconds = Math.max(oldestDueSeconds, outcome.oldestDueSeconds);
  }

  async function receive(first: number): Promise<void> {
    time = Math.max(time, first);
    const batch = queue.filter(({ at }) => at <= time);
    queue = queue.filter(({ at }) => at > time);
    const received = time;
    const outcomes = await Promise.allSettled(
      batch.flatMap(({ message }) =>
        Array.from({ length: copies }, () => dispatchDelivery(message, dispatching)),
      ),
    );
    for (const [index, waiting] of batch.entries()) {
      if (outcomes[index * copies]?.status === 'fulfilled') continue;
      const receives = waiting.receives + 1;
      if (receives === MAX_RECEIVE_COUNT) deadLetters.push(waiting.message);
      else queue.push({ ...waiting, receives, at: received + VISIBILITY_MS });
    }
  }

  const assembly = sampleAssembly({ status: 'completed', webhook_url: 'https://example.com/hook' });
  const telling = {
    masterSecret: async () => 'master',
    apiUrl: 'https://api.example.com',
    submissions: new InMemorySubmissionStore(),
  };
  /** What notify does; a stream record comes again until it succeeds. */
  const notify = async (): Promise<void> => {
    await queueDelivery(assembly, { deliveries, webhooks, now, ...telling });
  };

  /** Plays until nothing is to come, or until that many milliseconds after the start. */
  async function play(untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const message = Math.min(...queue.map(({ at }) => at));
      const tick = await sweepAt();
      const next = Math.min(message, tick);
      if (next > START + untilMs || next === Number.POSITIVE_INFINITY) return;
      if (message <= tick) await receive(message);
      else await sweep(tick);
    }
  }

  return {
    notify,
    play,
    row,
    /** Seconds from each attempt to the next. */
    async intervals(): Promise<number[]> {
      const times = (await row()).attempts.map(({ at }) => Date.parse(at));
      return times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / SECOND);
    },
    forget: async (): Promise<void> => {
      const { endpoint_id, event_id } = await row();
      await documents.send(new DeleteCommand({ TableName: name, Key: { endpoint_id, event_id } }));
    },
    seen: () => ({ posts, deadLetters, sends, sweeps, oldestDueSeconds, seconds: (time - START) / SECOND }),
  };
}
