import { awsJsonCall } from './aws-json-call.ts';
import type { ResolvedTemplate } from './resolve-template.ts';

interface Index {
  readonly IndexName: string;
  readonly KeySchema: object[];
  readonly Projection: object;
}

interface TableProperties {
  readonly AttributeDefinitions: object[];
  readonly KeySchema: object[];
  readonly GlobalSecondaryIndexes?: Index[];
  readonly LocalSecondaryIndexes?: Index[];
  readonly StreamSpecification?: { readonly StreamViewType: StreamViewType };
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled: boolean };
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** A table's stream: its ARN in the template, and how dynoxide calls it. */
export interface TableStream {
  readonly arn: string;
  readonly dynoxideArn: string;
  readonly viewType: StreamViewType;
}

/** Creates every table of the template and tells which streams there are. */
export async function createTables(resolved: ResolvedTemplate, endpoint: string): Promise<TableStream[]> {
  const ids = resolved.idsOf('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table');
  const streams = await Promise.all(ids.map((id) => createTable(resolved, id, endpoint)));
  return streams.filter((stream) => stream !== undefined);
}

async function createTable(
  resolved: ResolvedTemplate,
  logicalId: string,
  endpoint: string,
): Promise<TableStream | undefined> {
  const properties = resolved.propertiesOf<TableProperties>(logicalId);
  const { ref: name, attributes } = resolved.identityOf(logicalId);
  const { TableDescription } = await awsJsonCall<{ TableDescription: { LatestStreamArn?: string } }>(
    endpoint,
    'DynamoDB_20120810.CreateTable',
    createTableRequest(name, properties),
  );
  if (properties.TimeToLiveSpecification) {
    await awsJsonCall(endpoint, 'DynamoDB_20120810.UpdateTimeToLive', {
      TableName: name,
      TimeToLiveSpecification: properties.TimeToLiveSpecification,
    });
  }
  const { LatestStreamArn } = TableDescription;
  if (!properties.StreamSpecification || !LatestStreamArn) return undefined;
  return {
    arn: attributes.StreamArn ?? '',
    dynoxideArn: LatestStreamArn,
    viewType: properties.StreamSpecification.StreamViewType,
  };
}

function createTableRequest(name: string, properties: TableProperties): object {
  // CloudFormation's indexes may carry throughput and more, which is not for dynoxide.
  const indexes = (list: Index[]): Index[] =>
    list.map(({ IndexName, KeySchema, Projection }) => ({ IndexName, KeySchema, Projection }));
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    ...(properties.GlobalSecondaryIndexes?.length && {
      GlobalSecondaryIndexes: indexes(properties.GlobalSecondaryIndexes),
    }),
    ...(properties.LocalSecondaryIndexes?.length && {
      LocalSecondaryIndexes: indexes(properties.LocalSecondaryIndexes),
    }),
    // Always both images: the stream reader needs them to see a no-op, and trims to the template's view type.
    ...(properties.StreamSpecification && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  };
}
