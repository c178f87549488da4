import { setTimeout } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { OPERATIONS } from '../lib/openapi/operations.ts';
import { launchBrowser, testInBrowser } from './browser.ts';
import { api, localWaybill } from './local-cloud.ts';

let browser: Browser | undefined;
afterAll(() => browser?.close());

interface Visit {
  readonly page: Page;
  readonly requests: string[];
  readonly complaints: string[];
}

/** Opens the page and notes what it asks for, and what the browser has against it. */
async function visit(): Promise<Visit> {
  browser ??= await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${localWaybill().url}/docs`);
  return { page, requests, complaints };
}

const QUIET_MS = 500;

/**
 * Until it has asked for nothing for a while: fonts, telemetry and the like come late, if at all. Playwright's own
 * `networkidle` can be over before the page has loaded, while the script is parsed, and then it does not come again.
 */
async function untilQuiet(requests: readonly string[]): Promise<void> {
  for (let seen = -1; seen !== requests.length; ) {
    seen = requests.length;
    await setTimeout(QUIET_MS);
  }
}

async function expectHouseKept({ requests, complaints }: Visit): Promise<void> {
  await untilQuiet(requests);
  const { origin } = new URL(localWaybill().url);
  const elsewhere = requests.filter((url) => !url.startsWith(`${origin}/`) && !/^(data|blob):/.test(url));
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
}

testInBrowser(
  'GET /docs lists every operation, asks nobody but this API and keeps to its policy',
  async () => {
    const visited = await visit();
    const { page, requests } = visited;
    const list = page.locator('aside').getByRole('link');
    for (const { summary } of Object.values(OPERATIONS))
      await list.filter({ hasText: summary }).first().waitFor();
    await list.filter({ hasText: 'An attempt of the assembly has ended' }).waitFor();
    await list.filter({ hasText: OPERATIONS['GET /health'].summary }).click();
    await page.getByRole('heading', { name: OPERATIONS['GET /health'].summary }).waitFor();
    await page.getByText('API Gateway: there are too many requests at the moment.').first().waitFor();
    expect(requests).toContain(`${localWaybill().url}/openapi.json`);
    await expectHouseKept(visited);
  },
);

testInBrowser('GET /docs can be tried out against the deployment itself, without a proxy', async () => {
  const visited = await visit();
  const { page } = visited;
  await page
    .getByRole('button', { name: /Test Request/ })
    .first()
    .click();
  await page.getByPlaceholder('Token').last().fill(localWaybill().token);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url() === `${localWaybill().url}/assemblies`),
    page.getByRole('button', { name: /^Send/ }).first().click(),
  ]);
  expect([200, 202]).toContain(answer.status());
  await page.getByText('"text-statistics"').last().waitFor();
  await expectHouseKept(visited);
});

test('the policy would stop a page that asks elsewhere', async () => {
  const { headers } = await api('/docs');
  const policy = headers.get('content-security-policy') ?? '';
  const sources = policy.split('; ').flatMap((directive) => directive.split(' ').slice(1));
  expect(new Set(sources)).toEqual(new Set(["'none'", "'self'", "'unsafe-inline'", 'data:']));
  expect(policy).toContain("script-src 'self';");
});
