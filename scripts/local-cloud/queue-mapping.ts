import { setTimeout as wait } from 'node:timers/promises';
import { awsJsonCall } from './aws-json-call.ts';
import { failedItems } from './batch-failures.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { fillsPayload, payloadParts } from './payload-parts.ts';
import { REGION } from './place.ts';

export interface QueueMapping {
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly sqsEndpoint: string;
  readonly target: LambdaFunction;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly pollers: number;
  readonly reportsFailures: boolean;
  readonly matches: (event: unknown) => boolean;
  /** Where it is given, each message is handed over twice, as SQS may at any time. */
  readonly duplicates: Duplicates | undefined;
  readonly stopping: AbortSignal;
  readonly log: (line: string) => void;
}

/** Counts. Of one batch the copies come after it was done with, of the next at the same time, and so on. */
export interface Duplicates {
  batches: number;
  messages: number;
}

interface Message {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, MessageAttribute>>;
}

interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** What ReceiveMessage and DeleteMessageBatch take at most. */
const SQS_BATCH = 10;

/** Polls the queue until the local cloud stops. A failed message is left alone: its visibility timeout brings it back. */
export async function runQueueMapping(mapping: QueueMapping): Promise<void> {
  await Promise.all(Array.from({ length: mapping.pollers }, () => poll(mapping)));
}

async function poll(mapping: QueueMapping): Promise<void> {
  while (!mapping.stopping.aborted) {
    try {
      const messages = await collectBatch(mapping);
      if (messages.length > 0) await deliver(mapping, messages);
    } catch (error) {
      if (mapping.stopping.aborted) return;
      mapping.log(`local cloud: polling ${mapping.queueArn}: ${(error as Error).message}`);
      await wait(200);
    }
  }
}

/** One batch: what a long poll gives, or, with a window, what comes until the window ends or the batch or payload is full. */
async function collectBatch(mapping: QueueMapping): Promise<Message[]> {
  const messages = await receive(mapping, mapping.batchSize, 20);
  const deadline = Date.now() + mapping.batchingWindowMs;
  const isFull = () => messages.length >= mapping.batchSize || fillsPayload(messages);
  while (messages.length > 0 && !isFull() && Date.now() < deadline) {
    const seconds = Math.floor((deadline - Date.now()) / 1000);
    const more = await receive(mapping, mapping.batchSize - messages.length, Math.min(seconds, 20));
    messages.push(...more);
    if (more.length === 0) await wait(50, undefined, { signal: mapping.stopping });
  }
  return messages;
}

async function receive(mapping: QueueMapping, limit: number, waitSeconds: number): Promise<Message[]> {
  const { Messages = [] } = await awsJsonCall<{ Messages?: Message[] }>(
    mapping.sqsEndpoint,
    'AmazonSQS.ReceiveMessage',
    {
      QueueUrl: mapping.queueUrl,
      MaxNumberOfMessages: Math.min(limit, SQS_BATCH),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    },
    mapping.stopping,
  );
  return Messages;
}

async function deliver(mapping: QueueMapping, messages: Message[]): Promise<void> {
  const wanted = messages.filter((message) => mapping.matches(forFilter(record(mapping, message))));
  // What no filter matches is deleted, as on AWS.
  await remove(
    mapping,
    messages.filter((message) => !wanted.includes(message)),
  );
  for (const part of payloadParts(wanted, (message) => record(mapping, message))) await invoke(mapping, part);
}

async function invoke(mapping: QueueMapping, wanted: readonly Message[]): Promise<void> {
  const event = { Records: wanted.map((message) => record(mapping, message)) };
  const isAtOnce = mapping.duplicates !== undefined && mapping.duplicates.batches++ % 2 === 1;
  const copies = isAtOnce ? invokeAgain(mapping, wanted) : undefined;
  const outcome = await mapping.target.invoke(JSON.stringify(event));
  await copies;
  if (mapping.stopping.aborted) return;
  const ids = wanted.map(({ MessageId }) => MessageId);
  const failed = failedItems(outcome, ids, mapping.reportsFailures);
  const done = wanted.filter(({ MessageId }) => !failed.has(MessageId));
  await remove(mapping, done);
  if (!isAtOnce) await invokeAgain(mapping, done);
}

/** Whatever comes of it: the message itself decides whether it was done with. */
async function invokeAgain(mapping: QueueMapping, messages: readonly Message[]): Promise<void> {
  if (!mapping.duplicates || messages.length === 0) return;
  mapping.duplicates.messages += messages.length;
  const again = messages.map((message) => record(mapping, receivedAgain(message)));
  await mapping.target.invoke(JSON.stringify({ Records: again }));
}

const receivedAgain = (message: Message): Message => ({
  ...message,
  Attributes: {
    ...message.Attributes,
    ApproximateReceiveCount: String(Number(message.Attributes?.ApproximateReceiveCount) + 1),
  },
});

async function remove(mapping: QueueMapping, messages: Message[]): Promise<void> {
  for (let start = 0; start < messages.length; start += SQS_BATCH) {
    const Entries = messages
      .slice(start, start + SQS_BATCH)
      .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await awsJsonCall(mapping.sqsEndpoint, 'AmazonSQS.DeleteMessageBatch', {
      QueueUrl: mapping.queueUrl,
      Entries,
    });
  }
}

interface EventRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: object;
  readonly messageAttributes: object;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const record = (mapping: QueueMapping, message: Message): EventRecord => ({
  messageId: message.MessageId,
  receiptHandle: message.ReceiptHandle,
  body: message.Body,
  attributes: message.Attributes ?? {},
  messageAttributes: Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, lambdaAttribute(value)]),
  ),
  md5OfBody: message.MD5OfBody,
  eventSource: 'aws:sqs',
  eventSourceARN: mapping.queueArn,
  awsRegion: REGION,
});

const lambdaAttribute = ({ DataType, StringValue, BinaryValue }: MessageAttribute): object => ({
  ...(StringValue !== undefined && { stringValue: StringValue }),
  ...(BinaryValue !== undefined && { binaryValue: BinaryValue }),
  stringListValues: [],
  binaryListValues: [],
  dataType: DataType,
});

/** A filter sees a body that is a JSON object as that object. */
function forFilter(event: EventRecord): object {
  try {
    const body = JSON.parse(event.body) as unknown;
    return typeof body === 'object' && body !== null ? { ...event, body } : event;
  } catch {
    return event;
  }
}
