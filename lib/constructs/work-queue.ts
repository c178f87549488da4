import { Duration, Validations } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EnvName } from '../bindings.ts';
import type { WaybillFunction } from './waybill-function.ts';

export interface WorkQueueProps {
  /** The variable in which a sending function finds the queue's URL; none where no function sends to it. */
  readonly variable?: EnvName;
  /** The timeout of the function that `feed` will call. */
  readonly consumerTimeoutSeconds: number;
}

export interface FeedOptions {
  readonly batchSize: number;
  /** How many run at once. Reserved concurrency would do harm: throttled receives count, and good messages would land in the DLQ. */
  readonly maxConcurrency?: number;
}

/** AWS: with Lambda at least 5, as a receive may be counted though nobody got the message. */
const MAX_RECEIVE_COUNT = 5;
/** AWS: at least six times the function's timeout, or a message comes again while it is in work. */
const VISIBILITY_FACTOR = 6;
/** A message in a standard DLQ keeps its first time of enqueueing, so the DLQ must keep messages for longer. */
const RETENTION = Duration.days(4);
const DLQ_RETENTION = Duration.days(14);

/** What answers for a dead letter writes once: the default timeout of a function is plenty. */
const DEAD_LETTERS_TIMEOUT_SECONDS = 10;

/** A standard queue with the dead-letter queue that belongs to it. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly consumerTimeoutSeconds: number;
  private readonly variable: EnvName | undefined;

  constructor(scope: Construct, id: string, { variable, consumerTimeoutSeconds }: WorkQueueProps) {
    super(scope, id);
    this.variable = variable;
    this.consumerTimeoutSeconds = consumerTimeoutSeconds;
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: DLQ_RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * DEAD_LETTERS_TIMEOUT_SECONDS),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'Serverless-SQSRedrivePolicy',
      reason: 'It is the dead-letter queue of the queue beside it. What stays in it raises an alarm.',
    });
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: RETENTION,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * consumerTimeoutSeconds),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  grantSend(fn: WaybillFunction): void {
    if (this.variable === undefined) throw new Error(`${this.node.path} has no variable for its senders`);
    fn.set({ [this.variable]: this.queue.queueUrl });
    fn.allow(['sqs:SendMessage'], this.queue.queueArn);
  }

  feed(fn: WaybillFunction, options: FeedOptions): void {
    this.map(fn, this.queue, options);
  }

  /** Calls the function with what the other one could not take. */
  feedDeadLetters(fn: WaybillFunction, options: FeedOptions): void {
    this.map(fn, this.deadLetters, options);
  }

  private map(fn: WaybillFunction, { queueArn }: Queue, options: FeedOptions): void {
    // What Lambda asks for, of the role that it polls with.
    fn.allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], queueArn);
    const mapping = fn.addEventSourceMapping(this.node.id, {
      eventSourceArn: queueArn,
      ...options,
      reportBatchItemFailures: true,
    });
    Validations.of(mapping).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'Mappings of SQS take no destination: what fails stays in the queue, and goes to or stays in its dead letters.',
    });
    Validations.of(fn).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason:
        'Nothing invokes it asynchronously: Lambda reads a queue for it, where messages that fail remain.',
    });
  }
}
