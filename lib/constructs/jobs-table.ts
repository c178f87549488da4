import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { JOBS_KEY, TTL_ATTRIBUTE } from '../bindings.ts';
import type { Status } from '../domain/state-machine.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** Which writes a consumer of the stream is called for. */
export interface JobsStreamFilter {
  /** The status after the write. */
  readonly status: readonly Status[];
  /** Leaves out assemblies that somebody else works. */
  readonly ownWorkOnly?: boolean;
}

/** The table of assemblies and its stream, from which everything follows. */
export class JobsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, { removalPolicy }: { readonly removalPolicy: RemovalPolicy }) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: JOBS_KEY, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }

  grantRead(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem');
  }

  /** For new assemblies and new attempts. */
  grantCreate(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  grantChange(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /**
   * Calls the function for what is written. It repeats for the 24 hours that the stream keeps a record: what cannot
   * succeed, the function puts aside itself.
   */
  feed(fn: WaybillFunction, { status, ownWorkOnly }: JobsStreamFilter): void {
    const image = {
      status: { S: [...status] },
      ...(ownWorkOnly && { external: { BOOL: [false] } }),
    };
    fn.addEventSource(
      new DynamoEventSource(this.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        retryAttempts: -1,
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        // A TTL removal is no event, so REMOVE is not among these.
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.or('INSERT', 'MODIFY'),
            dynamodb: { NewImage: image },
          }),
        ],
      }),
    );
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ JOBS_TABLE: this.table.tableName });
    this.table.grant(fn, ...actions);
  }
}
