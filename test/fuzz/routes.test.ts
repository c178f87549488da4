import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as fc from 'fast-check';
import { PUBLIC_FUNCTIONS, ROUTES } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { asksForMany, batchStatusFaults } from './batch-status-faults.ts';
import { type Caller, callerArbitrary } from './callers.ts';
import { type Answer, fuzzFaults } from './fuzz-faults.ts';
import { FUZZ, FUZZ_TIMEOUT_MS, fuzzParameters } from './fuzz-parameters.ts';
import { isList, listFaults } from './list-faults.ts';
import { areSendable, overSocket } from './over-socket.ts';
import { putResults } from './put-results.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { routeAnswers } from './route-answers.ts';
import { type RouteRequest, routeRequests } from './route-requests.ts';
import { documentsOf, externalAssembly, markOf, OWNERS, putAssembly } from './stored-assembly.ts';

let cloud: QuietCloud;
let documents: DynamoDBDocumentClient;

beforeAll(async () => {
  cloud = await startQuietCloud();
  documents = documentsOf(cloud);
}, 60_000);

afterAll(async () => {
  documents?.destroy();
  await cloud?.stop();
});

type Route = (typeof ROUTES)[number];
const keyOf = ({ method, path }: Route) => `${method} ${path}` as keyof ReturnType<typeof routeRequests>;

/** Whom the route is for; docs/http-api.md, "Who asks". */
const PUBLIC = ROUTES.filter(({ function: name }) => PUBLIC_FUNCTIONS.some((each) => each === name)).map(
  ({ method, path }) => `${method} ${path}`,
);
const FOR_READERS = [
  'GET /assemblies/{assembly_id}',
  'GET /assemblies/{assembly_id}/submissions',
  'GET /status',
  'POST /assemblies/batch-status',
];
const FOR_WORKERS = ['POST /assemblies/{assembly_id}/status'];

/** As whom the route must see the caller: an owner, everybody (a machine), somebody without any right, or nobody. */
function seenAs(route: string, { user, machine }: Caller): string | 'machine' | 'nobody' {
  if (FOR_WORKERS.includes(route)) return machine === 'update' ? 'machine' : 'nobody';
  if (FOR_READERS.includes(route) && machine !== undefined) return machine === 'read' ? 'machine' : 'nobody';
  return user ?? 'nobody';
}

/** What is wrong with who got what. */
function accessFaults(route: string, caller: Caller, request: RouteRequest, answer: Answer): string[] {
  const { statusCode } = answer;
  if (PUBLIC.includes(route))
    return [200, 304].includes(statusCode) ? [] : [`nobody is kept out, and it answers ${statusCode}`];
  const as = seenAs(route, caller);
  const byLink = route.includes('/results/') && request.query?.exp !== undefined;
  if (as === 'nobody' && !byLink && statusCode !== 401) return [`somebody unknown is answered ${statusCode}`];
  if (isList(route)) return listFaults(answer, as);
  const isTheirs = as === 'machine' || as === request.stored?.user_id || request.linkOf !== undefined;
  if (asksForMany(route, request)) return batchStatusFaults(request, answer, isTheirs);
  if (request.stored && !isTheirs && statusCode < 400)
    return [`${as} is answered ${statusCode} of what is not theirs`];
  return [];
}

const hiddenFrom = (route: string, caller: Caller, { linkOf }: RouteRequest): string[] => {
  const as = seenAs(route, caller);
  return as === 'machine' ? [] : OWNERS.filter((owner) => owner !== as && owner !== linkOf).map(markOf);
};

interface Case {
  readonly caller: Caller;
  readonly request: RouteRequest;
  /** One in eight goes over HTTP, as a client sends it. */
  readonly way: 'event' | 'socket';
  /** Whether the results of its assembly are still in the bucket. */
  readonly hasFiles: boolean;
}

async function faultsOf(route: Route, { hasFiles, ...each }: Case, seen: Set<number>): Promise<string[]> {
  const { caller, request, way } = each;
  const key = keyOf(route);
  if (request.stored) await putAssembly(request.stored, { documents, tables: cloud.tables });
  if (request.stored && hasFiles && route.function === 'results') await putResults(request.stored, cloud);
  const headers = { ...request.headers, ...caller.headers };
  const context = {
    route: key,
    sent: JSON.stringify([request, headers]),
    insideNames: cloud.insideNames,
    hidden: hiddenFrom(key, caller, request),
  };
  if (way === 'socket' && areSendable(caller.headers)) {
    const { answer, byGateway } = await overSocket(cloud.url, route, { ...request, headers });
    if (byGateway) return answer.statusCode < 500 ? [] : [`the gateway answers ${answer.statusCode}`];
    const requestId = String(answer.headers['apigw-requestid']);
    return [...fuzzFaults(answer, { ...context, requestId }), ...accessFaults(key, caller, request, answer)];
  }
  const requestId = 'fuzz-request';
  const { path, query, body, isBase64Encoded = false } = request;
  const invoked = await cloud.invoke(route.function, {
    version: '2.0',
    routeKey: key,
    rawPath: route.path,
    rawQueryString: '',
    headers,
    ...(query && Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(path && { pathParameters: path }),
    requestContext: { requestId, http: { method: route.method, path: route.path } },
    ...(body !== undefined && { body }),
    isBase64Encoded,
  });
  if ('tooLarge' in invoked) return [];
  if ('thrown' in invoked) return [`the handler threw ${JSON.stringify(invoked.thrown)}`];
  const answer = invoked.value as Answer;
  seen.add(answer.statusCode);
  return [...fuzzFaults(answer, { ...context, requestId }), ...accessFaults(key, caller, request, answer)];
}

/** What was answered wrongly once, by route. */
function examplesOf(key: string): [Case][] {
  if (key !== 'POST /assemblies/{assembly_id}/status') return [];
  const caller: Caller = { machine: 'update', headers: { 'x-webhook-secret': cloud.secrets.update } };
  const [drawn] = fc.sample(externalAssembly, { numRuns: 1, seed: 1 });
  if (!drawn) return [];
  const stored: Assembly = { ...drawn, status: 'processing', progress: 0, expires_at: undefined };
  // 500: DynamoDB has no such number.
  const body = '{"status":"processing","progress":5e-324}';
  const headers = { 'content-type': 'application/json' };
  const request: RouteRequest = { stored, path: { assembly_id: stored.assembly_id }, headers, body };
  return [[{ caller, request, way: 'event', hasFiles: false }]];
}

test.each(ROUTES.map((route) => [keyOf(route), route] as const))(
  '%s answers whatever is sent as documented, and shows nobody what is not theirs',
  async (key, route) => {
    const requests = routeRequests(cloud)[key];
    expect(requests).toBeDefined();
    const cases: fc.Arbitrary<Case> = fc.record({
      caller: callerArbitrary(cloud, { forWorkers: FOR_WORKERS.includes(key) }),
      request: requests,
      way: fc.constantFrom(...Array(7).fill('event' as const), 'socket' as const),
      hasFiles: fc.boolean(),
    });
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(cases, async (each) => {
        cloud.takeLog();
        const faults = await faultsOf(route, each, seen);
        if (faults.length > 0) throw new Error([...faults, ...cloud.takeLog()].join('\n'));
      }),
      fuzzParameters(examplesOf(key)),
    );
    // Who sees refusals alone learns nothing of what they keep out.
    const answered = routeAnswers(key).statuses.filter((status) => status < 400);
    if (FUZZ >= 1_000) expect([...seen]).toEqual(expect.arrayContaining(answered));
  },
  FUZZ_TIMEOUT_MS,
);
