import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_BUNDLES } from '../scripts/build.ts';
import { mintToken } from '../scripts/local-waybill.ts';
import { synthesize } from '../scripts/synth.ts';
import { ended, eventually, newUser, submit } from './local-cloud.ts';
import { startChildCloud } from './scripts/local-cloud/child-cloud.ts';

/** Why the local cloud holds functions to their roles: a grant that is forgotten in lib/ must fail here. */

const JWT = { issuer: 'waybill', audience: 'waybill' };
const WORK = { template_id: 'text-statistics', fields: { text: 'One text. Two sentences.' } };

interface Statement {
  Action: string | string[];
  Resource: unknown;
}
interface Template {
  Resources: Record<string, { Type: string; Properties: { PolicyDocument?: { Statement: Statement[] } } }>;
}

let folder: string;
let template: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-grants-'));
  const file = await synthesize(folder, {
    bundles: LOCAL_BUNDLES,
    jwtIssuer: 'waybill',
    jwtAudience: 'waybill',
  });
  template = await readFile(file, 'utf8');
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** One action that a function is allowed, of whatever, or of the resource whose logical id begins like that. */
interface Grant {
  readonly of: string;
  readonly action: string;
  readonly on?: string;
}

/** Waybill's own template, but for these grants. Beside the original, where the bundles are. */
async function templateWithout(...grants: readonly Grant[]): Promise<string> {
  const changed = JSON.parse(template) as Template;
  for (const { of, action, on = '' } of grants) {
    const [, policy] =
      Object.entries(changed.Resources).find(
        ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(`${of}ServiceRole`),
      ) ?? [];
    const statements = policy?.Properties.PolicyDocument?.Statement ?? [];
    const having = statements.filter(
      ({ Action, Resource }) =>
        [Action].flat().includes(action) && JSON.stringify(Resource).includes(`"${on}`),
    );
    expect(having.length).toBeGreaterThan(0);
    for (const statement of having) {
      statement.Action = [statement.Action].flat().filter((each) => each !== action);
      if (statement.Action.length === 0) statements.splice(statements.indexOf(statement), 1);
    }
  }
  const file = join(folder, `Without${grants.map(({ of }) => of).join('')}.template.json`);
  await writeFile(file, JSON.stringify(changed));
  return file;
}

type Cloud = Awaited<ReturnType<typeof startChildCloud>>;

async function headersFor({ secrets }: Cloud) {
  const [, secret = ''] = Object.entries(secrets).find(([name]) => name.startsWith('SecretsJwt')) ?? [];
  const token = await mintToken({ ...JWT, secret: JSON.parse(secret).current }, 'user-1');
  return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
}

async function submittedTo({ url }: Cloud, headers: Record<string, string>): Promise<string> {
  const body = JSON.stringify(WORK);
  const submitted = await fetch(`${url}/assemblies`, { method: 'POST', headers, body });
  expect(submitted.status).toBe(202);
  return ((await submitted.json()) as { assembly_id: string }).assembly_id;
}

/** Once the log of the function says so. */
const isSaid = ({ functions, lines }: Cloud, id: string, refusal: RegExp): Promise<unknown> => {
  const says = ([name]: [string, string]) => new RegExp(`^${id}[0-9A-F]{8}$`).test(name);
  const [, functionName = ''] = Object.entries(functions).find(says) ?? [];
  return eventually(
    () => lines.find((line) => line.startsWith(`${functionName}: `) && refusal.test(line)),
    `the refusal of ${id} in the log`,
  );
};

test('with its grants, a job gets done', async () => {
  const user = newUser();
  const { json } = await submit(user, WORK);
  expect((await ended(user, json.assembly_id)).status).toBe('completed');
});

// Limits keep owners apart, and turn nobody away where they cannot be asked.
test('without the grant of Submit for the rate limits, work is accepted, and its log says so', async () => {
  const changed = JSON.parse(template) as Template;
  for (const [id, { Type, Properties }] of Object.entries(changed.Resources)) {
    if (Type !== 'AWS::IAM::Policy' || !id.startsWith('SubmitServiceRole')) continue;
    const document = Properties.PolicyDocument as { Statement: Statement[] };
    const kept = document.Statement.filter((statement) => !JSON.stringify(statement).includes('"RateLimits'));
    expect(kept.length).toBe(document.Statement.length - 1);
    document.Statement = kept;
  }
  const file = join(folder, 'WithoutLimits.template.json');
  await writeFile(file, JSON.stringify(changed));
  const cloud = await startChildCloud(file);
  try {
    const [, secret = ''] =
      Object.entries(cloud.secrets).find(([name]) => name.startsWith('SecretsJwt')) ?? [];
    const authorization = `Bearer ${await mintToken({ ...JWT, secret: JSON.parse(secret).current }, 'user-1')}`;
    const submitted = await fetch(`${cloud.url}/assemblies`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(WORK),
    });
    expect([submitted.status, submitted.headers.has('ratelimit')]).toEqual([202, false]);
    await eventually(
      () => cloud.lines.find((line) => /so they do not hold.*not authorized.*dynamodb:UpdateItem/.test(line)),
      'the refusal in the log',
    );
  } finally {
    await cloud.stop();
  }
});

test.each([
  [
    'Worker',
    'dynamodb:UpdateItem',
    /is not authorized to perform: dynamodb:UpdateItem on resource: \S+:table\/\S*Jobs/,
  ],
  ['Enqueue', 'sqs:SendMessage', /is not authorized to perform: sqs:sendmessage on resource: \S+:\S*Jobs/],
])('without the grant of %s for %s, its log says so and no job gets done', async (of, action, refusal) => {
  const cloud = await startChildCloud(await templateWithout({ of, action }));
  try {
    const headers = await headersFor(cloud);
    const id = await submittedTo(cloud, headers);
    await isSaid(cloud, of, refusal);
    const status = await fetch(`${cloud.url}/assemblies/${id}`, { headers });
    expect([status.status, await status.json()]).toMatchObject([202, { status: 'queued' }]);
  } finally {
    await cloud.stop();
  }
});

test('where nobody may touch the rows of the queue, only the place in it is missing', async () => {
  const cloud = await startChildCloud(
    await templateWithout(
      { of: 'Worker', action: 'dynamodb:UpdateItem' },
      { of: 'Enqueue', action: 'dynamodb:UpdateItem' },
      { of: 'Status', action: 'dynamodb:Query', on: 'QueueTable' },
    ),
  );
  try {
    const headers = await headersFor(cloud);
    const assemblyId = await submittedTo(cloud, headers);
    // The job goes on its way all the same: the worker has had it.
    await isSaid(cloud, 'Worker', /is not authorized to perform: dynamodb:UpdateItem/);
    await isSaid(cloud, 'Enqueue', /The place in the queue could not be counted/);
    const status = await fetch(`${cloud.url}/assemblies/${assemblyId}`, { headers });
    expect([status.status, await status.json()]).toMatchObject([
      202,
      {
        status: 'queued',
        template_id: WORK.template_id,
        queue: { state: 'waiting', position: null, depth: null, degraded: true },
      },
    ]);
    await isSaid(cloud, 'Status', /The place in the queue could not be read/);
  } finally {
    await cloud.stop();
  }
});
