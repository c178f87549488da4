import { createHash } from 'node:crypto';
import { missingUploads } from '../../lib/domain/assembly.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import type { SubmitRequest } from '../../lib/domain/submit-request.ts';
import type { Upload } from '../../lib/domain/upload.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import type { FunctionName } from './functions.ts';
import type { AnswerOf, EventOf, Lambda } from './lambda.ts';
import { ListWorker } from './list-worker.ts';
import type { Cloud } from './ports.ts';

const MINUTE_MS = 60_000;
/** All submissions begin within this time, and what their submitters do later within as much again. */
const WINDOW_MS = 40 * MINUTE_MS;
const USERS = ['ada', 'grace', 'joan'] as const;
/** Nobody asks more often than this for one thing. */
const MAX_TRIES = 40;

/** What jobs are submitted, where it is not the usual mixture. */
export interface JobOptions {
  /** Those that send to recipients. */
  readonly listsOnly?: boolean;
  /** To so many each. */
  readonly recipients?: number;
}

/** Somebody who submits one job, uploads its files, and changes their mind. */
export class Client {
  private readonly lambda: Lambda;
  private readonly cloud: Cloud;
  private readonly user: { readonly owner: string; readonly userId: string };
  private readonly request: SubmitRequest;
  private readonly contents: readonly string[];
  private readonly recipients: Recipient[];

  constructor(index: number, lambda: Lambda, cloud: Cloud, { listsOnly, recipients }: JobOptions = {}) {
    const { random, receivers } = cloud;
    this.lambda = lambda;
    this.cloud = cloud;
    const userId = random.pick(USERS);
    this.user = { owner: userId, userId };
    const template_id = random.weighted(listsOnly ? LISTS : TEMPLATES) as keyof typeof TEMPLATES;
    const files = template_id === 'file-work' ? random.int(1, 3) : 0;
    this.contents = Array.from({ length: files }, (_, file) => `job ${index}, file ${file}`);
    const count = !(template_id in LISTS) ? 0 : (recipients ?? random.int(1, MAX_RECIPIENTS));
    this.recipients = Array.from({ length: count }, (_, each) => ({
      id: `r${each}`,
      box: random.pick(BOXES),
    }));
    // Too large for the item: they go to the bucket.
    const padding = random.chance(0.03) ? 'x'.repeat(3_000) : '';
    this.request = {
      template_id,
      fields: { nonce: index, padding, ...(count > 0 && { recipients: this.recipients }) },
      ...(files > 0 && { uploads: this.contents.map(uploadOf) }),
      ...(random.chance(0.65) && { webhook_url: random.pick(receivers).url }),
      ...(random.chance(0.3) && { max_retries: random.int(0, 5) }),
    };
  }

  async run(): Promise<void> {
    const { scheduler, random } = this.cloud;
    await scheduler.pause(random.int(0, WINDOW_MS));
    // Two tabs, or a load balancer that sends a request twice.
    const [assemblyId] = await Promise.all([this.submit(), random.chance(0.08) && this.submit()]);
    if (assemblyId === undefined) return;
    if (this.request.template_id === 'by-hand') void this.workByHand(assemblyId);
    if (this.request.template_id === 'list-by-hand') void this.workListByHand(assemblyId);
    void this.changeMinds(assemblyId);
  }

  /** Submits until it is accepted, and uploads what is asked for. */
  private async submit(): Promise<string | undefined> {
    const { history, random, table } = this.cloud;
    const submission = await this.ask('submit', { request: this.request, user: this.user });
    if (!submission) return undefined;
    const { assembly_id } = submission.assembly;
    history.add({ type: 'accepted', assemblyId: assembly_id });
    // Some go away before their files are there: the sweep ends what they left.
    if (!random.chance(0.06)) await this.upload(assembly_id);
    const stored = table.items.get(assembly_id);
    if (stored?.status === 'uploading' && random.chance(0.5)) {
      await this.cloud.scheduler.pause(random.int(1_000, 5 * MINUTE_MS));
      await this.ask('submit', { request: this.request, user: this.user });
    }
    return assembly_id;
  }

  private async upload(assemblyId: string): Promise<void> {
    const { scheduler, random, table, objects } = this.cloud;
    const stored = table.items.get(assemblyId);
    for (const upload of stored ? missingUploads(stored) : []) {
      await scheduler.pause(random.int(10, 20_000));
      const key = uploadKey(assemblyId, upload);
      const content = this.contents.find((text) => md5(text) === upload.md5hash) ?? '';
      objects.set(key, { bytes: Buffer.from(content) });
      this.tellOfUpload(key, upload);
    }
  }

  /** As S3 does: mostly once. */
  private tellOfUpload(key: string, { id }: Upload): void {
    const { scheduler, random, faults, uploads } = this.cloud;
    if (faults.outageLeft > 0 || faults.happens('lost upload event', id)) return;
    const event = { eventName: 'ObjectCreated:Put', s3: { object: { key } } };
    const copies = faults.happens('duplicate upload event', id) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      scheduler.after(random.int(50, 3_000), () => uploads.send(JSON.stringify({ Records: [event] })));
  }

  /** Cancels, submits again, retries, at random moments. */
  private async changeMinds(assemblyId: string): Promise<void> {
    const { scheduler, random } = this.cloud;
    const owned = { assemblyId, user: this.user };
    for (let left = random.pick(TIMES); left > 0; left -= 1) {
      await scheduler.pause(random.chance(0.5) ? random.int(0, 20_000) : random.int(0, WINDOW_MS));
      switch (random.weighted({ submit: 4, retry: 3, cancel: 3 })) {
        case 'submit':
          await this.submit();
          break;
        case 'retry':
          await this.ask('retry', owned);
          break;
        default:
          await this.ask('cancel', owned);
      }
    }
  }

  /** What somebody's own machine does with an external template. */
  private async workByHand(assemblyId: string): Promise<void> {
    const { scheduler, random } = this.cloud;
    for (const status of [
      'processing',
      'processing',
      random.pick(['completed', 'failed', 'partial'] as const),
    ] as const) {
      await scheduler.pause(random.int(1_000, 10 * MINUTE_MS));
      // It never comes back.
      if (random.chance(0.05)) return;
      const progress = status === 'processing' ? { progress: random.int(0, 99) } : {};
      const update = { status, ...progress, ...(status === 'failed' && { error: 'It did not work.' }) };
      await this.ask('status-update', { assemblyId, update });
    }
  }

  private workListByHand(assemblyId: string): Promise<void> {
    const worker = new ListWorker(this.cloud, (update) => this.ask('status-update', { assemblyId, update }));
    return worker.work(
      assemblyId,
      this.recipients.map(({ id }) => id),
    );
  }

  /** Asks until there is an answer. Undefined for a refusal, which asking again does not change. */
  private async ask<Name extends FunctionName>(
    name: Name,
    event: EventOf<Name>,
  ): Promise<AnswerOf<Name> | undefined> {
    const { scheduler, random } = this.cloud;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const outcome = await this.lambda.invoke(name, event);
      if (outcome.ok) return outcome.value;
      if (outcome.error instanceof WaybillError && outcome.error.code !== 'unavailable') return undefined;
      await scheduler.pause(random.int(500, 2_000 * tries));
    }
    return undefined;
  }
}

/** What sends to recipients. */
const LISTS = { 'send-all': 3, 'paced-send': 1, 'list-by-hand': 2 } as const;

const TEMPLATES = {
  'quick-work': 42,
  'long-work': 14,
  'moody-work': 22,
  'file-work': 14,
  'by-hand': 8,
  ...LISTS,
} as const;

const MAX_RECIPIENTS = 12;
/** Few, so that a rate limit is felt. */
const BOXES = ['north', 'south'] as const;

type Recipient = Record<'id' | 'box', string>;

/** How often somebody comes back to a job. */
const TIMES = [0, 0, 0, 0, 0, 0, 1, 1, 2, 4];

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const uploadOf = (content: string, index: number) => ({
  name: `${index}.txt`,
  size: Buffer.byteLength(content),
  mime: 'text/plain',
  md5hash: md5(content),
  field: 'file',
});
