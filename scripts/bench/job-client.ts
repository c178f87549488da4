import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import sharp from 'sharp';
import { putUpload, type UploadRequest } from '../../lib/client/put-upload.ts';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { LocalWaybill } from '../local-waybill.ts';

/** The answer to `POST /assemblies`. */
type Submitted = Omit<AssemblyStatus, 'uploads'> & { readonly uploads: readonly UploadRequest[] };

const GIVE_UP_AFTER_MS = 60_000;

/** A user of the HTTP API with jobs to do. */
export class JobClient {
  private readonly local: LocalWaybill;
  private picture: Promise<Uint8Array<ArrayBuffer>> | undefined;

  constructor(local: LocalWaybill) {
    this.local = local;
  }

  /** Submits, and stays open: a person would have to do it. */
  async submitReview(): Promise<string> {
    const fields = { title: 'Is it good?', nonce: randomUUID() };
    return (await this.post({ template_id: 'human-review', fields })).assembly_id;
  }

  async submitText(): Promise<string> {
    const fields = { text: 'A ship came in with the tide.', nonce: randomUUID() };
    return (await this.post({ template_id: 'text-statistics', fields })).assembly_id;
  }

  /** Submits whatever it is. */
  async submit(body: { readonly template_id: string; readonly fields: object }): Promise<string> {
    return (await this.post(body)).assembly_id;
  }

  /** Submits one file, uploads it, and gets two results in return. */
  async submitPicture({ webhookUrl }: { readonly webhookUrl?: string } = {}): Promise<string> {
    this.picture ??= drawPicture();
    const bytes = await this.picture;
    const md5hash = createHash('md5').update(bytes).digest('hex');
    const { assembly_id, uploads } = await this.post({
      template_id: 'image-thumbnails',
      fields: { sizes: { small: 160 }, nonce: randomUUID() },
      uploads: [{ name: 'harbour.jpg', mime: 'image/jpeg', size: bytes.length, md5hash }],
      ...(webhookUrl && { webhook_url: webhookUrl }),
    });
    for (const upload of uploads) await putUpload(upload, bytes);
    return assembly_id;
  }

  /** Asks until it has ended. */
  async ended(id: string, { pauseMs = 5 }: { readonly pauseMs?: number } = {}): Promise<AssemblyStatus> {
    const deadline = performance.now() + GIVE_UP_AFTER_MS;
    while (performance.now() < deadline) {
      const { status, body } = await this.status(id);
      if (status === 200) return body;
      await wait(pauseMs);
    }
    throw new Error(`${id} did not end within ${GIVE_UP_AFTER_MS} ms`);
  }

  async status(id: string): Promise<{ readonly status: number; readonly body: AssemblyStatus }> {
    return this.fetch<AssemblyStatus>(`/assemblies/${id}`);
  }

  async health(): Promise<void> {
    await this.fetch('/health');
  }

  private async post(body: object): Promise<Submitted> {
    return (await this.fetch<Submitted>('/assemblies', body)).body;
  }

  private async fetch<Body>(path: string, body?: object): Promise<{ status: number; body: Body }> {
    const response = await fetch(`${this.local.url}${path}`, {
      headers: {
        authorization: `Bearer ${this.local.token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return { status: response.status, body: JSON.parse(text) as Body };
  }
}

const drawPicture = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(
    await sharp({ create: { width: 640, height: 480, channels: 3, background: '#204080' } })
      .jpeg()
      .toBuffer(),
  );
