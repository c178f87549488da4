import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { RATE_LIMITS_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import type { WaybillSettings } from '../settings.ts';
import type { WaybillFunction } from './waybill-function.ts';

type OwnerSettings = Pick<WaybillSettings, 'ownerSubmissionsPerMinute' | 'ownerOpenAssemblies'>;

/** A row for each rate limit of a template that is in use, when its next turn is, and one for each owner who submits. */
export class RateLimitsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: RATE_LIMITS_KEY, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: TTL_ATTRIBUTE,
      removalPolicy,
    });
  }

  /** To take turns of owners. */
  grantOwnerTurns(fn: WaybillFunction, limits: OwnerSettings): void {
    this.grantReserve(fn);
    fn.set({
      OWNER_SUBMISSIONS_PER_MINUTE: String(limits.ownerSubmissionsPerMinute),
      OWNER_OPEN_ASSEMBLIES: String(limits.ownerOpenAssemblies),
    });
  }

  /** To take turns. */
  grantReserve(fn: WaybillFunction): void {
    fn.set({ RATE_LIMITS_TABLE: this.table.tableName });
    fn.allow(['dynamodb:UpdateItem'], this.table.tableArn);
  }
}
