import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { jest } from '@jest/globals';
import { LOCAL_BUNDLES } from '../scripts/build.ts';
import { mintToken } from '../scripts/local-waybill.ts';
import { synthesize } from '../scripts/synth.ts';
import { eventually } from './local-cloud.ts';
import { recordOf } from './log-checker.ts';
import { type ChildCloud, clientOptions, startChildCloud } from './scripts/local-cloud/child-cloud.ts';
import { answering, type Receiver, webhookReceiver } from './webhook-receiver.ts';

/** A deployment of its own: metrics name neither owner nor id, so on the shared one nobody could tell whose they are. */

jest.setTimeout(60_000);

const JWT = { issuer: 'waybill', audience: 'waybill' };
const TEXT = { template_id: 'text-statistics', fields: { text: 'One text. Two sentences.' } };

let folder: string;
let cloud: ChildCloud;
let receiver: Receiver;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-logs-'));
  const template = await synthesize(folder, {
    bundles: LOCAL_BUNDLES,
    jwtIssuer: JWT.issuer,
    jwtAudience: JWT.audience,
    webhookAllowHttp: true,
    webhookAllowedCidrs: '127.0.0.0/8',
    webhookScheduleSeconds: '0',
  });
  // A minute of the schedule is a second.
  cloud = await startChildCloud(template, {}, ['--schedule-speed', '60']);
  receiver = await webhookReceiver((response, count) => answering(count === 1 ? 500 : 204)(response));
}, 120_000);
afterAll(async () => {
  receiver?.stop();
  await cloud?.stop();
  await rm(folder, { recursive: true });
});

const secretOf = (name: string): string => {
  const [, value = '{}'] =
    Object.entries(cloud.secrets).find(([id]) => id.startsWith(`Secrets${name}`)) ?? [];
  return JSON.parse(value).current;
};

async function call(
  path: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: object; headers?: Record<string, string> } = {},
) {
  const token = await mintToken({ ...JWT, secret: secretOf('Jwt') }, 'ada');
  const response = await fetch(`${cloud.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === '' ? undefined : JSON.parse(text),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: what a line holds is what the tests are about
const records = (): any[] => cloud.lines.map(recordOf).filter((record) => record !== undefined);

/** How often each metric was counted since the last look, by what it is counted by: `{ 'JobsFinished completed': 1 }`. */
function counter(): () => Record<string, number> {
  let seen = cloud.lines.length;
  return () => {
    const lines = cloud.lines.slice(seen);
    seen += lines.length;
    const counted: Record<string, number> = {};
    for (const line of lines.map(recordOf)) {
      const { _aws, ...values } = (line ?? {}) as { _aws?: { CloudWatchMetrics: Directive[] } } & Record<
        string,
        unknown
      >;
      for (const { Dimensions, Metrics } of _aws?.CloudWatchMetrics ?? []) {
        const [, by] = Dimensions[0] ?? [];
        const name = [Metrics[0]?.Name, ...(by ? [values[by]] : [])].join(' ');
        // Each minute of its schedule, sweep says that all is well.
        if (!/^(OldestDue|SweepFailures)/.test(name)) counted[name] = (counted[name] ?? 0) + 1;
      }
    }
    return counted;
  };
}
interface Directive {
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string }[];
}

/** The line of the logger with that text: asking the status function would be counted. */
const logged = (text: string, what: string) =>
  eventually(
    () => records().find((record) => record.level && JSON.stringify(record).includes(text)) ?? undefined,
    what,
  );
const countedAfter = async (count: () => Record<string, number>, expected: Record<string, number>) => {
  const all: Record<string, number> = {};
  await eventually(
    () => {
      for (const [name, times] of Object.entries(count())) all[name] = (all[name] ?? 0) + times;
      return Object.entries(expected).every(([name, times]) => (all[name] ?? 0) >= times) || undefined;
    },
    `the metrics ${Object.keys(expected)}`,
  ).catch(() => {});
  expect(all).toEqual(expected);
};

test('a job is counted from its acceptance to its webhook, each event once, and its lines carry its id', async () => {
  const count = counter();
  const body = { ...TEXT, webhook_url: `${receiver.url}?key=key-of-the-receiver` };
  // The same three times at once is one job.
  const [first] = await Promise.all([1, 2, 3].map(() => call('/assemblies', { method: 'POST', body })));
  const id: string = first?.json.assembly_id;
  await countedAfter(count, {
    JobsAccepted: 1,
    TimeToStart: 1,
    QueueWait: 1,
    'JobsFinished completed': 1,
    TimeToEnd: 1,
    'CompletionRate text-statistics': 1,
    'RunsEnded completed': 1,
    'WebhookAttempts retried': 1,
    'WebhookAttempts delivered': 1,
  });
  expect(receiver.received).toHaveLength(2);

  const done = await logged('A job message is done with', 'the line of the worker');
  expect(done).toMatchObject({ assembly_id: id, service: 'waybill', outcome: 'completed' });
  expect(done.request_id).toMatch(/^[0-9a-f-]{36}$/);
  expect(done.function_name).toBe(Object.values(cloud.functions).find((name) => /Worker/.test(name)));
  const delivered = await logged('"outcome":"delivered"', 'the line of the dispatcher');
  expect(delivered).toMatchObject({ assembly_id: id, event_id: receiver.received[1]?.headers['webhook-id'] });
  expect(cloud.lines.join('\n')).not.toContain('key-of-the-receiver');
});

test('a job that is canceled and begun again is two that were accepted, and one run', async () => {
  const count = counter();
  const body = { template_id: 'human-review', fields: { title: 'Look' } };
  const { json } = await call('/assemblies', { method: 'POST', body });
  const path = `/assemblies/${json.assembly_id}`;
  await call(path, { method: 'DELETE' });
  await call(path, { method: 'DELETE' });
  await call(`${path}/retry?attempt=1`, { method: 'POST' });
  await call(`${path}/retry?attempt=1`, { method: 'POST' });
  const worker = { 'x-webhook-secret': secretOf('Update') };
  for (const status of ['processing', 'failed', 'failed'])
    await call(`${path}/status`, { method: 'POST', body: { status }, headers: worker });
  await countedAfter(count, {
    JobsAccepted: 2,
    'JobsFinished canceled': 1,
    'JobsFinished failed': 1,
    'CompletionRate human-review': 1,
    TimeToStart: 1,
    TimeToEnd: 2,
    'RunsEnded failed': 1,
  });
});

test('status checks are counted by what they were answered, also those of direct calls', async () => {
  const { json } = await call('/assemblies', {
    method: 'POST',
    body: { ...TEXT, fields: { text: 'Another one.' } },
  });
  const path = `/assemblies/${json.assembly_id}`;
  await logged(json.assembly_id, 'its end');
  const count = counter();
  const found = await call(path);
  expect(found.status).toBe(200);
  await call(path, { headers: { 'if-none-match': found.headers.get('etag') ?? '' } });
  await call(path, { headers: { authorization: 'Bearer nobody' } });
  await call(`/assemblies/${'0'.repeat(64)}`);
  await call('/assemblies/no-id');
  // However many it names, and whatever becomes of each.
  const assembly_ids = [json.assembly_id, '0'.repeat(64)];
  expect((await call('/assemblies/batch-status', { method: 'POST', body: { assembly_ids } })).status).toBe(
    200,
  );
  const lambda = new LambdaClient(clientOptions(cloud, 'lambda'));
  const [, FunctionName] = Object.entries(cloud.functions).find(([id]) => /^Status[0-9A-F]/.test(id)) ?? [];
  const direct = (payload: object) =>
    lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }));
  await direct({ assemblyId: json.assembly_id, userId: 'ada' });
  await direct({ assemblyId: json.assembly_id });
  lambda.destroy();
  await countedAfter(count, {
    'StatusChecks found': 3,
    'StatusChecks not_modified': 1,
    'StatusChecks unauthenticated': 2,
    'StatusChecks not_found': 1,
    'StatusChecks invalid': 1,
  });
});

test('sweep says each minute how it is', async () => {
  const line = await eventually(
    () => records().find(({ SweepFailures }) => SweepFailures === 0),
    'a line of sweep',
  );
  expect(line).toMatchObject({ OldestDueDeliverySeconds: 0, service: 'waybill' });
});
