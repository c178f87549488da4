import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type AssemblyError, assemblyErrorOf, FileError } from '../../lib/domain/assembly-error.ts';
import { nameParts } from '../../lib/domain/file-name.ts';
import type { Json } from '../../lib/domain/json.ts';
import type { Input, ResultDescription, StepContext, Template } from '../../lib/domain/template.ts';

/** A file to work on. */
export interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly mime?: string;
  /** Thrown by the stream after the last byte, as the worker does where the md5 is another one. */
  readonly failsWith?: Error;
  /** In what pieces the bytes come; of 64 KB where absent. */
  readonly pieces?: () => Iterable<Uint8Array>;
  /** Called when the stream is opened. */
  readonly onOpen?: () => void;
}

export interface TestResult extends ResultDescription {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface StepRun {
  /** What the last step returned. */
  readonly result: Json | undefined;
  /** By step, in the order in which they were kept. */
  readonly results: Readonly<Record<string, readonly TestResult[]>>;
  /** By the name of the file: why it was spoiled. */
  readonly spoiled: Readonly<Record<string, AssemblyError>>;
  /** By step. */
  readonly progress: Readonly<Record<string, readonly { fraction: number; message?: string }[]>>;
}

/** What every step takes for now. */
export const RUN_AT = new Date('2025-12-17T10:00:12.000Z');

export interface RunOptions {
  readonly files?: readonly TestFile[];
  /** What the deployment sets for the template. */
  readonly config?: Json;
  readonly signal?: AbortSignal;
  /** As if these were the failed files of a partial assembly: what it had returned. */
  readonly previousResult?: Json;
  /** Called before a result is kept. */
  readonly onResult?: (name: string) => void;
  /** Called with the folder of the run, after its last step and before it is deleted. */
  readonly onEnd?: (tempFolder: string) => Promise<void>;
}

/**
 * Runs the steps of a template as the worker does, on files that are in memory: each step with the parsed fields, the
 * outputs of those before it, and the inputs that none of them spoiled.
 * @throws what a step throws, and the FileError that left no input
 */
export async function runSteps(
  template: Template,
  fields: unknown,
  {
    files = [],
    config: configured,
    signal = new AbortController().signal,
    previousResult,
    onResult,
    onEnd,
  }: RunOptions = {},
): Promise<StepRun> {
  if (!template.steps) throw new Error(`${template.id} has no steps`);
  const parsed = template.fields.parse(fields);
  const tempFolder = await mkdtemp(join(tmpdir(), 'waybill-steps-'));
  const outputs: Record<string, Json> = {};
  const results: Record<string, TestResult[]> = {};
  const spoiled: Record<string, AssemblyError> = {};
  const progress: Record<string, { fraction: number; message?: string }[]> = {};
  let inputs: readonly Input[] = inputsOf(files);
  let result: Json | undefined;
  try {
    for (const step of template.steps) {
      const kept: TestResult[] = [];
      const reports: { fraction: number; message?: string }[] = [];
      results[step.name] = kept;
      progress[step.name] = reports;
      const sound = new Set(inputs);
      const context: StepContext = {
        assemblyId: 'a'.repeat(64),
        attempt: 1,
        fields: parsed,
        config: template.config?.parse(configured),
        inputs,
        outputs: { ...outputs },
        previousResult: async () => previousResult,
        signal,
        tempFolder,
        log: { info: () => {}, warn: () => {} },
        now: () => RUN_AT,
        progress: (fraction, message) => void reports.push({ fraction, ...(message && { message }) }),
        async result(name, body, description) {
          onResult?.(name);
          kept.push({
            name,
            bytes: body instanceof Readable ? await buffer(body) : Buffer.from(body),
            ...description,
          });
        },
        async eachInput(work) {
          for (const [index, input] of inputs.entries()) {
            signal.throwIfAborted();
            context.progress(index / inputs.length, `${input.name} (${index + 1}/${inputs.length})`);
            try {
              await work(input);
            } catch (error) {
              if (!(error instanceof FileError)) throw error;
              sound.delete(input);
              spoiled[input.name] = assemblyErrorOf(error, step.name);
              if (sound.size === 0) throw error;
            }
          }
        },
      };
      result = await step.run(context);
      if (result !== undefined) outputs[step.name] = result;
      inputs = [...sound];
    }
    await onEnd?.(tempFolder);
  } finally {
    await rm(tempFolder, { recursive: true });
  }
  return { result, results, spoiled, progress };
}

/** With ids as submit gives them: the md5, and `-2`, `-3`, … for files of the same bytes. */
function inputsOf(files: readonly TestFile[]): Input[] {
  const seen = new Map<string, number>();
  return files.map(({ name, bytes, mime = 'application/octet-stream', failsWith, pieces, onOpen }) => {
    const md5hash = createHash('md5').update(bytes).digest('hex');
    const count = (seen.get(md5hash) ?? 0) + 1;
    seen.set(md5hash, count);
    return {
      id: count === 1 ? md5hash : `${md5hash}-${count}`,
      name,
      ...nameParts(name),
      size: bytes.length,
      mime,
      field: 'file',
      md5hash,
      meta: {},
      async stream() {
        onOpen?.();
        return Readable.from(pieces?.() ?? chunksOf(bytes, failsWith), { objectMode: false });
      },
    };
  });
}

function* chunksOf(bytes: Uint8Array, failsWith: Error | undefined): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 65_536) yield bytes.subarray(start, start + 65_536);
  if (failsWith) throw failsWith;
}
