import { execFile } from 'node:child_process';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { auditVerdict } from '../../../scripts/audit/audit-verdict.ts';

const SCRIPT = join(import.meta.dirname, '../../../scripts/audit.ts');

const report = (severities: Record<string, string>): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(
      Object.entries(severities).map(([name, severity]) => [name, { name, severity, range: '<9.0.0' }]),
    ),
  });

describe('the verdict', () => {
  test.each([
    ['nothing', {}, 'clean', ['0 of high or critical severity, 0 below']],
    [
      'a moderate one',
      { qs: 'moderate' },
      'clean',
      ['moderate: qs <9.0.0', '0 of high or critical severity, 1 below'],
    ],
    ['a high one', { qs: 'low', zod: 'high' }, 'vulnerable', expect.arrayContaining(['high: zod <9.0.0'])],
    ['a critical one', { jose: 'critical' }, 'vulnerable', expect.arrayContaining(['critical: jose <9.0.0'])],
  ])('on a report with %s', (_, severities, outcome, lines) => {
    expect(auditVerdict(report(severities))).toEqual({ outcome, lines });
  });

  test.each([
    ['a refusal', { message: '405 Method Not Allowed', statusCode: 405, error: { summary: '', detail: '' } }],
    ['no connection', { message: 'request to … failed', error: { summary: '', detail: '' } }],
  ])('on %s of the registry is that nothing was checked', (_, output) => {
    const { outcome, lines } = auditVerdict(JSON.stringify(output));
    expect([outcome, lines[0]]).toEqual(['unasked', expect.stringContaining('NOT CHECKED')]);
    expect(lines[1]).toBe(output.message);
  });

  test.each([
    ['a fault of npm', JSON.stringify({ error: { code: 'ENOLOCK', summary: 'This needs a lockfile.' } })],
    ['no JSON', 'npm: command not found'],
    ['nothing at all', ''],
    ['some other JSON', '{}'],
  ])('on %s is a failure', (_, output) => {
    expect(auditVerdict(output).outcome).toBe('broken');
  });
});

describe('with npm and a registry', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  const auditWith = async (registry: RequestListener): Promise<{ code: number; stdout: string }> => {
    server = createServer(registry);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = {
      ...process.env,
      npm_config_registry: `http://127.0.0.1:${port}`,
      npm_config_fetch_retries: '0',
    };
    return new Promise((resolve) => {
      execFile(process.execPath, [SCRIPT], { env }, (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), stdout }),
      );
    });
  };

  /** Answers the question for advisories, and nothing else. */
  const advisories =
    (about: object): RequestListener =>
    (request, response) => {
      request.resume().on('end', () => {
        const asked = request.url?.endsWith('/advisories/bulk');
        response.writeHead(asked ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(asked ? about : {}));
      });
    };

  test('fails on an advisory about a package that is deployed', async () => {
    const advisory = {
      id: 1,
      url: 'https://x.example',
      title: 'Made up',
      severity: 'high',
      vulnerable_versions: '*',
    };
    const { code, stdout } = await auditWith(advisories({ jose: [advisory] }));
    expect(stdout).toMatch(/^high: jose/m);
    expect(code).toBe(1);
  }, 60_000);

  test('passes where there is none', async () => {
    const { code, stdout } = await auditWith(advisories({}));
    expect([code, stdout.trim()]).toEqual([0, '0 of high or critical severity, 0 below']);
  }, 60_000);

  test('says that nothing was checked where the registry has no such endpoint', async () => {
    const { code, stdout } = await auditWith((_request, response) => response.writeHead(405).end());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^NOT CHECKED.*\n.*405/)]);
  }, 60_000);
});
