import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FileStore } from '../../lambdas/shared/file-store.ts';
import type { ResultStore } from '../../lambdas/shared/result-store.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import { identifyUploads, type Upload } from '../../lib/domain/upload.ts';
import { direct, type Transport } from './transport.ts';

export type FileObjects = Map<string, { readonly bytes: Buffer; readonly mime?: string }>;

/** The bucket in memory. */
export class InMemoryFiles
  implements Pick<FileStore, 'has' | 'read' | 'writeText'>, Pick<ResultStore, 'write'>
{
  readonly objects: FileObjects;
  private readonly transport: Transport;
  /** Runs before each write; may throw. */
  beforeWrite: (key: string) => void | Promise<void> = () => {};

  constructor(objects: FileObjects = new Map(), transport: Transport = direct) {
    this.objects = objects;
    this.transport = transport;
  }

  /** As if it had been uploaded. */
  put(assemblyId: string, upload: Upload, bytes: string): void {
    this.objects.set(uploadKey(assemblyId, upload), { bytes: Buffer.from(bytes) });
  }

  textOf(key: string): string | undefined {
    return this.objects.get(key)?.bytes.toString();
  }

  async has(key: string, size: number): Promise<boolean> {
    return this.transport('files.has', () => this.objects.get(key)?.bytes.length === size);
  }

  async read(key: string): Promise<Readable | undefined> {
    const object = await this.transport('files.read', () => this.objects.get(key));
    return object && Readable.from([object.bytes], { objectMode: false });
  }

  async writeText(key: string, text: string): Promise<void> {
    await this.beforeWrite(key);
    await this.transport('files.writeText', () => this.objects.set(key, { bytes: Buffer.from(text) }));
  }

  async write(
    key: string,
    body: Readable | Uint8Array,
    { mime, signal }: { readonly mime: string; readonly signal: AbortSignal },
  ): Promise<void> {
    await this.beforeWrite(key);
    signal.throwIfAborted();
    const bytes = body instanceof Uint8Array ? Buffer.from(body) : await buffer(body);
    await this.transport('files.write', () => this.objects.set(key, { bytes, mime }));
  }
}

/** The uploads of files with these bytes, named `0.txt`, `1.txt`, … */
export const uploadsOf = (...contents: readonly string[]): Upload[] =>
  identifyUploads(
    contents.map((bytes, index) => ({
      name: `${index}.txt`,
      size: Buffer.byteLength(bytes),
      mime: 'text/plain',
      md5hash: createHash('md5').update(bytes).digest('hex'),
      field: 'file',
    })),
  );
