import { FUNCTIONS, ROUTES } from '../../lib/bindings.ts';
import { TERMINAL } from '../../lib/domain/state-machine.ts';
import { WAITING } from '../../lib/domain/submission.ts';
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

test('tables have a time to live and outlive the stack, and what cannot be made again can be restored', () => {
  const tables = of('AWS::DynamoDB::GlobalTable');
  expect(tables).toHaveLength(5);
  for (const [id, table] of tables) {
    // A rate limit that is forgotten begins anew, and so does the count of a queue.
    if (!/^(RateLimits|Queue)/.test(id))
      expect(table.Replicas[0].PointInTimeRecoverySpecification).toEqual({
        PointInTimeRecoveryEnabled: true,
      });
    expect(table.TimeToLiveSpecification).toEqual({ AttributeName: 'expires_at', Enabled: true });
    expect(template.Resources[id]?.DeletionPolicy).toBe('Retain');
  }
});

test('the jobs table has one key attribute and a stream of both images', () => {
  const table = of('AWS::DynamoDB::GlobalTable').find(([id]) => id.startsWith('Jobs'))?.[1];
  expect(table?.KeySchema).toEqual([{ AttributeName: 'assembly_id', KeyType: 'HASH' }]);
  expect(table?.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('the table of rate limits has one key attribute and neither stream nor index', () => {
  const table = of('AWS::DynamoDB::GlobalTable').find(([id]) => id.startsWith('RateLimits'))?.[1];
  expect(table?.KeySchema).toEqual([{ AttributeName: 'limit_key', KeyType: 'HASH' }]);
  expect(table).not.toHaveProperty('StreamSpecification');
  expect(table).not.toHaveProperty('GlobalSecondaryIndexes');
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
  const filtersOf = (name: string): Properties[] => {
    const mapping = mappings.find(([id]) => id.startsWith(name))?.[1];
    return mapping?.FilterCriteria.Filters.map(({ Pattern }: Properties) => JSON.parse(Pattern));
  };
  const written = (...images: object[]) =>
    images.map((NewImage) => ({ eventName: ['INSERT', 'MODIFY'], dynamodb: { NewImage } }));
  expect(mappings).toHaveLength(4);
  for (const [, mapping] of mappings)
    expect(mapping).toMatchObject({
      StartingPosition: 'TRIM_HORIZON',
      MaximumRetryAttempts: -1,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  const queued = { status: { S: ['queued'] } };
  // Also those of others whose submissions our worker has to write first.
  const ours = [
    { ...queued, external: { BOOL: [false] } },
    { ...queued, submission_count: { N: [{ exists: true }] } },
  ];
  const begun = ours.map((OldImage) => ({
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { OldImage, NewImage: { status: { S: ['processing'] } } },
  }));
  expect(filtersOf('EnqueueJobsStream')).toEqual([...written(...ours), ...begun]);
  expect(filtersOf('NotifyJobsStream')).toEqual(written({ status: { S: [...TERMINAL] } }));
  expect(filtersOf('EnqueueSubmissionsSubmissionsStream')).toEqual(
    written({ status: { S: ['queued', 'rate_limited'] }, external: { BOOL: [false] } }),
  );
  expect(filtersOf('PlanTallySubmissionsStream')).toEqual(
    written({ submission_id: { S: [{ exists: true }] } }),
  );
});

test('a submission is taken to be waiting by the stream where a worker may take it', () => {
  const [, mapping] =
    of('AWS::Lambda::EventSourceMapping').find(([id]) => id.startsWith('EnqueueSubmissions')) ?? [];
  const { status } = JSON.parse(mapping?.FilterCriteria.Filters[0].Pattern).dynamodb.NewImage;
  expect(status.S).toEqual([...WAITING]);
});

test('a queue hides a message for six times its function’s timeout, and keeps what failed for longer', () => {
  const functions = new Map(of('AWS::Lambda::Function'));
  const queues = new Map(of('AWS::SQS::Queue'));
  const mappings = of('AWS::Lambda::EventSourceMapping').filter(
    ([id, { StartingPosition }]) => !StartingPosition && !id.startsWith('Bury'),
  );
  expect(mappings).toHaveLength(5);
  for (const [, { EventSourceArn, FunctionName, FunctionResponseTypes }] of mappings) {
    const queue = queues.get(EventSourceArn['Fn::GetAtt'][0]);
    const deadLetters = queues.get(queue?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]);
    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functions.get(FunctionName.Ref)?.Timeout);
    expect(queue?.RedrivePolicy.maxReceiveCount).toBe(5);
    expect(deadLetters?.MessageRetentionPeriod).toBeGreaterThan(queue?.MessageRetentionPeriod);
    expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  }
});

test('the dead letters of jobs and submissions are answered for, those of no other queue', () => {
  const buried = of('AWS::Lambda::EventSourceMapping').filter(([, { EventSourceArn }]) =>
    EventSourceArn['Fn::GetAtt'][0].includes('DeadLetters'),
  );
  const queues = new Map(of('AWS::SQS::Queue'));
  const functions = new Map(of('AWS::Lambda::Function'));
  const pairs = buried.map(([, { EventSourceArn, FunctionName, FunctionResponseTypes }]) => {
    const id: string = EventSourceArn['Fn::GetAtt'][0];
    expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    const { Timeout } = functions.get(FunctionName.Ref) ?? {};
    expect(queues.get(id)?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    return [FunctionName.Ref.slice(0, -8), id.replace(/DeadLetters.*/, '')];
  });
  expect(pairs.sort()).toEqual([
    ['Bury', 'JobsQueue'],
    ['BurySubmission', 'SubmissionsQueue'],
  ]);
});

test('no function reserves concurrency, and what may take long is taken one at a time, or side by side', () => {
  expect(
    of('AWS::Lambda::Function').filter(([, fn]) => fn.ReservedConcurrentExecutions !== undefined),
  ).toEqual([]);
  const mapping = (name: string): Properties | undefined =>
    of('AWS::Lambda::EventSourceMapping').find(([id]) => id.startsWith(name))?.[1];
  expect(mapping('Worker')).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 50 } });
  expect(mapping('SubmissionWorker')).toMatchObject({
    BatchSize: 10,
    ScalingConfig: { MaximumConcurrency: 20 },
  });
  expect(mapping('Tally')).toMatchObject({ BatchSize: 1 });
  expect(mapping('PlanTally')).toMatchObject({ BatchSize: 1_000, MaximumBatchingWindowInSeconds: 1 });
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

describe('to each table, a function may do only what it does', () => {
  const TELLS = ['Query'];
  const expected: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    Jobs: {
      Submit: ['GetItem', 'PutItem', 'Query', 'UpdateItem'],
      Status: ['BatchGetItem', 'GetItem'],
      StatusUpdate: ['GetItem', 'UpdateItem'],
      Retry: ['GetItem', 'Query', 'UpdateItem'],
      Cancel: ['GetItem', 'UpdateItem'],
      Results: ['GetItem'],
      Submissions: ['GetItem'],
      Deliveries: ['GetItem'],
      List: ['BatchGetItem', 'Query'],
      ReceiveUpload: ['GetItem', 'UpdateItem'],
      Worker: ['GetItem', 'UpdateItem'],
      Bury: ['GetItem', 'UpdateItem'],
      SubmissionWorker: ['GetItem'],
      Tally: ['GetItem', 'UpdateItem'],
      Sweep: ['GetItem', 'Query', 'UpdateItem'],
    },
    Submissions: {
      // An external worker may report of a recipient before our own has written its row.
      StatusUpdate: ['PutItem', 'Query', 'UpdateItem'],
      Worker: ['PutItem', 'Query', 'UpdateItem'],
      SubmissionWorker: ['UpdateItem'],
      BurySubmission: ['UpdateItem'],
      Tally: ['Query'],
      Submissions: ['Query'],
      Submit: TELLS,
      Status: TELLS,
      Retry: TELLS,
      Cancel: TELLS,
      Notify: TELLS,
    },
    RateLimits: { Submit: ['UpdateItem'], Retry: ['UpdateItem'], SubmissionWorker: ['UpdateItem'] },
    Queue: { Status: ['GetItem', 'Query'], Enqueue: ['GetItem', 'PutItem', 'Query', 'UpdateItem'] },
    Deliveries: {
      Status: ['PutItem', 'UpdateItem'],
      Notify: ['PutItem', 'UpdateItem'],
      Deliveries: ['BatchGetItem', 'Query'],
      WebhookDispatcher: ['UpdateItem'],
      Sweep: ['Query', 'UpdateItem'],
    },
  };
  /** Those of streams are asserted on above. */
  const isOfTable = (action: string): boolean => /^dynamodb:(?!.*Stream|GetRecords|GetShard)/.test(action);

  test.each(Object.entries(expected))('%s', (table, functions) => {
    const found = of('AWS::IAM::Policy').flatMap(([id, { PolicyDocument }]) => {
      const actions = PolicyDocument.Statement.filter((statement: Properties) =>
        resourcesOf(statement).some((resource) => JSON.stringify(resource).includes(`"${table}Table`)),
      )
        .flatMap(actionsOf)
        .filter(isOfTable)
        .map((action: string) => action.slice('dynamodb:'.length));
      const name = id.replace(/ServiceRole.*/, '');
      return actions.length > 0 ? [[name, [...new Set(actions)].sort()]] : [];
    });
    expect(Object.fromEntries(found)).toEqual(functions);
  });

  test('no table is left out', () => {
    const tables = of('AWS::DynamoDB::GlobalTable').map(([id]) => id.replace(/Table[0-9A-F]{8}$/, ''));
    expect(tables.sort()).toEqual(Object.keys(expected).sort());
  });
});

test.each([
  ['SubmissionsQueue', ['EnqueueSubmissions', 'SubmissionWorker', 'Worker']],
  ['TallyQueue', ['PlanTally', 'Sweep', 'Tally', 'Worker']],
  ['JobsQueue', ['Enqueue', 'Sweep']],
])('to the %s, only those send that do', (queue, expected) => {
  const senders = of('AWS::IAM::Policy').filter(([, { PolicyDocument }]) =>
    PolicyDocument.Statement.some(
      (statement: Properties) =>
        actionsOf(statement).includes('sqs:SendMessage') &&
        resourcesOf(statement).some((resource) => JSON.stringify(resource).includes(`"${queue}`)),
    ),
  );
  expect(senders.map(([id]) => id.replace(/ServiceRole.*/, '')).sort()).toEqual(expected);
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
    ['Worker', 's3:GetObject', ['uploads/*', 'fields/*', 'results/*']],
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
    expect(policies).toEqual(of('AWS::DynamoDB::GlobalTable').map(() => 'Delete'));
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
