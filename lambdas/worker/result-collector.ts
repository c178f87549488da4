import { pipeline, type Readable, Transform } from 'node:stream';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { fitFileName } from '../../lib/domain/file-name.ts';
import { resultKey } from '../../lib/domain/object-key.ts';
import type { ResultFile, ResultFiles } from '../../lib/domain/result-file.ts';
import type { ResultDescription } from '../../lib/domain/template.ts';
import { keptResults } from '../shared/end-change.ts';
import type { ResultStore } from '../shared/result-store.ts';

const MAX_META_BYTES = 2_048;

type WorkedOn = Pick<Assembly, 'assembly_id' | 'claim' | 'redo' | 'results'>;

/** Writes the result files of one run to the bucket and keeps the list of them, after those that stay from an earlier run. */
export class ResultCollector {
  private readonly assembly: WorkedOn;
  private readonly store: Pick<ResultStore, 'write'>;
  private readonly signal: AbortSignal;
  private readonly byStep = new Map<string, ResultFile[]>();
  private count = 0;

  constructor(
    assembly: WorkedOn,
    { store, signal }: { readonly store: Pick<ResultStore, 'write'>; readonly signal: AbortSignal },
  ) {
    this.assembly = assembly;
    this.store = store;
    this.signal = signal;
    for (const [step, files] of Object.entries(keptResults(assembly) ?? {}))
      this.byStep.set(step, [...files]);
  }

  get files(): ResultFiles {
    return Object.fromEntries([...this.byStep].map(([step, files]) => [step, [...files]]));
  }

  /** Resolves when the file is in the bucket; only then it is in the list. */
  async add(
    step: string,
    name: string,
    body: Readable | Uint8Array,
    description: ResultDescription,
  ): Promise<void> {
    const file = await this.keep(name, body, description);
    this.byStep.set(step, [...(this.byStep.get(step) ?? []), file]);
  }

  /** The same for a file that is in no list. */
  async keep(
    name: string,
    body: Readable | Uint8Array,
    { mime, original, meta }: ResultDescription,
  ): Promise<ResultFile> {
    if (meta && Buffer.byteLength(JSON.stringify(meta)) > MAX_META_BYTES)
      throw new Error(`The meta of result "${name}" has more than ${MAX_META_BYTES} bytes`);
    this.count += 1;
    // The claim is part of the id: a worker that lost its assembly cannot overwrite what the next one made.
    const id = `${this.assembly.claim}-${this.count}`;
    const size = await this.write(resultKey(this.assembly.assembly_id, id), body, mime);
    return {
      id,
      name: fitFileName(name),
      size,
      mime,
      field: original?.field ?? '',
      original_id: original?.id ?? '',
      ...(meta && { meta }),
    };
  }

  private async write(key: string, body: Readable | Uint8Array, mime: string): Promise<number> {
    const { store, signal } = this;
    if (body instanceof Uint8Array) {
      await store.write(key, body, { mime, signal });
      return body.length;
    }
    let size = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        size += chunk.length;
        callback(null, chunk);
      },
    });
    await store.write(
      key,
      pipeline(body, counted, () => {}),
      { mime, signal },
    );
    return size;
  }
}
