import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOptions, type SendOptions } from './message-queue.ts';

/** SQS takes as many at once, and bills them as one request. */
const MAX_BATCH = 10;

interface Waiting {
  readonly message: Omit<SendMessageBatchRequestEntry, 'Id'>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A queue of JSON messages, of which those that are sent at the same time go together. Each hears of its own fate. */
export class BatchingQueue<Message extends object> {
  private readonly client: SQSClient;
  private readonly url: string;
  private waiting: Waiting[] = [];

  constructor(client: SQSClient, url: string) {
    this.client = client;
    this.url = url;
  }

  send(message: Message, options: SendOptions = {}): Promise<void> {
    if (this.waiting.length === 0) setImmediate(() => this.flush());
    return new Promise((resolve, reject) => {
      this.waiting.push({ message: messageOptions(message, options), resolve, reject });
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let index = 0; index < all.length; index += MAX_BATCH)
      void this.sendBatch(all.slice(index, index + MAX_BATCH));
  }

  private async sendBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const { Failed = [] } = await this.client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.url,
          Entries: batch.map(({ message }, index) => ({ Id: String(index), ...message })),
        }),
      );
      const failures = new Map(Failed.map((failed) => [Number(failed.Id), failed]));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const failure = failures.get(index);
        if (failure) reject(refusal(failure));
        else resolve();
      }
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  }
}

/** As the SDK would have thrown it for a single message: a consumer of a stream tells what may pass from what cannot. */
const refusal = ({
  Code,
  Message,
  SenderFault,
}: {
  readonly Code?: string;
  readonly Message?: string;
  readonly SenderFault?: boolean;
}): Error =>
  Object.assign(new Error(Message ?? Code), {
    name: Code ?? 'Unknown',
    $fault: SenderFault ? 'client' : 'server',
  });
