import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { LocalWaybill } from '../../scripts/local-waybill.ts';
import { captureLine } from '../captured-logs.ts';
import { eventually } from '../local-cloud.ts';

const ROOT = join(import.meta.dirname, '../..');
/** GET /openapi.json answers the document, so its bundle has it. */
const SOURCES = ['bin', 'lib', 'lambdas', 'templates', 'scripts', 'docs', 'cdk.json', 'package.json'];

let copy: string;
/** A copy, so that the .waybill folder of whoever runs the tests stays as it is, and a file can be broken. */
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'waybill-start-'));
  for (const name of SOURCES) await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
const children: ChildProcess[] = [];
afterAll(async () => {
  // What a failed test left behind would keep jest waiting for good.
  for (const child of children) child.kill('SIGKILL');
  await rm(copy, { recursive: true });
});

/** A start bundles and synthesizes, which takes a few seconds, and on a machine with other work many. */
const START_MS = 90_000;
jest.setTimeout(START_MS + 30_000);

interface Run {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exit: Promise<number | null>;
}

function start(args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, ['scripts/start.ts', ...args], {
    cwd: copy,
    env: { ...process.env, ...env },
  });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
  child.once('close', () => {
    for (const line of output.stderr.split('\n').filter(Boolean)) captureLine('npm start', line);
  });
  return { child, output, exit: once(child, 'exit').then(([code]) => code) };
}

const localJson = () => join(copy, '.waybill/local.json');
const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

test('runs until Ctrl-C, says how to use it, and leaves nothing behind', async () => {
  const { child, output, exit } = start(['--port', '0', '--json', '-c', 'branch=a=b']);
  const local: LocalWaybill = JSON.parse(
    await eventually(
      () => (output.stdout.endsWith('\n') ? output.stdout : undefined),
      'the JSON line',
      START_MS,
    ),
  );
  expect(JSON.parse(await readFile(localJson(), 'utf8'))).toEqual(local);
  expect((await stat(localJson())).mode & 0o077).toBe(0);
  expect(Object.keys(local).sort()).toEqual(
    [
      ...['url', 'token', 'jwt', 'update_secret', 'read_secret', 'webhook_secret'],
      ...['lambda_endpoint', 'dynamodb_endpoint', 'sqs_endpoint', 's3_endpoint', 'credentials'],
      ...['functions', 'tables', 'queues', 'buckets'],
    ].sort(),
  );
  const headers = { authorization: `Bearer ${local.token}` };
  const secret = await fetch(`${local.url}/webhook-secret`, { headers });
  expect(await secret.json()).toEqual({ secret: local.webhook_secret });
  const submitted = await fetch(`${local.url}/assemblies`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"template_id":"human-review","fields":{"title":"A setting of the command line"}}',
  });
  expect(await submitted.json()).toMatchObject({ branch: 'a=b' });

  child.kill('SIGINT');
  expect(await exit).toBe(0);
  const { url, lambda_endpoint, dynamodb_endpoint, sqs_endpoint, s3_endpoint } = local;
  const endpoints = [url, lambda_endpoint, dynamodb_endpoint, sqs_endpoint, s3_endpoint];
  expect(await Promise.all(endpoints.map(answers))).toEqual(endpoints.map(() => false));
  await expect(stat(localJson())).rejects.toThrow('ENOENT');
});

test('with tenants, has a token and secrets that are good for one', async () => {
  const { child, output, exit } = start(['--port', '0', '--json', '--quiet', '-c', 'tenants=true']);
  const local: LocalWaybill = JSON.parse(
    await eventually(
      () => (output.stdout.endsWith('\n') ? output.stdout : undefined),
      'the JSON line',
      START_MS,
    ),
  );
  const user = { authorization: `Bearer ${local.token}`, 'content-type': 'application/json' };
  const ask = async (path: string, headers: Record<string, string>, body?: string) => {
    const answer = await fetch(`${local.url}${path}`, { headers, ...(body && { method: 'POST', body }) });
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  const submitted = await ask(
    '/assemblies',
    user,
    '{"template_id":"human-review","fields":{"title":"Mine"}}',
  );
  expect(submitted).toMatchObject({
    status: 202,
    json: { user: { userId: 'user-1', tenantId: local.tenant } },
  });
  const path = `/assemblies/${submitted.json.assembly_id}`;
  const read = await ask(path, { 'x-webhook-secret': local.read_secret });
  expect(read.status).toBe(202);
  const machine = { 'x-webhook-secret': local.update_secret, 'content-type': 'application/json' };
  const updated = await ask(`${path}/status`, machine, '{"status":"completed"}');
  expect(updated).toMatchObject({ status: 200, json: { status: 'completed' } });
  const secret = await ask('/webhook-secret', user);
  expect(secret.json).toEqual({ secret: local.webhook_secret });
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

test('prints a token and lines that can be pasted', async () => {
  const { child, output, exit } = start(['--port', '0', '--quiet']);
  const text = await eventually(
    () => (output.stdout.includes('Ctrl-C') ? output.stdout : undefined),
    'the welcome',
    START_MS,
  );
  expect(text.match(/^ +curl -s http:\/\/127\.0\.0\.1:\d+\//gm)).toHaveLength(3);
  const token = /export TOKEN=(\S+)/.exec(text)?.[1];
  const curl = /curl -s (\S+) .*-d '(.*)'/.exec(text);
  const response = await fetch(curl?.[1] ?? '', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: curl?.[2],
  });
  expect(response.status).toBe(202);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

describe('cannot start, says why and exits with 1', () => {
  test('where the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { output, exit } = start(['--port', String(port)]);
    const code = await exit;
    taken.close();
    expect(code).toBe(1);
    expect(output.stderr).toContain(`Port ${port} is in use.`);
  });

  test('where dynoxide is missing', async () => {
    const { output, exit } = start(['--port', '0'], { WAYBILL_DYNOXIDE: '/nowhere/dynoxide' });
    expect(await exit).toBe(1);
    expect(output.stderr).toContain('WAYBILL_DYNOXIDE names /nowhere/dynoxide, which does not exist.');
  });

  test('where a function does not build', async () => {
    const file = join(copy, 'lambdas/health/handler.ts');
    const source = await readFile(file, 'utf8');
    await writeFile(file, `${source}\nimport { nothing } from './not-there.ts';\nnothing(;\n`);
    const { output, exit } = start(['--port', '0']);
    expect(await exit).toBe(1);
    expect(output.stderr).toMatch(/lambdas\/health\/handler\.ts:\d+:\d+/);
    expect(output.stderr).not.toMatch(/\n\s+at /);
    await writeFile(file, source);
  });

  test('where a setting is wrong', async () => {
    const file = join(copy, 'cdk.json');
    const source = await readFile(file, 'utf8');
    await writeFile(file, source.replace('"jwt": "generated"', '"retentionDays": 0'));
    const { output, exit } = start(['--port', '0']);
    expect(await exit).toBe(1);
    expect(output.stderr).toContain('Say how the tokens of your users are verified');
    expect(output.stderr).toContain('retentionDays');
    await writeFile(file, source);
  });

  test('where a setting of the command line is wrong', async () => {
    const { output, exit } = start(['--port', '0', '-c', 'templateConfig={}', '-c', 'templateConfig=urls']);
    expect(await exit).toBe(1);
    expect(output.stderr).toContain('templateConfig: must be a JSON object by template id');
  });

  test.each([
    ['where a setting has no value', ['-c', 'templateConfig'], 'It must be name=value.'],
    ['where the local cloud sets it', ['-c', 'jwtIssuer=me'], 'The local cloud sets jwtIssuer itself.'],
    [
      'where it needs its own',
      ['-c', 'jwt=https://login.example.com/keys'],
      'The local cloud sets jwt itself.',
    ],
    ['where the port is none', ['--port', 'x'], 'It must be a number from 0 to 65535.'],
    ['where an option is unknown', ['--bogus'], "unknown option '--bogus'"],
  ])('%s', async (_, args, sentence) => {
    const { output, exit } = start(args);
    expect(await exit).toBe(1);
    expect(output.stderr).toContain(sentence);
  });
});
