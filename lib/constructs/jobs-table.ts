import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { JOBS_KEY, OPEN_INDEX, TTL_ATTRIBUTE } from '../bindings.ts';
import type { Status } from '../domain/state-machine.ts';
import { feedFromStream } from './table-stream.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** Which writes a consumer of the stream is called for. */
export interface JobsStreamFilter {
  /** The status after the write. */
  readonly status: readonly Status[];
  /** Leaves out assemblies that somebody else works, but for those whose submissions our worker has to write first. */
  readonly workedHereOnly?: boolean;
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
      globalSecondaryIndexes: [
        {
          indexName: OPEN_INDEX.name,
          partitionKey: { name: OPEN_INDEX.partition, type: AttributeType.STRING },
          sortKey: { name: OPEN_INDEX.sort, type: AttributeType.NUMBER },
          // What is found is read anew: the index may be behind, and the less it holds the less each write costs.
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
      timeToLiveAttribute: TTL_ATTRIBUTE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }

  grantRead(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem');
  }

  /** Many at once. */
  grantReadMany(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:BatchGetItem');
  }

  /** For new assemblies and new attempts. */
  grantCreate(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  grantChange(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /** To find what stands still and move it on. */
  grantSweep(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${OPEN_INDEX.name}`);
  }

  /** Calls the function for what is written. */
  feed(fn: WaybillFunction, { status, workedHereOnly }: JobsStreamFilter): void {
    const image = { status: { S: [...status] } };
    feedFromStream(this.table, fn, {
      id: 'JobsStream',
      images: workedHereOnly
        ? [
            { ...image, external: { BOOL: [false] } },
            { ...image, submission_count: { N: FilterRule.exists() } },
          ]
        : [image],
    });
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ JOBS_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }
}
