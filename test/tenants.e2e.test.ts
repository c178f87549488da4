import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SignJWT } from 'jose';
import { ROUTES } from '../lib/bindings.ts';
import { StatusLambdaClient } from '../lib/client/status-lambda-client.ts';
import { LOCAL_BUNDLES } from '../scripts/build.ts';
import { synthesize } from '../scripts/synth.ts';
import { noteSignature } from './captured-logs.ts';
import { type ChildCloud, clientOptions, startChildCloud } from './scripts/local-cloud/child-cloud.ts';

/** Tenants, where everybody is called like somebody else: 2 tenants × 3 users × every route × whose assembly it is. */

interface Person {
  readonly tenant: string;
  readonly user: string;
}
/** `globex/ada` of acme and `ada` of globex differ in the place of one slash. */
const PEOPLE: readonly Person[] = [
  { tenant: 'acme', user: 'ada' },
  { tenant: 'acme', user: 'globex/ada' },
  { tenant: 'globex', user: 'ada' },
  { tenant: 'globex', user: 'acme/ada' },
  // Keys of the indexes are JSON: these are called like keys, or like parts of one.
  { tenant: 'acme', user: 'ada","queued' },
  { tenant: 'globex', user: '["acme","ada"]' },
];
const nameOf = ({ tenant, user }: Person): string => `${user} of ${tenant}`;

const WORK = { template_id: 'human-review', fields: { title: 'Whose is it?' }, reference: 'r' };
const UNKNOWN = '0'.repeat(64);
const MACHINES = {
  acme: { read: 'read-secret-of-acme-0123456789abcdef', update: 'update-secret-of-acme-0123456789abcd' },
  globex: { read: 'read-secret-of-globex-0123456789abcd', update: 'update-secret-of-globex-0123456789ab' },
};

let folder: string;
let cloud: ChildCloud;
/** By the name of their owner. */
const ids = new Map<string, string>();
/** Of the first answer to each of them. */
const limits = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-tenants-'));
  const template = await synthesize(folder, { bundles: LOCAL_BUNDLES, jwt: 'generated', tenants: true });
  cloud = await startChildCloud(template);
  await putMachineSecrets();
  for (const person of PEOPLE) {
    const { json, told } = await ask('POST', '/assemblies', await tokenFor(person), WORK);
    ids.set(nameOf(person), String(json.assembly_id));
    const [, headers] = JSON.parse(told) as [number, [string, string][]];
    limits.set(nameOf(person), String(headers.find(([name]) => name === 'ratelimit')?.[1]));
  }
}, 90_000);
afterAll(async () => {
  await cloud?.stop();
  await rm(folder, { recursive: true });
});

async function putMachineSecrets(): Promise<void> {
  const client = new SecretsManagerClient(clientOptions(cloud, 'secretsManager'));
  for (const [name, kind] of [
    ['Read', 'read'],
    ['Update', 'update'],
  ] as const) {
    const SecretId = cloud.outputs[`${name}SecretArn`];
    const tenants = Object.fromEntries(
      Object.entries(MACHINES).map(([tenant, secrets]) => [tenant, { current: secrets[kind] }]),
    );
    for (const { current } of Object.values(tenants)) noteSignature(current);
    await client.send(new PutSecretValueCommand({ SecretId, SecretString: JSON.stringify({ tenants }) }));
  }
  client.destroy();
}

async function tokenFor(
  { user }: Pick<Person, 'user'>,
  tenant_id?: unknown,
  claims?: object,
): Promise<Record<string, string>>;
async function tokenFor(person: Person): Promise<Record<string, string>>;
async function tokenFor(
  { tenant, user }: { user: string; tenant?: string },
  tenant_id: unknown = tenant,
  claims: object = {},
): Promise<Record<string, string>> {
  const [, secret = ''] = Object.entries(cloud.secrets).find(([id]) => id.startsWith('SecretsJwt')) ?? [];
  const token = await new SignJWT({ tenant_id, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('waybill')
    .setAudience('waybill')
    .setSubject(user)
    .setExpirationTime('1 hour')
    .sign(new TextEncoder().encode(JSON.parse(secret).current));
  noteSignature(token.slice(token.lastIndexOf('.') + 1));
  return { authorization: `Bearer ${token}` };
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the tests are about
  readonly json: any;
  /** All that could tell two answers apart, but for when they were given and to which request. */
  readonly told: string;
}

async function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(cloud.url + path, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const changing = new Set(['date', 'x-request-id', 'apigw-requestid', 'connection', 'keep-alive']);
  const told = [...response.headers].filter(([name]) => !changing.has(name));
  const json = text === '' ? undefined : JSON.parse(text);
  return {
    status: response.status,
    json,
    told: JSON.stringify([
      response.status,
      told,
      text.replace(/"timestamp":"[^"]+"/, '').replaceAll(/[0-9a-f]{64}/g, ''),
    ]),
  };
}

/** How a route is asked about an assembly. Those that are not here are about none. */
const ABOUT: Readonly<Record<string, (id: string) => readonly [string, string, unknown?]>> = {
  'GET /assemblies/{assembly_id}': (id) => ['GET', `/assemblies/${id}`],
  'GET /status': (id) => ['GET', `/status?assemblyId=${id}`],
  'POST /assemblies/batch-status': (id) => ['POST', '/assemblies/batch-status', { assembly_ids: [id] }],
  'POST /assemblies/{assembly_id}/status': (id) => [
    'POST',
    `/assemblies/${id}/status`,
    { status: 'processing', progress: 10 },
  ],
  'POST /assemblies/{assembly_id}/retry': (id) => ['POST', `/assemblies/${id}/retry`],
  'DELETE /assemblies/{assembly_id}': (id) => ['DELETE', `/assemblies/${id}`],
  'GET /assemblies/{assembly_id}/results/{result_id}': (id) => ['GET', `/assemblies/${id}/results/1-1`],
  'GET /assemblies/{assembly_id}/submissions': (id) => ['GET', `/assemblies/${id}/submissions`],
  'GET /assemblies/{assembly_id}/deliveries': (id) => ['GET', `/assemblies/${id}/deliveries`],
};
const OF_NO_ASSEMBLY = [
  'POST /assemblies',
  'GET /assemblies',
  'GET /webhook-secret',
  'GET /health',
  'GET /openapi.json',
  'GET /docs',
  'GET /docs/scalar.js',
];
/** Only machines may. */
const UPDATE = 'POST /assemblies/{assembly_id}/status';
/** There is no result, so that this tells nothing to its owner either. */
const RESULT = 'GET /assemblies/{assembly_id}/results/{result_id}';

test('every route is in the matrix', () => {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect([...Object.keys(ABOUT), ...OF_NO_ASSEMBLY].sort()).toEqual([...routes].sort());
});

test('each owner has limits of their own', () => {
  expect([...limits.values()]).toEqual(PEOPLE.map(() => '"submissions";r=599;t=1, "open";r=999'));
});

test('the same work of four owners is four assemblies', () => {
  expect(new Set(ids.values()).size).toBe(PEOPLE.length);
});

const strangers = PEOPLE.flatMap((asker) =>
  PEOPLE.filter((owner) => owner !== asker).map((owner) => ({
    asker,
    owner,
    title: `${nameOf(asker)} about that of ${nameOf(owner)}`,
  })),
);

describe.each(Object.keys(ABOUT).filter((route) => route !== UPDATE))('%s', (route) => {
  const asking = (id: string) => ABOUT[route]?.(id) ?? ['', ''];

  test.each(strangers)('tells nothing to $title', async ({ asker, owner }) => {
    const headers = await tokenFor(asker);
    const [method, path, body] = asking(ids.get(nameOf(owner)) ?? '');
    const others = await ask(method, path, headers, body);
    const [, unknownPath, unknownBody] = asking(UNKNOWN);
    const unknown = await ask(method, unknownPath, headers, unknownBody);
    expect(others.told).toBe(unknown.told);
    if (route.endsWith('batch-status')) expect(Object.values(others.json.statuses)).toEqual([null]);
    else expect([others.status, others.json.code]).toEqual([404, 'not_found']);
  });

  test.each(PEOPLE.map((asker) => [nameOf(asker), asker] as const))(
    'refuses what is no id to %s',
    async (_, asker) => {
      const [method, path, body] = asking('NO-ID');
      expect((await ask(method, path, await tokenFor(asker), body)).status).toBe(400);
    },
  );
});

const shown = Object.keys(ABOUT).filter((route) => route.startsWith('GET') && route !== RESULT);
test.each(shown.flatMap((route) => PEOPLE.map((owner) => [route, nameOf(owner), owner] as const)))(
  '%s shows theirs to %s',
  async (route, _, owner) => {
    const [method, path] = ABOUT[route]?.(ids.get(nameOf(owner)) ?? '') ?? ['', ''];
    expect((await ask(method, path, await tokenFor(owner))).status).toBeLessThan(300);
  },
);

test('nothing of what strangers tried has changed anything, and each status names its owner', async () => {
  for (const person of PEOPLE) {
    const { json } = await ask('GET', `/assemblies/${ids.get(nameOf(person))}`, await tokenFor(person));
    expect(json).toMatchObject({
      status: 'queued',
      version: 1,
      user: { userId: person.user, tenantId: person.tenant },
    });
  }
});

test('each owner has a webhook secret of their own', async () => {
  const secrets = await Promise.all(
    PEOPLE.map(async (person) => (await ask('GET', '/webhook-secret', await tokenFor(person))).json.secret),
  );
  expect(new Set(secrets).size).toBe(PEOPLE.length);
});

describe('a list', () => {
  const FILTERS = [
    '',
    'status=queued',
    'status=waiting',
    'template_id=human-review',
    'page=1',
    'reference=r',
  ];

  const listedTo = async (person: Person, query: string, claims: object = {}): Promise<string[]> => {
    const { status, json } = await ask(
      'GET',
      `/assemblies?${query}`,
      await tokenFor(person, person.tenant, claims),
    );
    expect(status).toBe(200);
    return json.assemblies.map(({ assembly_id }: { assembly_id: string }) => assembly_id);
  };

  test.each(PEOPLE.flatMap((person) => FILTERS.map((query) => [query, nameOf(person), person] as const)))(
    '?%s shows theirs alone to %s',
    async (query, name, person) => {
      expect(await listedTo(person, query)).toEqual([ids.get(name)]);
    },
  );

  test.each(['acme', 'globex'])('of an operator ends at %s', async (tenant) => {
    const operator = { tenant, user: 'operator' };
    const query = 'all_owners=true&template_id=human-review';
    const scope = { scope: 'waybill:operator' };
    const theirs = PEOPLE.filter((person) => person.tenant === tenant).map((person) =>
      ids.get(nameOf(person)),
    );
    expect((await listedTo(operator, query, scope)).sort()).toEqual(theirs.sort());
    expect((await listedTo(operator, `${query}&status=waiting`, scope)).sort()).toEqual(theirs);
    for (const person of PEOPLE) {
      const headers = await tokenFor(operator, tenant, scope);
      const { status } = await ask('GET', `/assemblies/${ids.get(nameOf(person))}`, headers);
      expect([nameOf(person), status]).toEqual([nameOf(person), person.tenant === tenant ? 202 : 404]);
    }
  });

  test('has cursors that are good for one person', async () => {
    const [ada, other] = [PEOPLE[0] as Person, PEOPLE[2] as Person];
    const created: string[] = [];
    for (const nonce of ['1', '2']) {
      const work = { ...WORK, fields: { ...WORK.fields, nonce }, reference: 'walk' };
      created.push((await ask('POST', '/assemblies', await tokenFor(ada), work)).json.assembly_id);
    }
    const { json } = await ask('GET', '/assemblies?limit=1&reference=walk', await tokenFor(ada));
    const path = `/assemblies?reference=walk&cursor=${json.cursor}`;
    expect((await ask('GET', path, await tokenFor(ada))).json.assemblies[0].assembly_id).toBe(created[0]);
    expect((await ask('GET', path, await tokenFor(other))).json.code).toBe('invalid_request');
    for (const id of created) await ask('DELETE', `/assemblies/${id}`, await tokenFor(ada));
  });
});

describe('a token', () => {
  test.each([
    ['without a tenant', undefined],
    ['with an empty one', ''],
    ['with a slash in it', 'acme/ada'],
    ['with 65 characters', 'a'.repeat(65)],
    ['with a number', 7],
    ['with a list', ['acme']],
  ])('%s is refused', async (_, tenant) => {
    const answer = await ask('POST', '/assemblies', await tokenFor({ user: 'ada' }, tenant ?? null), WORK);
    expect([answer.status, answer.json.code]).toEqual([401, 'unauthenticated']);
  });

  test('goes with a site id that is its tenant, or with none', async () => {
    const ada = PEOPLE[0] as Person;
    const path = `/assemblies/${ids.get(nameOf(ada))}`;
    const statuses = await Promise.all(
      [undefined, 'acme', 'globex', 'Acme', ''].map(async (site) => {
        const headers = { ...(await tokenFor(ada)), ...(site !== undefined && { 'x-site-id': site }) };
        const { status, json } = await ask('GET', path, headers);
        return [site, status, json.code];
      }),
    );
    expect(statuses).toEqual([
      [undefined, 202, undefined],
      ['acme', 202, undefined],
      ['globex', 400, 'invalid_site'],
      ['Acme', 400, 'invalid_site'],
      ['', 400, 'invalid_site'],
    ]);
  });
});

describe.each(['acme', 'globex'] as const)('the machines of %s', (tenant) => {
  const secret = (kind: 'read' | 'update') => ({ 'x-webhook-secret': MACHINES[tenant][kind] });

  test.each(PEOPLE.map((owner) => [nameOf(owner), owner] as const))('about that of %s', async (_, owner) => {
    const id = ids.get(nameOf(owner)) ?? '';
    const isTheirs = owner.tenant === tenant;
    const read = await ask('GET', `/assemblies/${id}`, secret('read'));
    const batch = await ask('GET', `/status?batch=true&assemblyId=${id}`, secret('read'));
    const pages = await ask('GET', `/assemblies/${id}/submissions`, secret('read'));
    const update = await ask('POST', `/assemblies/${id}/status`, secret('update'), {
      status: 'processing',
      progress: 10,
    });
    expect([read.status < 300, batch.json.statuses[id] !== null, pages.status, update.status]).toEqual(
      isTheirs ? [true, true, 200, 200] : [false, false, 404, 404],
    );
    if (isTheirs) return;
    expect(read.told).toBe((await ask('GET', `/assemblies/${UNKNOWN}`, secret('read'))).told);
    const unknown = await ask('POST', `/assemblies/${UNKNOWN}/status`, secret('update'), {
      status: 'processing',
      progress: 10,
    });
    expect(update.told).toBe(unknown.told);
  });

  test('cannot use one secret for the other', async () => {
    const id = ids.get(nameOf(PEOPLE[0] as Person));
    const crossed = { 'x-webhook-secret': MACHINES[tenant].update };
    expect((await ask('GET', `/assemblies/${id}`, crossed)).status).toBe(401);
  });
});

describe('a direct call', () => {
  const client = () =>
    new StatusLambdaClient({
      ...clientOptions(cloud, 'lambda'),
      functionName: Object.entries(cloud.functions).find(([id]) => /^Status[0-9A-F]{8}$/.test(id))?.[1] ?? '',
    });

  test('shows an assembly to the user of its tenant alone', async () => {
    const shown = await Promise.all(
      PEOPLE.flatMap((asker) =>
        PEOPLE.map(async (owner) => {
          const id = ids.get(nameOf(owner)) ?? '';
          const { success } = await client().getStatus(id, asker.user, { tenantId: asker.tenant });
          return success === (asker === owner);
        }),
      ),
    );
    expect(shown).toEqual(shown.map(() => true));
  });

  test('without a tenant is refused', async () => {
    const id = ids.get(nameOf(PEOPLE[0] as Person)) ?? '';
    expect(await client().getStatus(id, 'ada')).toMatchObject({ success: false, statusCode: 401 });
  });
});
