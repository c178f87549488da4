import { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import type { AssemblyChange } from '../../lambdas/shared/assembly-change.ts';
import { systemClock } from '../../lambdas/shared/clock.ts';
import { FileStore } from '../../lambdas/shared/file-store.ts';
import { ResultStore } from '../../lambdas/shared/result-store.ts';
import { runAssembly } from '../../lambdas/worker/run-assembly.ts';
import { makeTempFolder } from '../../lambdas/worker/temp-folder.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Json } from '../../lib/domain/json.ts';
import { defineTemplate } from '../../lib/domain/template.ts';
import { buildRegistry } from '../../lib/domain/template-registry.ts';
import { csvValidation } from '../../templates/csv-validation.ts';
import { NO_FAN_OUT } from './no-fan-out.ts';

/** What `fileMemory` hands to this process, as JSON in its first argument. */
export interface FileJob {
  readonly assembly: Assembly;
  readonly bucket: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What this process prints, as a line of JSON. */
export interface FileReport {
  readonly status: string;
  /** Of all results. */
  readonly bytes: number;
  readonly results: number;
  /** What the step returned, as JSON. */
  readonly result: Json;
  readonly seconds: number;
  readonly maxRssMb: number;
  readonly maxRssMbBefore: number;
}

const copy = defineTemplate({
  id: 'copy-files',
  uploads: { min: 1, max: 1 },
  fields: z.object({}),
  steps: [
    {
      name: 'copy',
      title: 'Copying',
      run: async ({ eachInput, result }) => {
        await eachInput(async (input) => {
          await result(input.name, await input.stream(), { mime: input.mime, original: input });
        });
        return undefined;
      },
    },
  ],
});

/** One assembly, kept in this process: the bench is about the files. */
function storeOf(assembly: Assembly) {
  let stored = assembly;
  return {
    get: async () => stored,
    change: async (_: string, { set }: AssemblyChange) => {
      stored = { ...stored, ...set, version: stored.version + 1 };
      return { written: true as const, assembly: stored };
    },
  };
}

const maxRssMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

const { assembly, bucket, endpoint, credentials }: FileJob = JSON.parse(process.argv[2] ?? '');
const s3 = new S3Client({ region: 'us-east-1', endpoint, credentials });
const store = storeOf(assembly);
const before = maxRssMb();
const startedAt = performance.now();
await runAssembly(
  { assembly_id: assembly.assembly_id, attempt: assembly.attempt, claim: assembly.claim },
  {
    store,
    files: new FileStore(s3, bucket),
    resultStore: new ResultStore(s3, bucket),
    templates: buildRegistry([copy, csvValidation]),
    configs: {},
    fanOut: NO_FAN_OUT,
    retentionDays: 1,
    retry: { baseSeconds: 0, random: Math.random },
    leaseSeconds: 900,
    runSeconds: 900,
    ...systemClock,
    makeTempFolder,
    log: { info: () => {}, warn: (message, extra) => console.error(message, extra) },
  },
);
const { status, results, result, error } = await store.get();
const files = Object.values(results ?? {}).flat();
if (error) console.error(error);
const report: FileReport = {
  status,
  bytes: files.reduce((bytes, { size }) => bytes + size, 0),
  results: files.length,
  result: result ?? null,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
  maxRssMb: maxRssMb(),
  maxRssMbBefore: before,
};
console.log(JSON.stringify(report));
