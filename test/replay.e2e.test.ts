import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../lambdas/shared/assembly-item.ts';
import { submissionEndpointId } from '../lib/domain/delivery.ts';
import { eventId } from '../lib/domain/events.ts';
import { sampleAssembly } from './lib/domain/sample-assembly.ts';
import { eventually, localDocuments, localS3, localWaybill, newUser } from './local-cloud.ts';
import { answering, type Receiver, webhookReceiver } from './webhook-receiver.ts';

const CLI = join(import.meta.dirname, '../bin/cli.ts');

let folder: string;
let s3: S3Client;
let documents: DynamoDBDocumentClient;
let receiver: Receiver;
beforeAll(async () => {
  s3 = localS3();
  documents = localDocuments();
  receiver = await webhookReceiver(answering(204));
  // The command reads .waybill/local.json where it is called.
  folder = mkdtempSync(join(tmpdir(), 'waybill-replay-'));
  mkdirSync(join(folder, '.waybill'));
  writeFileSync(join(folder, '.waybill/local.json'), JSON.stringify(localWaybill()));
});
afterAll(() => {
  s3.destroy();
  documents.destroy();
  receiver.stop();
  rmSync(folder, { recursive: true });
});

const replay = (...args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [CLI, 'replay', ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });

/** The object that holds the record of this assembly. */
async function keptOf(assemblyId: string): Promise<{ key: string; content: string } | undefined> {
  const Bucket = localWaybill().buckets.files;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'failures/notify/' }));
  for (const { Key: key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
    const content = (await Body?.transformToString()) ?? '';
    if (content.includes(assemblyId)) return { key, content };
  }
  return undefined;
}

test('a change that notify cannot handle waits in the bucket until its cause is mended and it is replayed', async () => {
  const assembly = sampleAssembly({
    assembly_id: createHash('sha256').update(randomUUID()).digest('hex'),
    user_id: newUser(),
    status: 'completed',
    progress: 100,
    ended_at: '2026-03-01T12:00:01.000Z',
    webhook_url: receiver.url,
  });
  const endpoint_id = submissionEndpointId(assembly.assembly_id);
  const key = { endpoint_id, event_id: eventId(assembly, endpoint_id) };
  const { tables } = localWaybill();
  // The row of its webhook is there already, and nobody can read it.
  const poison = { ...key, payload_gzip: new Uint8Array([1, 2, 3]) };
  await documents.send(new PutCommand({ TableName: tables.deliveries, Item: poison }));
  await documents.send(new PutCommand({ TableName: tables.jobs, Item: toItem(assembly) }));
  const kept = await eventually(() => keptOf(assembly.assembly_id), 'the record below failures/');

  const shown = await replay('--local', '--consumer', 'notify', '--dry-run');
  expect(shown).toMatchObject({ code: 0, output: expect.stringContaining(`· ${kept.key}  2`) });
  expect(shown.output).toMatch(/Error: incorrect header check$/m);
  expect(shown.output).toMatch(/would be sent, nothing was changed\.\n$/);

  const failed = await replay('--local', '--consumer', 'notify');
  expect(failed).toMatchObject({
    code: 1,
    output: expect.stringContaining(`✗ ${kept.key}  Error: incorrect header check`),
  });
  expect(await keptOf(assembly.assembly_id)).toEqual(kept);
  expect(receiver.received).toEqual([]);

  await documents.send(new DeleteCommand({ TableName: tables.deliveries, Key: key }));
  expect(await replay('--local', '--consumer', 'notify')).toMatchObject({
    code: 0,
    output: expect.stringContaining(`✓ ${kept.key}\n`),
  });
  expect(await keptOf(assembly.assembly_id)).toBeUndefined();
  const webhook = await eventually(() => receiver.received[0], 'the webhook');
  expect(JSON.parse(webhook.body)).toMatchObject({
    assembly_id: assembly.assembly_id,
    ok: 'ASSEMBLY_COMPLETED',
  });
});

test('what cannot be reached, or is not said, ends with code 2', async () => {
  const outputs = join(folder, 'outputs.json');
  writeFileSync(outputs, JSON.stringify({ Waybill: { FilesBucketName: 'x' } }));
  const gone = join(folder, 'gone.json');
  expect(await replay('--outputs', gone)).toMatchObject({ code: 2, output: expect.stringContaining(gone) });
  expect(await replay()).toMatchObject({ code: 2, output: expect.stringContaining('Say where') });
  expect(await replay('--local', '--limit', 'all')).toMatchObject({ code: 2 });
  const local = { ...localWaybill(), s3_endpoint: 'http://127.0.0.1:1' };
  writeFileSync(join(folder, '.waybill/local.json'), JSON.stringify(local));
  expect(await replay('--local')).toMatchObject({ code: 2, output: expect.stringContaining('ECONNREFUSED') });
});
