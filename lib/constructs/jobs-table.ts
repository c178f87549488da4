import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterRule } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  JOBS_KEY,
  LIST_INDEXES,
  LIST_POSITION,
  type ListIndex,
  OPEN_INDEX,
  TTL_ATTRIBUTE,
} from '../bindings.ts';
import { type Status, TERMINAL } from '../domain/state-machine.ts';
import { feedFromStream } from './table-stream.ts';
import type { WaybillFunction } from './waybill-function.ts';

/** A row holds what does not change, or only with its key, so that it costs nothing when the assembly goes on. */
const listIndex = ({ name, partition, includes }: (typeof LIST_INDEXES)[ListIndex]) => ({
  indexName: name,
  partitionKey: { name: partition, type: AttributeType.STRING },
  sortKey: { name: LIST_POSITION, type: AttributeType.STRING },
  ...(includes.length > 0
    ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...includes] }
    : { projectionType: ProjectionType.KEYS_ONLY }),
});

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
        ...Object.values(LIST_INDEXES).map(listIndex),
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

  /** To find assemblies by owner, status, reference and template, and read those that are found. */
  grantList(fn: WaybillFunction): void {
    this.grantReadMany(fn);
    for (const { name } of Object.values(LIST_INDEXES))
      fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${name}`);
  }

  /** For new assemblies and new attempts. */
  grantCreate(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:PutItem', 'dynamodb:UpdateItem');
  }

  grantChange(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:UpdateItem');
  }

  /** To count the open ones of an owner. */
  grantCountOpen(fn: WaybillFunction): void {
    fn.set({ JOBS_TABLE: this.table.tableName });
    fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${LIST_INDEXES.byOwnerStatus.name}`);
  }

  /** To find what stands still and move it on. */
  grantSweep(fn: WaybillFunction): void {
    this.grant(fn, 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    fn.allow(['dynamodb:Query'], `${this.table.tableArn}/index/${OPEN_INDEX.name}`);
  }

  /**
   * Calls the function for what our own worker is to do, and when it has begun. Somebody else's work is left out, but for
   * submissions that our worker has to write first.
   */
  feedQueue(fn: WaybillFunction): void {
    const queued = { status: only('queued') };
    const ours = [
      { ...queued, external: { BOOL: [false] } },
      { ...queued, submission_count: { N: FilterRule.exists() } },
    ];
    feedFromStream(this.table, fn, {
      id: 'JobsStream',
      writes: [
        ...ours.map((after) => ({ after })),
        ...ours.map((before) => ({ before, after: { status: only('processing') } })),
      ],
    });
  }

  /** Calls the function for what has ended. */
  feedEnds(fn: WaybillFunction): void {
    feedFromStream(this.table, fn, { id: 'JobsStream', writes: [{ after: { status: only(...TERMINAL) } }] });
  }

  private grant(fn: WaybillFunction, ...actions: string[]): void {
    fn.set({ JOBS_TABLE: this.table.tableName });
    fn.allow(actions, this.table.tableArn);
  }
}

const only = (...statuses: Status[]) => ({ S: statuses });
