import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { putUpload } from '../../lib/client/put-upload.ts';
import { StatusLambdaClient } from '../../lib/client/status-lambda-client.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import { LOCAL_USER } from '../local-waybill.ts';
import { call } from './http-api-client.ts';
import {
  expectThat,
  pollToEnd,
  pollUntil,
  type Scene,
  type Stage,
  type Submitted,
  shortId,
  statusUrl,
  submit,
  userHeaders,
  within,
} from './stage.ts';
import { verifyWebhook } from './webhook-receiver.ts';

const PICTURES = join(import.meta.dirname, 'pictures');
const OUT = join(import.meta.dirname, '../../out');

interface Picture {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
  readonly md5hash: string;
}

async function picture(name: string, mime: string): Promise<Picture> {
  const bytes = await readFile(join(PICTURES, name));
  return { name, mime, bytes, md5hash: createHash('md5').update(bytes).digest('hex') };
}

/** The job that people know from Transloadit: pictures in, thumbnails out. */
export function thumbnailScenes(stage: Stage): Scene[] {
  let pictures: Picture[] = [];
  let request: object = {};
  let submitted: Submitted | undefined;
  let end: AssemblyStatus | undefined;
  const id = (): string => submitted?.assembly_id ?? '';

  return [
    {
      title: 'POST /assemblies',
      async run() {
        pictures = [await picture('harbour.jpg', 'image/jpeg'), await picture('parcel.png', 'image/png')];
        request = {
          template_id: 'image-thumbnails',
          uploads: pictures.map(({ name, mime, bytes, md5hash }) => ({
            name,
            mime,
            md5hash,
            size: bytes.length,
          })),
          reference: 'demo',
          webhook_url: stage.receiver.url,
        };
        const { statusCode, body } = await submit(stage, request);
        expectThat(statusCode === 202 && body.created && body.status === 'uploading', 'a new assembly');
        submitted = body;
        return `${statusCode}, ${body.status}: ${pictures.length} pictures announced as ${shortId(id())}`;
      },
    },
    {
      title: 'PUT the pictures',
      async run() {
        let bytes = 0;
        for (const upload of submitted?.uploads ?? []) {
          const body = pictures.find(({ md5hash }) => md5hash === upload.md5hash)?.bytes ?? [];
          await putUpload(upload, new Uint8Array(body));
          bytes += upload.size;
          await pollUntil(stage, id(), 'the upload to be noted', ({ body }) => body.bytes_received >= bytes);
        }
        return `${(bytes / 1000).toFixed(0)} KB straight to the bucket, size and md5 signed`;
      },
    },
    {
      title: 'GET /assemblies/{id}',
      async run() {
        const { statusCodes, end: status } = await pollToEnd(stage, id());
        expectThat(status.status === 'completed', `the end to be completed, not ${status.status}`);
        expectThat(statusCodes.includes(202), 'at least one 202 while it ran');
        end = status;
        return `202 ${statusCodes.length - 1} times, then 200 with ${resultsOf(status).length} thumbnails`;
      },
    },
    {
      title: 'GET every ssl_url',
      async run() {
        await mkdir(OUT, { recursive: true });
        for (const { name, size, meta, ssl_url } of resultsOf(end)) {
          const response = await fetch(ssl_url);
          const bytes = Buffer.from(await response.arrayBuffer());
          expectThat(response.ok && bytes.length === size, `${size} bytes of ${name}`);
          const { width, height } = await sharp(bytes).metadata();
          expectThat(width === meta?.width && height === meta?.height, `${name} to be as large as it says`);
          await writeFile(join(OUT, name), bytes);
        }
        return `fetched without a token into ${relative(process.cwd(), OUT)}/, each of the size it says`;
      },
    },
    {
      title: 'StatusLambdaClient',
      async run() {
        const client = new StatusLambdaClient({
          region: 'us-east-1',
          functionName: stage.local.functions.status,
          endpoint: stage.local.lambda_endpoint,
          credentials: stage.local.credentials,
        });
        const own = await client.getStatus(id(), LOCAL_USER);
        expectThat(own.success && own.status.status === 'completed', 'the status by direct Lambda call');
        const strange = await client.getStatus(id(), 'somebody-else');
        expectThat(!strange.success && strange.statusCode === 404, 'a stranger to be told 404');
        return 'completed by direct Lambda invoke; 404 for a stranger';
      },
    },
    {
      title: 'POST the same again',
      async run() {
        const before = await call(statusUrl(stage, id()), { headers: userHeaders(stage) });
        const { statusCode, body } = await submit(stage, request);
        expectThat(body.assembly_id === id() && !body.created, 'the same id and created: false');
        expectThat(body.version === before.body.version, 'no second run');
        return `${statusCode}, same id, created: ${body.created}, still version ${body.version}`;
      },
    },
    {
      title: 'Signed webhook',
      async run() {
        const { body } = await call<{ secret: string }>(`${stage.local.url}/webhook-secret`, {
          headers: userHeaders(stage),
        });
        const webhook = await within(stage.receiver.received, 'the webhook');
        verifyWebhook(webhook, body.secret);
        const status = JSON.parse(webhook.body) as AssemblyStatus;
        expectThat(status.assembly_id === id() && status.ok !== undefined, 'the webhook of this assembly');
        const opened = await Promise.all(resultsOf(status).map(({ ssl_url }) => fetch(ssl_url)));
        expectThat(
          opened.every(({ ok }) => ok),
          'the links of the webhook to open',
        );
        return 'verified with standardwebhooks and x-transflow-signature; its links open';
      },
    },
  ];
}

const resultsOf = (status: AssemblyStatus | undefined) => Object.values(status?.results ?? {}).flat();
