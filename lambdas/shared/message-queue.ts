import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** SQS hides a new message for at most this long. */
export const MAX_DELAY_SECONDS = 900;

export interface SendOptions {
  /** Whole seconds until it can be received: 0 to 900. */
  readonly delaySeconds?: number;
  /** On a standard queue: whose turn it is, so that one busy sender does not delay the others (SQS fair queues). */
  readonly group?: string;
}

/** A message as SQS takes it, alone or in a batch. */
export const messageOptions = (message: object, { delaySeconds = 0, group }: SendOptions) => ({
  MessageBody: JSON.stringify(message),
  ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
  ...(group !== undefined && { MessageGroupId: group }),
});

/** A queue of JSON messages. */
export class MessageQueue<Message extends object> {
  private readonly client: SQSClient;
  private readonly url: string;

  constructor(client: SQSClient, url: string) {
    this.client = client;
    this.url = url;
  }

  async send(message: Message, options: SendOptions = {}): Promise<void> {
    await this.client.send(
      new SendMessageCommand({ QueueUrl: this.url, ...messageOptions(message, options) }),
    );
  }
}
