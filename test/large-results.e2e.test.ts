import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { StatusLambdaClient } from '../lib/client/status-lambda-client.ts';
import { type AssemblyStatus, assemblyStatus } from '../lib/domain/assembly-status.ts';
import type { RunningWaybill } from '../scripts/local-waybill.ts';
import { expectProblem } from './bad-input/expect-problem.ts';
import { FORMER_TEMPLATE } from './former-template.ts';
import {
  api,
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localS3,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';
import { useOwnCloud } from './own-cloud.ts';
import { announced, download, putFile, type SubmittedUpload, textFile } from './pictures.ts';
import { answering, webhookReceiver } from './webhook-receiver.ts';

const registry = join(import.meta.dirname, 'large-result-templates.ts');
const bundles = join(import.meta.dirname, '../.build/test-large-results');
const user = newUser();
let own: RunningWaybill;
beforeAll(async () => {
  own = await useOwnCloud({ retryBaseSeconds: 0 }, { templates: { registry, bundles } });
}, 120_000);
afterAll(() => own.stop());

const submitLarge = async (bytes: number, more: object = {}): Promise<string> =>
  (await submit(user, { template_id: FORMER_TEMPLATE, fields: { bytes, nonce: randomUUID() }, ...more })).json
    .assembly_id;

const linkOf = ({ result_file }: AssemblyStatus): string => result_file?.ssl_url ?? '';
const contentOf = async (status: AssemblyStatus) => {
  const { file, bytes } = await download(linkOf(status));
  return { type: file?.headers.get('content-type'), json: JSON.parse(String(bytes)) };
};

async function deleteFile({ assembly_id, result_file }: AssemblyStatus): Promise<void> {
  const s3 = localS3();
  const Key = `results/${assembly_id}/${result_file?.id}`;
  await s3.send(new DeleteObjectCommand({ Bucket: localWaybill().buckets.files, Key }));
  s3.destroy();
}

test('a result of up to 32 KB is in the status', async () => {
  const id = await submitLarge(32_000);
  const status = await ended(user, id);
  expect(status).toMatchObject({ status: 'completed', result: { files: [], padding: 'x'.repeat(32_000) } });
  expect(status).not.toHaveProperty('result_file');
});

test('a larger one is a file that the status links to, and the status stays small', async () => {
  const status = await ended(user, await submitLarge(1_000_000));
  assemblyStatus.parse(status);
  expect(status).toMatchObject({
    status: 'completed',
    ok: 'ASSEMBLY_COMPLETED',
    results: {},
    bytes_usage: 1_000_025,
    result_file: {
      id: '1-1',
      name: 'result.json',
      basename: 'result',
      ext: 'json',
      mime: 'application/json',
      size: 1_000_025,
      original_id: '',
    },
  });
  expect(status).not.toHaveProperty('result');
  expect(JSON.stringify(status).length).toBeLessThan(4_096);
  expect(await contentOf(status)).toEqual({
    type: 'application/json',
    json: { files: [], padding: 'x'.repeat(1_000_000) },
  });
});

test('its link is the same within the hour, in a direct call and in a batch, and the ETag holds', async () => {
  const id = await submitLarge(40_000);
  const status = await ended(user, id);
  const first = await statusOf(user, id);
  expect(first.json).toEqual(status);
  const again = await statusOf(user, id, { 'if-none-match': first.headers.get('etag') ?? '' });
  expect(again.status).toBe(304);
  const { lambda_endpoint: endpoint, functions } = localWaybill();
  const client = new StatusLambdaClient({ ...LOCAL_AWS, endpoint, functionName: functions.status });
  expect(await client.getStatus(id, user)).toEqual({ success: true, status });
  const batch = await api('/assemblies/batch-status', {
    headers: await bearer(user),
    body: { assembly_ids: [id] },
  });
  expect(batch.json.statuses[id]).toEqual(status);
});

test('the webhook has a link to it that holds for a week', async () => {
  const receiver = await webhookReceiver(answering(204));
  try {
    await submitLarge(40_000, { webhook_url: receiver.url });
    const { body } = await eventually(() => receiver.received[0], 'the webhook');
    const told: AssemblyStatus = assemblyStatus.parse(JSON.parse(body));
    expect(told).not.toHaveProperty('result');
    const secondsLeft = Number(new URL(linkOf(told)).searchParams.get('exp')) - Date.now() / 1000;
    expect(secondsLeft).toBeGreaterThan(7 * 24 * 3_600 - 60);
    expect((await contentOf(told)).json.padding).toHaveLength(40_000);
  } finally {
    receiver.stop();
  }
});

describe('of a partial assembly', () => {
  const files = [textFile('good.txt', `good ${user}`), textFile('bad.txt', `bad ${user}`)];
  async function partial(): Promise<AssemblyStatus> {
    const fields = { bytes: 40_000, nonce: randomUUID() };
    const { json } = await submit(user, {
      template_id: FORMER_TEMPLATE,
      uploads: files.map(announced),
      fields,
    });
    const uploads: SubmittedUpload[] = json.uploads;
    await Promise.all(
      files.map((file, index) => (uploads[index]?.url ? putFile(uploads[index], file) : undefined)),
    );
    const status = await ended(user, json.assembly_id);
    expect(status).toMatchObject({ status: 'partial', result_file: { id: '1-1' } });
    return status;
  }
  const retry = async ({ assembly_id }: AssemblyStatus): Promise<AssemblyStatus> => {
    await api(`/assemblies/${assembly_id}/retry`, { method: 'POST', headers: await bearer(user) });
    return ended(user, assembly_id);
  };

  test('it is what the attempt at the rest goes on from', async () => {
    const before = await partial();
    expect((await contentOf(before)).json.files).toEqual(['good.txt']);
    const after = await retry(before);
    expect(after).toMatchObject({ status: 'completed', attempt: 2, result_file: { id: '2-1' } });
    expect((await contentOf(after)).json.files).toEqual(['good.txt', 'bad.txt']);
    // That of before is no longer what there is.
    expectProblem(await api(new URL(linkOf(before)).pathname, { headers: await bearer(user) }), {
      status: 404,
      code: 'not_found',
    });
  });

  test('the attempt at the rest fails where it has gone, and says so in the language of the reader', async () => {
    const before = await partial();
    await deleteFile(before);
    const { assembly_id } = await retry(before);
    const { json } = await statusOf(user, assembly_id, { 'accept-language': 'fr' });
    expect(json).toMatchObject({
      status: 'failed',
      error_code: 'result_missing',
      error: 'Le résultat de la tentative précédente ne se trouve plus dans le compartiment.',
      can_retry: false,
      retry_count: 1,
    });
  });
});

describe('where its file has gone from the bucket', () => {
  const UNKNOWN = '9-9';
  const open = async (url: string, headers: Record<string, string> = {}) => {
    const { pathname, search } = new URL(url);
    return api(pathname + search, { headers });
  };

  test('the link says so, and the status is as it was', async () => {
    const status = await ended(user, await submitLarge(40_000));
    await deleteFile(status);
    const bare = linkOf(status).split('?')[0] ?? '';
    for (const answer of [await open(linkOf(status)), await open(bare, await bearer(user))]) {
      expectProblem(answer, { status: 410, code: 'result_gone' });
      expect(answer.headers.get('location')).toBeNull();
    }
    expect((await statusOf(user, status.assembly_id)).json).toEqual(status);
  });

  test('a stranger is told what is told of a result that never was', async () => {
    const status = await ended(user, await submitLarge(40_000));
    await deleteFile(status);
    const stranger = await bearer(newUser());
    const bare = linkOf(status).split('?')[0] ?? '';
    const told = async (url: string, headers: Record<string, string>) => {
      const { json, ...answer } = await open(url, headers);
      return [answer.status, { ...json, timestamp: '' }];
    };
    const never = bare.replace(/1-1$/, UNKNOWN);
    expect(await told(bare, stranger)).toEqual(await told(never, await bearer(user)));
    expect(await told(`${linkOf(status)}x`, {})).toEqual(await told(never, stranger));
  });
});
