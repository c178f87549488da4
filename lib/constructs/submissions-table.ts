import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { SUBMISSIONS_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import { WAITING } from '../domain/submission.ts';
import { feedFromStream } from './table-stream.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** One row per recipient of an assembly, and its stream. */
export class SubmissionsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: SUBMISSIONS_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: SUBMISSIONS_KEY.sort, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }

  /** To list or count the submissions of an assembly. */
  grantRead(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:Query');
  }

  /** To give an assembly its submissions, and queue them anew. */
  grantExpand(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  grantChange(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /** Calls the function for what our own worker has to do. */
  feedWaiting(fn: WaybillFunction): void {
    const image = { status: { S: [...WAITING] }, external: { BOOL: [false] } };
    feedFromStream(this.table, fn, { id: 'SubmissionsStream', writes: [{ after: image }] });
  }

  /** Calls the function for every change: many at once, as it makes no more of a thousand than of one. */
  feedChanges(fn: WaybillFunction): void {
    feedFromStream(this.table, fn, {
      id: 'SubmissionsStream',
      writes: [{ after: { submission_id: { S: FilterRule.exists() } } }],
      batchSize: 1_000,
      maxBatchingWindow: Duration.seconds(1),
    });
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ SUBMISSIONS_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }
}
