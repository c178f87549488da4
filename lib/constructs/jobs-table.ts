import { type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { JOBS_KEY, OPEN_INDEX, TTL_ATTRIBUTE } from '../bindings.ts';
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

  /**
   * Calls the function for what is written. It repeats for the 24 hours that the stream keeps a record: what cannot
   * succeed, the function puts aside itself.
   */
  feed(fn: WaybillFunction, { status, ownWorkOnly }: JobsStreamFilter): void {
    const image = {
      status: { S: [...status] },
      ...(ownWorkOnly && { external: { BOOL: [false] } }),
    };
    const { tableStreamArn } = this.table;
    if (tableStreamArn === undefined) throw new Error(`${this.node.path} has no stream`);
    // What Lambda asks for, of the role that it polls with; for a stream it takes the stream's own ARN for all four.
    fn.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      tableStreamArn,
    );
    const mapping = fn.addEventSourceMapping('JobsStream', {
      eventSourceArn: tableStreamArn,
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
    });
    Validations.of(mapping).acknowledge({
      id: 'Serverless-LambdaEventSourceMappingDestination',
      reason:
        'Lambda repeats for as long as the stream keeps a record. What cannot succeed the function itself puts aside, ' +
        'whole, below failures/ in the bucket; a destination would get the place in the stream only.',
    });
    Validations.of(fn).acknowledge({
      id: 'Serverless-LambdaDLQ',
      reason: 'Nothing invokes it asynchronously: Lambda reads a stream for it, and repeats what fails.',
    });
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ JOBS_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }
}
