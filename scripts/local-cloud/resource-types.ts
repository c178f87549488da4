import { createHash } from 'node:crypto';
import { ACCOUNT, arnOf, REGION } from './place.ts';

/** What `Ref` and `Fn::GetAtt` give for a resource. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Properties of a queue that are attributes of the same name in SQS, all strings there. */
export const QUEUE_ATTRIBUTES: readonly string[] = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedrivePolicy',
  'VisibilityTimeout',
];

interface ResourceType {
  /** The property that names the resource; without it the name is `<stack>-<logical id>`. */
  readonly nameProperty?: string;
  identify(name: string, logicalId: string, queueBaseUrl: string): Identity;
  /** Properties that the local cloud carries out. */
  readonly honoured: readonly string[];
  /**
   * Properties that are read and have no effect here, because they change cost, backup, encryption, labels or
   * limits, not what a program sees. Any property in neither list is an error, so that none is lost in silence.
   */
  readonly withoutEffect: readonly string[];
}

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length);

const named =
  (service: string, prefix = '', suffix = '') =>
  (name: string): Identity => ({
    ref: name,
    attributes: { Arn: arnOf(service, `${prefix}${name}${suffix}`) },
  });

const byId = (name: string): Identity => ({ ref: name, attributes: { Id: name } });

/** Without a name of its own a bucket gets one in lower case, of at most 63 characters, as CloudFormation makes it. */
function bucket(name: string, logicalId: string): Identity {
  const generated = name.toLowerCase();
  const short = generated.length > 63 ? `${generated.slice(0, 54)}-${digest(generated, 8)}` : generated;
  const ref = name.endsWith(`-${logicalId}`) ? short : name;
  return {
    ref,
    attributes: {
      Arn: `arn:aws:s3:::${ref}`,
      DomainName: `${ref}.s3.amazonaws.com`,
      RegionalDomainName: `${ref}.s3.${REGION}.amazonaws.com`,
    },
  };
}

const table = {
  nameProperty: 'TableName',
  identify: (name: string): Identity => ({
    ref: name,
    attributes: {
      Arn: arnOf('dynamodb', `table/${name}`),
      StreamArn: arnOf('dynamodb', `table/${name}/stream/2026-01-01T00:00:00.000`),
      TableId: digest(name, 32),
    },
  }),
  honoured: [
    'TableName',
    'AttributeDefinitions',
    'KeySchema',
    'GlobalSecondaryIndexes',
    'LocalSecondaryIndexes',
    'StreamSpecification',
    'TimeToLiveSpecification',
  ],
  withoutEffect: [
    'BillingMode',
    'ContributorInsightsSpecification',
    'DeletionProtectionEnabled',
    'OnDemandThroughput',
    'PointInTimeRecoverySpecification',
    'ProvisionedThroughput',
    'Replicas',
    'ResourcePolicy',
    'SSESpecification',
    'TableClass',
    'Tags',
    'WarmThroughput',
    'WriteOnDemandThroughputSettings',
    'WriteProvisionedThroughputSettings',
  ],
} satisfies ResourceType;

/** Every resource type that the local cloud knows. */
export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    identify: (name, _logicalId, queueBaseUrl) => {
      const url = `${queueBaseUrl}/${ACCOUNT}/${name}`;
      return { ref: url, attributes: { Arn: arnOf('sqs', name), QueueName: name, QueueUrl: url } };
    },
    honoured: ['QueueName', ...QUEUE_ATTRIBUTES],
    withoutEffect: [
      'KmsDataKeyReusePeriodSeconds',
      'KmsMasterKeyId',
      'RedriveAllowPolicy',
      'SqsManagedSseEnabled',
      'Tags',
    ],
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    identify: (name, logicalId) => bucket(name, logicalId),
    honoured: ['BucketName', 'CorsConfiguration', 'NotificationConfiguration'],
    // Nothing here outlives a run, so no lifecycle rule comes to act, be it expiry or the end of stale uploads. No
    // request is anonymous, so public access stays blocked; buckets own their objects, as on AWS by default.
    withoutEffect: [
      'BucketEncryption',
      'LifecycleConfiguration',
      'OwnershipControls',
      'PublicAccessBlockConfiguration',
      'Tags',
    ],
  },
  // Accepted, not enforced: CDK writes it to demand TLS.
  'AWS::S3::BucketPolicy': { identify: byId, honoured: [], withoutEffect: ['Bucket', 'PolicyDocument'] },
  // Accepted, not enforced: nothing here calls a queue without credentials or over plain HTTP by mistake.
  'AWS::SQS::QueuePolicy': { identify: byId, honoured: [], withoutEffect: ['PolicyDocument', 'Queues'] },
  'AWS::Lambda::Function': {
    nameProperty: 'FunctionName',
    identify: (name) => ({
      ref: name,
      attributes: { Arn: arnOf('lambda', `function:${name}`) },
    }),
    honoured: [
      'FunctionName',
      'Code',
      'Environment',
      'Handler',
      'MemorySize',
      'LoggingConfig',
      'ReservedConcurrentExecutions',
      'Role',
      'Timeout',
    ],
    withoutEffect: [
      'Architectures',
      'CodeSigningConfigArn',
      'Description',
      'EphemeralStorage',
      'KmsKeyArn',
      'RecursiveLoop',
      'Runtime',
      'RuntimeManagementConfig',
      'Tags',
      'TracingConfig',
    ],
  },
  'AWS::Lambda::EventSourceMapping': {
    identify: (name) => ({
      ref: name,
      attributes: { Id: name, EventSourceMappingArn: arnOf('lambda', `event-source-mapping:${name}`) },
    }),
    honoured: [
      'BatchSize',
      'BisectBatchOnFunctionError',
      'DestinationConfig',
      'Enabled',
      'EventSourceArn',
      'FilterCriteria',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumBatchingWindowInSeconds',
      'MaximumRecordAgeInSeconds',
      'MaximumRetryAttempts',
      'ScalingConfig',
      'StartingPosition',
    ],
    // One shard, read in order: parallelization keeps the order per item, which a single reader keeps as well.
    withoutEffect: ['KmsKeyArn', 'MetricsConfig', 'ParallelizationFactor', 'Tags'],
  },
  'AWS::Lambda::EventInvokeConfig': {
    identify: byId,
    honoured: ['FunctionName', 'MaximumEventAgeInSeconds', 'MaximumRetryAttempts'],
    // There are no versions and aliases here.
    withoutEffect: ['Qualifier'],
  },
  'AWS::Events::Rule': {
    nameProperty: 'Name',
    identify: named('events', 'rule/'),
    honoured: ['Name', 'ScheduleExpression', 'State', 'Targets'],
    withoutEffect: ['Description', 'Tags'],
  },
  'AWS::Lambda::Permission': {
    identify: byId,
    honoured: [],
    withoutEffect: ['Action', 'FunctionName', 'Principal', 'SourceAccount', 'SourceArn'],
  },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    identify: (name) => ({
      ref: name,
      attributes: {
        Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
        RoleId: `AROA${digest(name, 17).toUpperCase()}`,
      },
    }),
    // Not PermissionsBoundary: to read over it would allow what AWS refuses.
    honoured: ['RoleName', 'AssumeRolePolicyDocument', 'ManagedPolicyArns', 'Policies'],
    withoutEffect: ['Description', 'MaxSessionDuration', 'Path', 'Tags'],
  },
  'AWS::IAM::Policy': {
    nameProperty: 'PolicyName',
    identify: byId,
    honoured: ['PolicyDocument', 'Groups', 'Roles', 'Users'],
    withoutEffect: ['PolicyName'],
  },
  'AWS::ApiGatewayV2::Api': {
    identify: (_name, logicalId) => {
      const id = digest(logicalId, 10);
      const endpoint = `https://${id}.execute-api.${REGION}.amazonaws.com`;
      return { ref: id, attributes: { ApiId: id, ApiEndpoint: endpoint } };
    },
    honoured: ['CorsConfiguration', 'ProtocolType'],
    withoutEffect: ['Description', 'DisableExecuteApiEndpoint', 'IpAddressType', 'Name', 'Tags', 'Version'],
  },
  'AWS::ApiGatewayV2::Stage': {
    nameProperty: 'StageName',
    identify: (name) => ({ ref: name, attributes: {} }),
    honoured: ['ApiId', 'DefaultRouteSettings', 'StageName'],
    // Not RouteSettings: to read over a route's own limit would allow what AWS refuses.
    withoutEffect: ['AccessLogSettings', 'AutoDeploy', 'Description', 'Tags'],
  },
  // A domain leads to the API on AWS; here its port does.
  'AWS::ApiGatewayV2::DomainName': {
    nameProperty: 'DomainName',
    identify: (name) => ({
      ref: name,
      attributes: {
        DomainNameArn: `arn:aws:apigateway:${REGION}::/domainnames/${name}`,
        RegionalDomainName: `d-${digest(name, 10)}.execute-api.${REGION}.amazonaws.com`,
        RegionalHostedZoneId: `Z${digest(name, 13).toUpperCase()}`,
      },
    }),
    honoured: [],
    withoutEffect: ['DomainName', 'DomainNameConfigurations', 'RoutingMode', 'Tags'],
  },
  'AWS::ApiGatewayV2::ApiMapping': {
    identify: (name) => ({ ref: name, attributes: { ApiMappingId: name } }),
    honoured: [],
    withoutEffect: ['ApiId', 'ApiMappingKey', 'DomainName', 'Stage'],
  },
  'AWS::ApiGatewayV2::Route': {
    identify: (name) => ({ ref: name, attributes: { RouteId: name } }),
    honoured: ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
    withoutEffect: ['OperationName'],
  },
  'AWS::ApiGatewayV2::Integration': {
    identify: (name) => ({ ref: name, attributes: { IntegrationId: name } }),
    honoured: ['ApiId', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion', 'TimeoutInMillis'],
    withoutEffect: ['Description', 'IntegrationMethod', 'ConnectionType'],
  },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    identify: (name) => {
      // Six characters after the name, as Secrets Manager adds: an ARN that is taken for a name fails here too.
      const arn = arnOf('secretsmanager', `secret:${name}-${digest(name, 6)}`);
      return { ref: arn, attributes: { Id: arn } };
    },
    honoured: ['Name', 'GenerateSecretString', 'SecretString'],
    withoutEffect: ['Description', 'KmsKeyId', 'Tags'],
  },
  'AWS::Logs::LogGroup': {
    nameProperty: 'LogGroupName',
    // As on AWS, with what stands for all of its streams.
    identify: named('logs', 'log-group:', ':*'),
    honoured: [],
    withoutEffect: [
      'LogGroupName',
      'DataProtectionPolicy',
      'DeletionProtectionEnabled',
      'FieldIndexPolicies',
      'KmsKeyId',
      'LogGroupClass',
      'ResourcePolicyDocument',
      'RetentionInDays',
      'Tags',
    ],
  },
  // There are no metrics here that an alarm could watch.
  'AWS::CloudWatch::Alarm': {
    nameProperty: 'AlarmName',
    identify: named('cloudwatch', 'alarm:'),
    honoured: [],
    withoutEffect: [
      'ActionsEnabled',
      'AlarmActions',
      'AlarmDescription',
      'AlarmName',
      'ComparisonOperator',
      'DatapointsToAlarm',
      'Dimensions',
      'EvaluateLowSampleCountPercentile',
      'EvaluationPeriods',
      'ExtendedStatistic',
      'InsufficientDataActions',
      'MetricName',
      'Metrics',
      'Namespace',
      'OKActions',
      'Period',
      'Statistic',
      'Tags',
      'Threshold',
      'ThresholdMetricId',
      'TreatMissingData',
      'Unit',
    ],
  },
  'AWS::CloudWatch::Dashboard': {
    nameProperty: 'DashboardName',
    identify: (name) => ({ ref: name, attributes: {} }),
    honoured: [],
    withoutEffect: ['DashboardBody', 'DashboardName'],
  },
  'AWS::CDK::Metadata': { identify: byId, honoured: [], withoutEffect: ['Analytics'] },
};
