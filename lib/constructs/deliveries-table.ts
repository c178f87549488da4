import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DELIVERIES_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** One row per event and endpoint, with every attempt to deliver it. */
export class DeliveriesTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: DELIVERIES_KEY.partition, type: AttributeType.STRING },
      sortKey: { name: DELIVERIES_KEY.sort, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }

  /** To add a delivery. */
  grantAdd(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:PutItem');
  }

  /** To open an ended delivery again. */
  grantReopen(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /** To read a delivery and record an attempt. */
  grantRecord(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ DELIVERIES_TABLE: this.table.tableName });
    this.table.grant(fn, ...actions);
  }
}
