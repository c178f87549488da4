import { FUNCTIONS, ROUTES } from '../../lib/bindings.ts';
import { TERMINAL } from '../../lib/domain/state-machine.ts';
import { ofType, type Properties, synthesized, type Template } from './synthesized.ts';

let template: Template;
beforeAll(async () => {
  template = await synthesized();
}, 60_000);

const of = (type: string, from = template): [string, Properties][] => ofType(type, from);

const statements = (): Properties[] =>
  of('AWS::IAM::Policy').flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);

test('every route of the bindings is there, and no other', () => {
  expect(
    of('AWS::ApiGatewayV2::Route')
      .map(([, { RouteKey }]) => RouteKey)
      .sort(),
  ).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
});

test('tables have point-in-time recovery, a time to live, and outlive the stack', () => {
  const tables = of('AWS::DynamoDB::GlobalTable');
  expect(tables).toHaveLength(2);
  for (const [id, table] of tables) {
    expect(table.Replicas[0].PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: 'expires_at', Enabled: true });
    expect(template.Resources[id]?.DeletionPolicy).toBe('Retain');
  }
});

test('the jobs table has one key attribute and a stream of both images', () => {
  const table = of('AWS::DynamoDB::GlobalTable').find(([id]) => id.startsWith('Jobs'))?.[1];
  expect(table?.KeySchema).toEqual([{ AttributeName: 'assembly_id', KeyType: 'HASH' }]);
  expect(table?.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('the deliveries table has an index of what is due, with what a message needs, and one by assembly', () => {
  const [id, table] = of('AWS::DynamoDB::GlobalTable').find(([name]) => name.startsWith('Deliveries')) ?? [];
  const key = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
  expect(table?.GlobalSecondaryIndexes).toEqual([
    {
      IndexName: 'due',
      KeySchema: key('due_shard', 'due_at'),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['attempt_count', 'next_attempt_at'] },
    },
    {
      IndexName: 'by_assembly',
      KeySchema: key('assembly_id', 'created_at'),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ]);
  // Who may write a row may not by that query an index.
  const dispatcher = of('AWS::IAM::Policy').find(([name]) => name.startsWith('WebhookDispatcherServiceRole'));
  const write = dispatcher?.[1].PolicyDocument.Statement.find(
    ({ Action }: Properties) => Action === 'dynamodb:UpdateItem',
  );
  expect(write?.Resource).toEqual({ 'Fn::GetAtt': [id, 'Arn'] });
});

test('stream consumers are called for the statuses of the state machine, repeat for ever and report failures', () => {
  const mappings = of('AWS::Lambda::EventSourceMapping').filter(
    ([, { StartingPosition }]) => StartingPosition,
  );
  const filterOf = (name: string): Properties => {
    const mapping = mappings.find(([id]) => id.startsWith(name))?.[1];
    return JSON.parse(mapping?.FilterCriteria.Filters[0].Pattern);
  };
  expect(mappings).toHaveLength(2);
  for (const [, mapping] of mappings)
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: -1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  expect(filterOf('Enqueue')).toEqual({
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { NewImage: { status: { S: ['queued'] }, external: { BOOL: [false] } } },
  });
  expect(filterOf('Notify').dynamodb.NewImage.status.S).toEqual([...TERMINAL]);
});

test('a queue hides a message for six times its function’s timeout, and keeps what failed for longer', () => {
  const functions = new Map(of('AWS::Lambda::Function'));
  const queues = new Map(of('AWS::SQS::Queue'));
  const mappings = of('AWS::Lambda::EventSourceMapping').filter(
    ([id, { StartingPosition }]) => !StartingPosition && !id.startsWith('Bury'),
  );
  expect(mappings).toHaveLength(3);
  for (const [, { EventSourceArn, FunctionName, FunctionResponseTypes }] of mappings) {
    const queue = queues.get(EventSourceArn['Fn::GetAtt'][0]);
    const deadLetters = queues.get(queue?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]);
    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functions.get(FunctionName.Ref)?.Timeout);
    expect(queue?.RedrivePolicy.maxReceiveCount).toBe(5);
    expect(deadLetters?.MessageRetentionPeriod).toBeGreaterThan(queue?.MessageRetentionPeriod);
    expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  }
});

test('the dead letters of jobs are answered for, those of no other queue', () => {
  const bury = of('AWS::Lambda::EventSourceMapping').find(([id]) => id.startsWith('Bury'))?.[1];
  const jobs = of('AWS::SQS::Queue').find(([id]) => id.startsWith('JobsQueueDeadLetters'));
  expect(bury?.EventSourceArn['Fn::GetAtt'][0]).toBe(jobs?.[0]);
  expect(bury?.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  const timeout = of('AWS::Lambda::Function').find(([id]) => id.startsWith('Bury'))?.[1].Timeout;
  expect(jobs?.[1].VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
});

test('no function reserves concurrency, and the worker takes one message at a time', () => {
  expect(
    of('AWS::Lambda::Function').filter(([, fn]) => fn.ReservedConcurrentExecutions !== undefined),
  ).toEqual([]);
  const worker = of('AWS::Lambda::EventSourceMapping').find(([id]) => id.startsWith('Worker'))?.[1];
  expect(worker).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 50 } });
});

const resourcesOf = ({ Resource }: Properties): unknown[] => [Resource].flat();
const actionsOf = ({ Action }: Properties): string[] => [Action].flat();

/** What a function's role allows. */
const grantsOf = (name: string): Properties[] =>
  of('AWS::IAM::Policy').find(([id]) => id.startsWith(`${name}ServiceRole`))?.[1].PolicyDocument.Statement ??
  [];

test('no function may do everything, or something to everything', () => {
  expect(
    statements()
      .flatMap(actionsOf)
      .filter((action) => action.includes('*')),
  ).toEqual([]);
  // An action for which AWS has no finer resource belongs here, with the reason.
  expect(statements().filter((statement) => resourcesOf(statement).includes('*'))).toEqual([]);
  // What is left: a resource of this stack, the objects below a prefix of its bucket, or an index of its tables.
  const isPart =
    /^\{"Fn::Join":\["",\[\{"Fn::GetAtt":\["(FilesBucket\w+","Arn"\]\},"\/[a-z]+\/\*|(Jobs|Deliveries)Table\w+","Arn"\]\},"\/index\/[a-z_]+)"\]\]\}$/;
  const strange = statements()
    .flatMap(resourcesOf)
    .filter((resource) => !/^\{"(Ref|Fn::GetAtt)":/.test(JSON.stringify(resource)))
    .filter((resource) => !isPart.test(JSON.stringify(resource)));
  expect(strange).toEqual([]);
});

test('a role is for one function, has no policy of AWS, and lets it write its own log', () => {
  const roles = of('AWS::IAM::Role');
  expect(roles).toHaveLength(FUNCTIONS.length);
  for (const [id, { AssumeRolePolicyDocument, ManagedPolicyArns = [], Policies = [] }] of roles) {
    expect([id, ManagedPolicyArns, Policies]).toEqual([id, [], []]);
    expect(AssumeRolePolicyDocument.Statement).toMatchObject([
      { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
    ]);
  }
  for (const [id, { Role, LoggingConfig }] of of('AWS::Lambda::Function')) {
    const policies = of('AWS::IAM::Policy').filter(([, { Roles }]) => Roles[0].Ref === Role['Fn::GetAtt'][0]);
    expect([id, policies.flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement)]).toEqual([
      id,
      expect.arrayContaining([
        {
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: { 'Fn::GetAtt': [LoggingConfig.LogGroup.Ref, 'Arn'] },
        },
      ]),
    ]);
  }
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
test('a function that Lambda feeds may do what the mapping asks for, and no other may', () => {
  const polling = /^sqs:(?!SendMessage)|^dynamodb:(\w*Streams?|GetRecords|GetShardIterator)$/;
  const mapped = of('AWS::Lambda::EventSourceMapping').map(([, { EventSourceArn, StartingPosition }]) => ({
    Action: StartingPosition
      ? [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ]
      : ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    Resource: EventSourceArn,
  }));
  const granted = statements()
    .map(({ Resource, ...statement }) => ({
      Action: actionsOf(statement).filter((action) => polling.test(action)),
      Resource,
    }))
    .filter(({ Action }) => Action.length > 0);
  const sorted = (list: object[]): string[] => list.map((each) => JSON.stringify(each)).sort();
  expect(sorted(granted)).toEqual(sorted(mapped));
});

test('of secrets, a function may read the value only', () => {
  const actions = statements()
    .flatMap(actionsOf)
    .filter((action) => action.startsWith('secretsmanager:'));
  expect(new Set(actions)).toEqual(new Set(['secretsmanager:GetSecretValue']));
});

test.each([
  ['Submit', ['dynamodb:PutItem', 'dynamodb:UpdateItem']],
  ['Results', ['dynamodb:GetItem']],
  ['Deliveries', ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']],
  ['WebhookDispatcher', ['dynamodb:UpdateItem']],
  ['ReceiveUpload', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['StatusUpdate', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Retry', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Cancel', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Bury', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Sweep', ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']],
  ['Worker', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Health', []],
])('%s may do to tables only what it does', (name, expected) => {
  const actions = new Set(grantsOf(name).flatMap(actionsOf));
  expect(
    [...actions].filter((action) => /^dynamodb:(?!.*Stream|GetRecords|GetShard)/.test(action)).sort(),
  ).toEqual(expected);
});

test('secrets are generated, long enough for HS256, and the master secret outlives the stack', () => {
  const secrets = of('AWS::SecretsManager::Secret');
  expect(secrets).toHaveLength(4);
  for (const [, { GenerateSecretString }] of secrets)
    expect(GenerateSecretString).toMatchObject({ GenerateStringKey: 'current', PasswordLength: 64 });
  const kept = secrets
    .filter(([id]) => template.Resources[id]?.DeletionPolicy === 'Retain')
    .map(([id]) => id);
  expect(kept).toEqual([expect.stringMatching(/^SecretsMaster/)]);
});

test('every function has an alarm on its errors', () => {
  const watched = of('AWS::CloudWatch::Alarm')
    .filter(([, { MetricName }]) => MetricName === 'Errors')
    .map(([, { Dimensions }]) => Dimensions[0].Value.Ref);
  expect(watched.sort()).toEqual(
    of('AWS::Lambda::Function')
      .map(([id]) => id)
      .sort(),
  );
});

test('outputs say where everything is', () => {
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining(['Url', 'StatusFunctionName', 'JobsTableName', 'JwtSecretArn', 'UpdateSecretArn']),
  );
});

describe('the bucket', () => {
  const bucket = (from = template): Properties => of('AWS::S3::Bucket', from)[0]?.[1] ?? {};

  test('is private, encrypted and TLS only', () => {
    expect(of('AWS::S3::Bucket')).toHaveLength(1);
    expect(bucket()).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: expect.anything(),
    });
    const [, policy] = of('AWS::S3::BucketPolicy')[0] ?? [];
    expect(policy?.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  test('lets go of files after their time, and of unfinished uploads after a day', () => {
    const rules: Properties[] = bucket().LifecycleConfiguration.Rules;
    const days = Object.fromEntries(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]));
    expect(days).toMatchObject({ 'uploads/': 31, 'fields/': 31, 'results/': 31, 'failures/': 90 });
    expect(rules).toContainEqual(
      expect.objectContaining({ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
    );
  });

  test('tells the queue of uploads by a plain property, after the queue lets it', () => {
    const [{ Event, Filter, Queue }] = bucket().NotificationConfiguration.QueueConfigurations;
    expect([Event, Filter.S3Key.Rules]).toEqual([
      's3:ObjectCreated:*',
      [{ Name: 'prefix', Value: 'uploads/' }],
    ]);
    const queueId = Queue['Fn::GetAtt'][0];
    const policies = of('AWS::SQS::QueuePolicy').filter(([, { Queues }]) => Queues[0].Ref === queueId);
    const statements = policies.flatMap(([, { PolicyDocument }]) => PolicyDocument.Statement);
    expect(statements).toContainEqual(
      expect.objectContaining({
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    );
    const id = of('AWS::S3::Bucket')[0]?.[0] ?? '';
    const dependsOn = (template.Resources[id] as { DependsOn?: string[] }).DependsOn;
    expect(dependsOn).toEqual(policies.map(([policyId]) => policyId));
    // Nor any function of the CDK's own.
    expect(of('AWS::Lambda::Function')).toHaveLength(FUNCTIONS.length);
    expect(Object.values(template.Resources).filter(({ Type }) => Type.startsWith('Custom::'))).toEqual([]);
  });

  test.each([
    ['Submit', 's3:PutObject', ['uploads/*', 'fields/*']],
    ['Submit', 's3:GetObject', ['uploads/*']],
    ['Worker', 's3:GetObject', ['uploads/*', 'fields/*']],
    ['Worker', 's3:PutObject', ['results/*']],
    ['Results', 's3:GetObject', ['results/*']],
    ['Enqueue', 's3:PutObject', ['failures/*']],
    ['Notify', 's3:PutObject', ['failures/*']],
  ])('lets %s do %s below %p only', (name, action, prefixes) => {
    const resources = grantsOf(name)
      .filter((statement) => actionsOf(statement).includes(action))
      .flatMap(({ Resource }) => Resource)
      .map((resource: Properties) => resource['Fn::Join'][1][1])
      .sort();
    expect(resources).toEqual(prefixes.map((prefix) => `/${prefix}`).sort());
  });

  test('lets browsers upload from the origins of the setting, and from none without it', async () => {
    expect(bucket()).not.toHaveProperty('CorsConfiguration');
    const changed = await synthesized({
      corsAllowedOrigins: 'https://app.example.com',
      fileRetentionDays: 7,
      retentionDays: 5,
    });
    expect(bucket(changed).CorsConfiguration.CorsRules).toMatchObject([
      { AllowedOrigins: ['https://app.example.com'], AllowedMethods: ['PUT'] },
      { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] },
    ]);
    expect(bucket(changed).LifecycleConfiguration.Rules).toContainEqual(
      expect.objectContaining({ Prefix: 'uploads/', ExpirationInDays: 7 }),
    );
  });
});

test('the worker has disk for an upload', async () => {
  const diskOf = (from: Template): number =>
    of('AWS::Lambda::Function', from).find(([id]) => id.startsWith('Worker'))?.[1].EphemeralStorage.Size;
  expect(diskOf(template)).toBe(1024 + 512);
  expect(diskOf(await synthesized({ maxUploadBytes: 5 * 2 ** 30 }))).toBe(5 * 1024 + 512);
});

describe('settings', () => {
  test('change what is deployed', async () => {
    const changed = await synthesized({
      jwt: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf',
      workerTimeoutSeconds: '60',
      removalPolicy: 'destroy',
      corsAllowedOrigins: 'https://app.example.com',
      webhookAllowedCidrs: '10.0.0.0/8,fd00::/8',
      webhookScheduleSeconds: '0, 1,2',
    });
    expect(of('AWS::SecretsManager::Secret', changed)).toHaveLength(3);
    const worker = of('AWS::Lambda::Function', changed).find(([id]) => id.startsWith('Worker'))?.[1];
    expect(worker?.Timeout).toBe(60);
    expect(worker?.Environment.Variables.WORKER_TIMEOUT_SECONDS).toBe('60');
    const dispatcher = of('AWS::Lambda::Function', changed).find(([id]) =>
      id.startsWith('WebhookDispatcher'),
    )?.[1];
    expect(dispatcher?.Environment.Variables).toMatchObject({
      WEBHOOK_ALLOWED_CIDRS: '10.0.0.0/8,fd00::/8',
      WEBHOOK_SCHEDULE: '0,1,2',
    });
    expect(of('AWS::ApiGatewayV2::Api', changed)[0]?.[1].CorsConfiguration).toMatchObject({
      AllowOrigins: ['https://app.example.com'],
      ExposeHeaders: expect.arrayContaining(['ETag', 'Retry-After', 'Location']),
    });
    const policies = Object.values(changed.Resources)
      .filter(({ Type }) => Type === 'AWS::DynamoDB::GlobalTable')
      .map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies).toEqual(['Delete', 'Delete']);
  });

  test.each([
    ['no jwt', { jwt: null }, /Say how the tokens of your users are verified/],
    ['a jwt that is neither', { jwt: 'my-secret' }, /Say how the tokens of your users are verified/],
    ['a timeout that Lambda does not have', { workerTimeoutSeconds: 901 }, /workerTimeoutSeconds: .*900/],
    ['a range that is none', { webhookAllowedCidrs: '10.0.0.0' }, /webhookAllowedCidrs/],
    ['files that go before their status', { fileRetentionDays: 30 }, /fileRetentionDays: must be more/],
    ['a topic that is none', { alarmTopicArn: 'on-call' }, /alarmTopicArn: must be the ARN of an SNS topic/],
    ['a policy that is none', { removalPolicy: 'keep' }, /removalPolicy/],
    [
      'a name spelled wrong',
      { workerTimoutSeconds: 60 },
      /workerTimoutSeconds: .* did you mean workerTimeoutSeconds\?/,
    ],
  ])('with %s end in a sentence', async (_, context, sentence) => {
    const error: Error = await synthesized(context).then(
      () => new Error('it was synthesized'),
      (caught) => caught,
    );
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toMatch(/\n\s+at /);
  });
});
