import { localWaybill, newUser, tokenOf } from '../local-cloud.ts';
import { externalAssembly, writeMarks } from './assembly-probe.ts';
import { sendBytes } from './send-bytes.ts';

const user = newUser();
let id: string;
let headers: Record<string, string>;
beforeAll(async () => {
  id = await externalAssembly(user);
  headers = {
    authorization: `Bearer ${await tokenOf(user)}`,
    'x-webhook-secret': localWaybill().update_secret,
    'content-type': 'application/json',
  };
});

/** The answers of API Gateway itself, before any function is asked. */
test.each([
  ['POST', '/assemblies/{id}'],
  ['PUT', '/assemblies/{id}'],
  ['PATCH', '/assemblies/{id}'],
  ['POST', '/status'],
  ['POST', '/status?assemblyId={id}'],
  ['POST', '/webhook-secret'],
  ['DELETE', '/webhook-secret'],
  ['POST', '/health'],
  ['PUT', '/assemblies'],
  ['PATCH', '/assemblies'],
  ['DELETE', '/assemblies'],
  ['GET', '/assemblies/{id}/status'],
  ['PUT', '/assemblies/{id}/status'],
  ['DELETE', '/assemblies/{id}/status'],
  ['GET', '/assemblies/{id}/results'],
  ['GET', '/assemblies/{id}/results/'],
  ['GET', '/assemblies/{id}/results/1-1/more'],
  ['POST', '/assemblies/{id}/results/1-1'],
  ['PUT', '/assemblies/{id}/results/1-1'],
  ['DELETE', '/assemblies/{id}/results/1-1'],
  ['POST', '/assemblies/{id}/deliveries'],
  ['GET', '/assemblies/{id}/deliveries/evt_1'],
  ['GET', '/assemblies/{id}/uploads'],
  ['PUT', '/assemblies/{id}/uploads/00000000000000000000000000000000'],
  ['GET', '/results/1-1'],
  ['OPTIONS', '/assemblies'],
  ['POST', '/openapi.json'],
  ['POST', '/docs'],
  ['GET', '/docs/'],
  ['GET', '/docs/handler.mjs'],
  ['GET', '/docs/scalar.js.gz'],
  ['GET', '/'],
  ['POST', '/'],
  ['GET', '/nowhere'],
  ['GET', '/assemblies/'],
  ['GET', '/assemblies/{id}/'],
  ['GET', '/assemblies/{id}/nowhere'],
  ['POST', '/assemblies/{id}/status/more'],
  ['GET', '/ASSEMBLIES/{id}'],
  ['GET', '/status/{id}'],
  ['GET', '/.env'],
  ['GET', '/__proto__'],
  ['GET', '/constructor'],
])('%s %s is no route', async (method, path) => {
  const body = method === 'GET' || method === 'OPTIONS' ? undefined : '{"status":"completed"}';
  const answer = await sendBytes(path.replace('{id}', id), { method, headers, body });
  expect([answer.status, answer.json]).toEqual([404, { message: 'Not Found' }]);
  expect(await writeMarks(id)).toMatchObject({ version: 1 });
});

test.each(['/health', '/assemblies/{id}', '/assemblies/{id}/results/1-1'])(
  'HEAD %s is no route, and has no body',
  async (path) => {
    const { status, text } = await sendBytes(path.replace('{id}', id), { method: 'HEAD', headers });
    expect([status, text]).toEqual([404, '']);
  },
);

test('a body over 10 MB is refused before any function is asked', async () => {
  const body = Buffer.alloc(10 * 1024 * 1024 + 1, ' ');
  const answer = await sendBytes('/assemblies', { headers, body });
  expect([answer.status, answer.json]).toEqual([413, { message: 'Request Entity Too Large' }]);
});
