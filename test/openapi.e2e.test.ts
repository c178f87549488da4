import { EXAMPLES } from '../lib/openapi/examples.ts';
import { openApiFile } from './contract/openapi-file.ts';
import { api, localWaybill } from './local-cloud.ts';

const FIVE_MINUTES = 'public, max-age=300';

test('GET /openapi.json is docs/openapi.json, for anybody and for a cache', async () => {
  const { status, headers, json } = await api('/openapi.json');
  expect([status, headers.get('cache-control')]).toEqual([200, FIVE_MINUTES]);
  expect(json).toEqual(openApiFile);
  const known = { 'if-none-match': headers.get('etag') ?? '' };
  expect((await api('/openapi.json', { headers: known })).status).toBe(304);
  expect((await api('/openapi.json', { headers: { 'if-none-match': '"another"' } })).status).toBe(200);
});

test('GET /docs names its script by version, and a cache keeps that one for good', async () => {
  const page = await api('/docs');
  expect(page.headers.get('cache-control')).toBe(FIVE_MINUTES);
  const [, script = ''] = /src="(docs\/scalar\.js\?v=\w+)"/.exec(page.text) ?? [];
  const { status, headers } = await api(`/${script}`);
  expect([status, headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  for (const other of ['/docs/scalar.js', '/docs/scalar.js?v=1'])
    expect((await api(other)).headers.get('cache-control')).toBe(FIVE_MINUTES);
});

test('the script is sent compressed, and whole', async () => {
  const response = await fetch(`${localWaybill().url}/docs/scalar.js`, {
    headers: { 'accept-encoding': 'identity' },
  });
  const sent = Number(response.headers.get('content-length'));
  // Lambda answers 6 MB at most, in which these bytes are base64.
  expect(sent).toBeLessThan(4 * 2 ** 20);
  const script = await response.text();
  expect(script.length).toBeGreaterThan(sent);
  expect(script).toContain('createApiReference');
});

test('GET /docs loads nothing but that script', async () => {
  const { text } = await api('/docs');
  const urls = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url?.split('?')[0]);
  expect(urls).toEqual(['data:,', 'openapi.json', 'docs/scalar.js']);
});

test('the examples of submissions are accepted, and have the ids that the examples of answers say', async () => {
  const authorization = `Bearer ${localWaybill().token}`;
  const idOf = async (body: object): Promise<string> => {
    const { status, json } = await api('/assemblies', {
      headers: { authorization },
      body: { ...body, dry_run: true },
    });
    expect(status).toBe(200);
    return json.assembly_id;
  };
  const { submit_text, submit_files, submitted, submitted_files } = EXAMPLES;
  expect(await idOf(submit_text)).toBe(submitted.assembly_id);
  expect(await idOf(submit_files)).toBe(submitted_files.assembly_id);
});
