import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Outcome, Platform } from './invocation.ts';
import type { SimulatedQueue } from './simulated-queue.ts';

export interface QueueMappingSettings {
  readonly batchSize: number;
  readonly maxConcurrency: number;
}

/** The event source mapping from a queue to a function: deletes what the function did not name as failed. */
export class QueueMapping {
  private readonly queue: SimulatedQueue;
  private readonly invoke: (event: SQSEvent) => Promise<Outcome<SQSBatchResponse>>;
  private readonly settings: QueueMappingSettings;
  private readonly platform: Platform;
  private running = 0;

  constructor(
    queue: SimulatedQueue,
    invoke: (event: SQSEvent) => Promise<Outcome<SQSBatchResponse>>,
    settings: QueueMappingSettings,
    platform: Platform,
  ) {
    this.queue = queue;
    this.invoke = invoke;
    this.settings = settings;
    this.platform = platform;
    queue.onVisible = (ms) => this.pollAfter(ms);
  }

  private pollAfter(ms: number): void {
    const { scheduler } = this.platform;
    scheduler.after(ms, () => void this.poll());
  }

  private async poll(): Promise<void> {
    const { faults, random } = this.platform;
    if (faults.outageLeft > 0) return this.pollAfter(faults.outageLeft + random.int(0, 60_000));
    if (this.running >= this.settings.maxConcurrency) return;
    const messages = this.queue.receive(random.int(1, this.settings.batchSize));
    if (messages.length === 0) return;
    this.running += 1;
    const outcome = await this.invoke({
      Records: messages.map(({ id, body }) => ({ messageId: id, body })) as SQSEvent['Records'],
    });
    this.running -= 1;
    if (outcome.ok) {
      const failed = new Set(outcome.value.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const message of messages) if (!failed.has(message.id)) this.queue.delete(message);
    }
    // For those that found every place taken.
    this.pollAfter(random.int(1, 50));
  }
}
