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

/** Waybill's own template, but for one action of one function. Beside the original, where the bundles are. */
async function templateWithout(action: string, functionId: string): Promise<string> {
  const changed = JSON.parse(template) as Template;
  const [, policy] =
    Object.entries(changed.Resources).find(
      ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(`${functionId}ServiceRole`),
    ) ?? [];
  const statements = policy?.Properties.PolicyDocument?.Statement ?? [];
  const having = statements.filter(({ Action }) => [Action].flat().includes(action));
  expect(having.length).toBeGreaterThan(0);
  for (const statement of having) {
    statement.Action = [statement.Action].flat().filter((each) => each !== action);
    if (statement.Action.length === 0) statements.splice(statements.indexOf(statement), 1);
  }
  const file = join(folder, `Without${functionId}.template.json`);
  await writeFile(file, JSON.stringify(changed));
  return file;
}

test('with its grants, a job gets done', async () => {
  const user = newUser();
  const { json } = await submit(user, WORK);
  expect((await ended(user, json.assembly_id)).status).toBe('completed');
});

test.each([
  [
    'Worker',
    'dynamodb:UpdateItem',
    /is not authorized to perform: dynamodb:UpdateItem on resource: \S+:table\/\S*Jobs/,
  ],
  ['Enqueue', 'sqs:SendMessage', /is not authorized to perform: sqs:sendmessage on resource: \S+:\S*Jobs/],
])('without the grant of %s for %s, its log says so and no job gets done', async (id, action, refusal) => {
  const cloud = await startChildCloud(await templateWithout(action, id));
  try {
    const [, secret = ''] =
      Object.entries(cloud.secrets).find(([name]) => name.startsWith('SecretsJwt')) ?? [];
    const headers = {
      authorization: `Bearer ${await mintToken({ ...JWT, secret: JSON.parse(secret).current }, 'user-1')}`,
      'content-type': 'application/json',
    };
    const submitted = await fetch(`${cloud.url}/assemblies`, {
      method: 'POST',
      headers,
      body: JSON.stringify(WORK),
    });
    expect(submitted.status).toBe(202);
    const { assembly_id } = (await submitted.json()) as { assembly_id: string };
    const says = ([name]: [string, string]) => new RegExp(`^${id}[0-9A-F]{8}$`).test(name);
    const [, functionName = ''] = Object.entries(cloud.functions).find(says) ?? [];
    await eventually(
      () => cloud.lines.find((line) => line.startsWith(`${functionName}: `) && refusal.test(line)),
      'the refusal in the log',
    );
    const status = await fetch(`${cloud.url}/assemblies/${assembly_id}`, { headers });
    expect([status.status, await status.json()]).toMatchObject([202, { status: 'queued' }]);
  } finally {
    await cloud.stop();
  }
});
