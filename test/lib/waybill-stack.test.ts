import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROUTES } from '../../lib/bindings.ts';
import { TERMINAL } from '../../lib/domain/state-machine.ts';
import { synthesize } from '../../scripts/synth.ts';

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation properties have no types of their own
type Properties = Record<string, any>;
interface Template {
  readonly Resources: Record<string, { Type: string; Properties: Properties; DeletionPolicy?: string }>;
  readonly Outputs: Record<string, object>;
}

let folder: string;
let template: Template;

async function synthesized(context: Record<string, unknown>): Promise<Template> {
  return JSON.parse(await readFile(await synthesize(folder, context), 'utf8'));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  template = await synthesized({});
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const of = (type: string, { Resources } = template): [string, Properties][] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );

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
    ([, { StartingPosition }]) => !StartingPosition,
  );
  expect(mappings).toHaveLength(2);
  for (const [, { EventSourceArn, FunctionName, FunctionResponseTypes }] of mappings) {
    const queue = queues.get(EventSourceArn['Fn::GetAtt'][0]);
    const deadLetters = queues.get(queue?.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]);
    expect(queue?.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functions.get(FunctionName.Ref)?.Timeout);
    expect(queue?.RedrivePolicy.maxReceiveCount).toBe(5);
    expect(deadLetters?.MessageRetentionPeriod).toBeGreaterThan(queue?.MessageRetentionPeriod);
    expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  }
});

test('no function reserves concurrency, and the worker takes one message at a time', () => {
  expect(
    of('AWS::Lambda::Function').filter(([, fn]) => fn.ReservedConcurrentExecutions !== undefined),
  ).toEqual([]);
  const worker = of('AWS::Lambda::EventSourceMapping').find(([id]) => id.startsWith('Worker'))?.[1];
  expect(worker).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 50 } });
});

test('no function may do everything, or something to everything', () => {
  const actions = statements().flatMap(({ Action }) => Action);
  expect(actions.filter((action: string) => action.includes('*'))).toEqual([]);
  // Reading a stream's list of streams has no finer resource on AWS.
  const everywhere = statements().filter(({ Resource }) => [Resource].flat().includes('*'));
  expect(everywhere.map(({ Action }) => Action)).toEqual(everywhere.map(() => 'dynamodb:ListStreams'));
});

test.each([
  ['Submit', ['dynamodb:PutItem', 'dynamodb:UpdateItem']],
  ['StatusUpdate', ['dynamodb:GetItem', 'dynamodb:UpdateItem']],
  ['Worker', ['dynamodb:UpdateItem']],
  ['Health', []],
])('%s may do to tables only what it does', (name, expected) => {
  const policy = of('AWS::IAM::Policy').find(([id]) => id.startsWith(`${name}ServiceRole`))?.[1];
  const actions: string[] = (policy?.PolicyDocument.Statement ?? []).flatMap(
    ({ Action }: Properties) => Action,
  );
  expect(
    actions.filter((action) => /^dynamodb:(?!.*Stream|GetRecords|GetShard)/.test(action)).sort(),
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

test('outputs say where everything is', () => {
  expect(Object.keys(template.Outputs)).toEqual(
    expect.arrayContaining(['Url', 'StatusFunctionName', 'JobsTableName', 'JwtSecretArn', 'UpdateSecretArn']),
  );
});

describe('settings', () => {
  test('change what is deployed', async () => {
    const changed = await synthesized({
      jwt: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens-AbCdEf',
      workerTimeoutSeconds: '60',
      removalPolicy: 'destroy',
      corsAllowedOrigins: 'https://app.example.com',
      webhookAllowedCidrs: '10.0.0.0/8,fd00::/8',
    });
    expect(of('AWS::SecretsManager::Secret', changed)).toHaveLength(3);
    const worker = of('AWS::Lambda::Function', changed).find(([id]) => id.startsWith('Worker'))?.[1];
    expect(worker?.Timeout).toBe(60);
    expect(worker?.Environment.Variables.WORKER_TIMEOUT_SECONDS).toBe('60');
    const dispatcher = of('AWS::Lambda::Function', changed).find(([id]) =>
      id.startsWith('WebhookDispatcher'),
    )?.[1];
    expect(dispatcher?.Environment.Variables.WEBHOOK_ALLOWED_CIDRS).toBe('10.0.0.0/8,fd00::/8');
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
    ['a policy that is none', { removalPolicy: 'keep' }, /removalPolicy/],
  ])('with %s end in a sentence', async (_, context, sentence) => {
    const error: Error = await synthesize(folder, context).then(
      () => new Error('it was synthesized'),
      (caught) => caught,
    );
    expect(error.message).toMatch(sentence);
    expect(error.message).not.toMatch(/\n\s+at /);
  });
});
