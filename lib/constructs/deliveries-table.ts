import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DELIVERIES_INDEXES, DELIVERIES_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import type { WaybillFunction } from './waybill-function.ts';

const { due, byAssembly } = DELIVERIES_INDEXES;
const string = (name: string) => ({ name, type: AttributeType.STRING });

/** One row per event and endpoint, with every attempt to deliver it. */
export class DeliveriesTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: string(DELIVERIES_KEY.partition),
      sortKey: string(DELIVERIES_KEY.sort),
      globalSecondaryIndexes: [
        {
          indexName: due.name,
          partitionKey: string(due.partition),
          sortKey: string(due.sort),
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: ['attempt_count', 'next_attempt_at'],
        },
        {
          indexName: byAssembly.name,
          partitionKey: string(byAssembly.partition),
          sortKey: string(byAssembly.sort),
          // Written once: with more in it, every attempt would be paid for twice, for a list that is rarely asked for.
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      billing: Billing.onDemand(),
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }

  /** To add a delivery, and say when it is due. */
  grantAdd(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  /** To take a delivery and record the attempt. */
  grantRecord(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /** To list the deliveries of an assembly. */
  grantList(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:BatchGetItem');
    this.grantQuery(fn, byAssembly.name);
  }

  /** To find deliveries that are due and move them. */
  grantSweep(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
    this.grantQuery(fn, due.name);
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ DELIVERIES_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }

  private grantQuery(fn: WaybillFunction, index: string): void {
    fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${index}`);
  }
}
