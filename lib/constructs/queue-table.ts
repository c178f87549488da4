import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { QUEUE_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** How far the queue of jobs has come, for those who wait: hints, without which nothing stands still. */
export class QueueTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: QUEUE_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: QUEUE_KEY.sort, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: TTL_ATTRIBUTE,
      removalPolicy,
    });
  }

  /** To tell a place in the line. */
  grantRead(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem', 'dynamodb:Query');
  }

  /** To count what comes and goes. */
  grantCount(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ QUEUE_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }
}
