import { epochSeconds } from '../lib/domain/assembly.ts';
import { ResultLinks } from '../lib/domain/result-link.ts';
import type { RouteKey } from '../lib/openapi/operation.ts';
import { OPERATIONS } from '../lib/openapi/operations.ts';
import { answerFaults, documentedRoute } from './contract/answer-faults.ts';
import { ask } from './contract/ask.ts';
import { type BrokenCloud, BrokenClouds } from './contract/broken-clouds.ts';
import { CASES } from './contract/cases.ts';
import { documentedAnswers, kindOfAnswer } from './contract/documented-answers.ts';
import { type Played, playDeployment } from './contract/played-deployment.ts';
import { type ApiAnswer, type ApiRequest, eventually, localWaybill, tokenOf } from './local-cloud.ts';

/** What the document promises, asked for one by one over HTTP, and held against the document. */

let played: Played;
let clouds: BrokenClouds;
beforeAll(async () => {
  played = await playDeployment();
  clouds = await BrokenClouds.prepare();
}, 90_000);
afterAll(() => clouds?.remove());

const seen = new Set<string>();

/** Asks and holds the answer against the document. */
async function expectAnswer(
  route: string,
  expected: string,
  {
    url = localWaybill().url,
    path,
    ...request
  }: ApiRequest & { readonly url?: string; readonly path: string },
): Promise<ApiAnswer> {
  const answer = await ask(url + path, request);
  const kind = kindOfAnswer(route, answer);
  expect([kind, answerFaults(route, answer)]).toEqual([`${route} ${expected}`, []]);
  expect(documentedRoute(route.split(' ')[0] ?? '', path)).toBe(route);
  seen.add(kind);
  return answer;
}

/** `200 dry_run` and `200 empty` are two ways to one answer. */
const answerOf = (name: string): string => name.replace(/^([23]\d\d) .*/, '$1');

const cases = Object.entries(CASES).flatMap(([route, asked]) =>
  Object.entries(asked).map(([name, asking]) => ({ route, name, asking })),
);

test.each(cases)('$route answers $name', async ({ route, name, asking }) => {
  await expectAnswer(route, answerOf(name), await asking(played));
});

const routes = Object.keys(OPERATIONS) as RouteKey[];
const somewhere = (path: string): string =>
  path.replace('{assembly_id}', '0'.repeat(64)).replace('{result_id}', '1-1') +
  (path === '/status' ? `?assemblyId=${'0'.repeat(64)}` : '');

/** A request that a function would not refuse before it asks AWS for something. */
async function honestRequest(route: RouteKey): Promise<ApiRequest & { readonly path: string }> {
  const [method = '', path = ''] = route.split(' ');
  const machines = OPERATIONS[route].security.includes('updateSecret');
  const headers: Record<string, string> = machines
    ? { 'x-webhook-secret': 'any' }
    : { authorization: `Bearer ${await tokenOf('user-1')}` };
  return { method, path: somewhere(path), headers, ...(OPERATIONS[route].body && { body: {} }) };
}

const asking = routes.filter((route) => OPERATIONS[route].security.length > 0);

/** One at a time, as each keeps a thread for every function that was called. */
function broken(kind: Parameters<BrokenClouds['start']>[0]): () => string {
  let cloud: BrokenCloud;
  beforeAll(async () => {
    cloud = await clouds.start(kind);
  }, 60_000);
  afterAll(() => cloud?.stop(), 60_000);
  return () => cloud.url;
}

describe('where AWS fails', () => {
  const url = broken('failingAws');
  test.each(asking)('%s answers 503', async (route) => {
    await expectAnswer(route, '503 unavailable', { url: url(), ...(await honestRequest(route)) });
  });
});

describe('where a grant is missing', () => {
  const url = broken('withoutGrants');
  test.each(asking)('%s answers 500', async (route) => {
    await expectAnswer(route, '500 internal_error', { url: url(), ...(await honestRequest(route)) });
  });
});

describe('where its function crashes', () => {
  const url = broken('crashing');
  test.each(routes)('%s answers 500 in the words of the gateway', async (route) => {
    await expectAnswer(route, '500 gateway', { url: url(), ...(await honestRequest(route)) });
  });
});

describe('where its function is silent', () => {
  const url = broken('silent');
  test.each(routes)('%s answers 503 in the words of the gateway', async (route) => {
    await expectAnswer(route, '503 gateway', { url: url(), ...(await honestRequest(route)) });
  });
});

describe('where users belong to tenants', () => {
  let cloud: BrokenCloud;
  beforeAll(async () => {
    cloud = await clouds.start('withTenants');
  }, 60_000);
  afterAll(() => cloud?.stop());
  const ofUsers = routes.filter((route) => OPERATIONS[route].security.includes('user'));
  test.each(ofUsers)('%s answers 400 to a request for another one', async (route) => {
    const token = await tokenOf('user-1', { tenant_id: 'acme' }, { secret: cloud.secretOf('Jwt') });
    const headers = { authorization: `Bearer ${token}`, 'x-site-id': 'globex' };
    const request = { ...(await honestRequest(route)), headers };
    await expectAnswer(route, '400 invalid_site', { url: cloud.url, ...request });
  });
});

describe('where there are too many requests', () => {
  const url = broken('narrow');
  beforeAll(async () => {
    expect((await ask(`${url()}/health`)).status).toBe(200);
  });
  test.each(routes)('%s answers 429 in the words of the gateway', async (route) => {
    await expectAnswer(route, '429 gateway', { url: url(), ...(await honestRequest(route)) });
  });
});

describe.each([
  ['oneAMinute', '429 too_many_submissions'],
  ['oneOpen', '429 too_many_open'],
] as const)('where an owner is limited, %s', (kind, expected) => {
  test('what would open another assembly is answered with %s', async () => {
    const cloud = await clouds.start(kind);
    try {
      await expectLimited(cloud, expected);
    } finally {
      await cloud.stop();
    }
  }, 60_000);
});

async function expectLimited({ url, secretOf }: BrokenCloud, expected: string): Promise<void> {
  const headersOf = async (user: string) => ({
    authorization: `Bearer ${await tokenOf(user, {}, { secret: secretOf('Jwt') })}`,
  });
  const headers = await headersOf('limited');
  const submission = (title: string) => ({
    path: '/assemblies',
    headers,
    body: { template_id: 'human-review', fields: { title } },
  });
  const submitted = await expectAnswer('POST /assemblies', '202', { url, ...submission('One') });
  await expectAnswer('POST /assemblies', expected, { url, ...submission('Two') });
  const path = `/assemblies/${submitted.json.assembly_id}`;
  await ask(url + path, { method: 'DELETE', headers });
  // Another one takes the place of the canceled one.
  if (expected === '429 too_many_open')
    await eventually(async () => {
      const { status } = await ask(`${url}/assemblies`, submission('Three'));
      return status === 202 || undefined;
    }, 'a place');
  const retry = { url, path: `${path}/retry`, method: 'POST', headers };
  await expectAnswer('POST /assemblies/{assembly_id}/retry', expected, retry);
}

test('GET …/results/{result_id} answers 410 for a link that was good once', async () => {
  const cloud = await clouds.start('sound');
  try {
    await expectExpired(cloud);
  } finally {
    await cloud.stop();
  }
}, 60_000);

async function expectExpired({ url, secretOf }: BrokenCloud): Promise<void> {
  const authorization = `Bearer ${await tokenOf('user-1', {}, { secret: secretOf('Jwt') })}`;
  const body = { template_id: 'human-review', fields: { title: 'Old' } };
  const { json } = await ask(`${url}/assemblies`, { headers: { authorization }, body });
  const expired = new ResultLinks(secretOf('Master'), 'user-1').url('', {
    assemblyId: json.assembly_id,
    attempt: 1,
    resultId: '1-1',
    expires: epochSeconds(new Date()) - 1,
  });
  const route = 'GET /assemblies/{assembly_id}/results/{result_id}';
  await expectAnswer(route, '410 link_expired', { url, path: expired });
}

test('every answer that the document promises was asked for', () => {
  expect(documentedAnswers.filter((each) => !seen.has(each))).toEqual([]);
});

test('the deployment has no route outside the document', () => {
  expect(clouds.routes.sort()).toEqual([...routes].sort());
});
