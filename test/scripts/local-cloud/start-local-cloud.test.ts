import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import {
  eventually,
  FIXTURE,
  refusalOf,
  startChildCloud,
  useFixtureAssets,
  withChangedTemplate,
} from './child-cloud.ts';

const refusalOfChanged = (change: Parameters<typeof withChangedTemplate>[0]): Promise<string> =>
  withChangedTemplate(change, (file) => refusalOf(['--template', file]));

test('a resource type that is not known is refused at start', async () => {
  const refusal = await refusalOfChanged(({ Resources }) => {
    Resources.Rocket = { Type: 'AWS::Space::Rocket' };
  });
  expect(refusal).toBe('The local cloud doesn\'t know the resource type AWS::Space::Rocket (of "Rocket").');
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
test('AWS refuses a mapping whose queue is visible again before the function times out: so does this', async () => {
  const refusal = await refusalOfChanged(({ Resources }) => {
    const worker = Resources.Worker;
    if (worker?.Properties) worker.Properties.Timeout = 5;
    useFixtureAssets(Resources);
  });
  expect(refusal).toMatch(/Queue visibility timeout: 1 seconds is less than Function timeout: 5 seconds/);
});

test.each([
  ['a name that AWS refuses', { BucketName: 'Upper' }, /Bucket "Plain": AWS refuses the name "Upper"/],
  ['an unknown property', { WebsiteConfiguration: {} }, /property "WebsiteConfiguration" of AWS::S3::Bucket/],
  [
    'a queue that is not there',
    notifying({ Event: 's3:ObjectCreated:*', Queue: 'arn:aws:sqs:us-east-1:000000000000:x' }),
    /"Plain" notifies arn:aws:sqs:us-east-1:000000000000:x, which is no queue/,
  ],
  ['an unknown event', notifying({ Event: 's3:ObjectTagging:Put' }), /the event "s3:ObjectTagging:Put"/],
  [
    'notifications that overlap',
    notifying({ Event: 's3:ObjectCreated:*' }, { Event: 's3:ObjectCreated:Put' }),
    /Bucket "Plain": Configurations overlap/,
  ],
  [
    'a notification of something else',
    { NotificationConfiguration: { LambdaConfigurations: [] } },
    /the notification "LambdaConfigurations"/,
  ],
])('a bucket with %s is refused at start', async (_what, properties, message) => {
  const refusal = await refusalOfChanged(({ Resources }) => {
    Resources.Plain = { Type: 'AWS::S3::Bucket', Properties: properties };
  });
  expect(refusal).toMatch(message);
});

function notifying(...configurations: object[]): Record<string, unknown> {
  const Queue = { 'Fn::GetAtt': ['Uploaded', 'Arn'] };
  return {
    NotificationConfiguration: { QueueConfigurations: configurations.map((each) => ({ Queue, ...each })) },
  };
}

/** The fixture with a role that is changed so. */
const refusalOfRole = (id: string, change: Record<string, unknown>): Promise<string> =>
  refusalOfChanged(({ Resources }) => {
    Object.assign(Resources[id]?.Properties ?? {}, change);
  });

test.each([
  [
    'that Lambda cannot assume',
    'Role',
    { AssumeRolePolicyDocument: { Statement: [] } },
    /The role defined for the function cannot be assumed by Lambda \(role "Role", function "Echo"\)/,
  ],
  [
    'with a managed policy that is not known',
    'Role',
    { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    /Role "Role": the local cloud doesn't know the managed policy arn:aws:iam::aws:policy\/AdministratorAccess/,
  ],
  [
    'with a permissions boundary',
    'Role',
    { PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' },
    /doesn't know the property "PermissionsBoundary" of AWS::IAM::Role/,
  ],
  [
    'that is not there',
    'Echo',
    { Role: 'arn:aws:iam::1:role/r' },
    /has the role arn:aws:iam::1:role\/r, which is/,
  ],
  [
    'of a group',
    'Policy',
    { Groups: ['g'] },
    /Policy "Policy": the local cloud doesn't know policies of users/,
  ],
])('a role %s is refused at start', async (_what, id, change, message) => {
  expect(await refusalOfRole(id, change)).toMatch(message);
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
test.each([
  [
    'sqs:DeleteMessage',
    'JobsToWorker',
    /The provided execution role does not have permissions to call DeleteMessage on SQS .*"JobsToWorker"/,
  ],
  [
    'dynamodb:GetRecords',
    'StreamToFollower',
    /Cannot access stream .*\/Changed-Items\/stream\/.*"StreamToFollower"/,
  ],
  [
    'sqs:SendMessage',
    'StreamToRefuser',
    /does not have permissions to call SendMessage on SQS .*"StreamToRefuser"/,
  ],
])('without %s AWS refuses the mapping %s: so does this', async (action, _mapping, message) => {
  const refusal = await refusalOfChanged(({ Resources }) => {
    const PolicyDocument = { Statement: { Effect: 'Deny', Action: action, Resource: '*' } };
    Resources.Denial = { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument, Roles: [{ Ref: 'Role' }] } };
  });
  expect(refusal).toMatch(message);
});

test('a bundle that is not there is an error that says which', async () => {
  const refusal = await refusalOfChanged(() => {});
  expect(refusal).toMatch(/Function "Echo" has the handler "index.handler", but .*index.mjs/);
});

test('a port in use is an error that says so', async () => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  const refusal = await refusalOf(['--template', FIXTURE, '--port', String(port)]);
  server.close();
  expect(refusal).toBe(`Port ${port} is in use. Stop what listens there, or choose another port.`);
});

// SIGKILL: the local cloud cannot do anything itself, and still nothing may be left.
test.each(['SIGTERM', 'SIGKILL'] as const)(
  'after %s there is no process, port or file left',
  async (signal) => {
    const cloud = await startChildCloud();
    expect((await fetch(`${cloud.url}/echo`)).status).toBe(200);
    const before = processes();
    const database = before.find(
      ({ parent, command }) => parent === cloud.child.pid && /db-path/.test(command),
    );
    const folder = dirname(/--db-path (\S+)/.exec(database?.command ?? '')?.[1] ?? '');
    const guard = before.find(
      ({ parent, command }) => parent === cloud.child.pid && /waybill-s3-/.test(command),
    );
    const objects = guard?.command.split(' ').at(-1) ?? '';
    expect([folder, objects].map(existsSync)).toEqual([true, true]);
    const own = before.filter(({ parent }) => parent === cloud.child.pid || parent === database?.pid);
    cloud.child.kill(signal);
    await eventually(() => processes().every(({ pid }) => !own.some((each) => each.pid === pid)));
    for (const url of [cloud.url, ...Object.values(cloud.endpoints)]) {
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    }
    await eventually(() => !existsSync(folder) && !existsSync(objects));
  },
);

test('a start that fails midway leaves no process', async () => {
  await refusalOfChanged(() => {}); // its bundles are missing, which is seen after the services have started
  const orphans = (): unknown[] =>
    processes().filter(
      ({ command, parent }) =>
        /waybill-dynamodb-/.test(command) &&
        !processes().some((each) => each.pid === parent && /node|waybill/.test(each.command)),
    );
  await eventually(() => orphans().length === 0);
});

function processes(): { pid: number; parent: number; command: string }[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter(Boolean).map((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), command };
  });
}
