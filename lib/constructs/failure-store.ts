import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WaybillFunction } from './waybill-function.ts';

/** Holds whole the stream records that a consumer could not handle, for as long as SQS can: 14 days. */
export class FailureStore extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
  }

  grantKeep(fn: WaybillFunction): void {
    fn.set({ FAILURES_QUEUE_URL: this.queue.queueUrl });
    this.queue.grant(fn, 'sqs:SendMessage');
  }
}
