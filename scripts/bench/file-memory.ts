import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { ResultStore } from '../../lambdas/shared/result-store.ts';
import type { Json } from '../../lib/domain/json.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import { startLocalWaybill } from '../local-waybill.ts';
import type { FileJob, FileReport } from './run-file-job.ts';

const ASSEMBLY_ID = '0'.repeat(64);

/**
 * The new space that V8 gives itself on a machine of 1 GB, which the worker has: a 64th of its heap limit, which is half
 * of the machine. On a machine of 16 GB it lets garbage of 128 MB lie about before it looks.
 */
const WORKER_HEAP = ['--max-semi-space-size=8'];

export interface LargeFile {
  readonly name: string;
  readonly templateId: string;
  readonly fields: Json;
  /** The bytes, made anew each time that they are asked for: none of it is kept. */
  pieces(): Iterable<Buffer>;
}

/**
 * Passes one file through the step of a template, in a process of its own, and tells the most memory that the process ever
 * had. The bucket is the local one, in this process.
 */
export async function fileMemory({ name, templateId, fields, pieces }: LargeFile): Promise<FileReport> {
  const { local, stop } = await startLocalWaybill();
  try {
    const hash = createHash('md5');
    let size = 0;
    for (const piece of pieces()) {
      hash.update(piece);
      size += piece.length;
    }
    const md5hash = hash.digest('hex');
    const mime = 'application/octet-stream';
    const upload = { id: md5hash, md5hash, name, size, mime, field: 'file' };
    const { s3_endpoint: endpoint, credentials } = local;
    const bucket = local.buckets.files;
    const s3 = new S3Client({ region: 'us-east-1', endpoint, credentials });
    const { signal } = new AbortController();
    const body = Readable.from(pieces(), { objectMode: false });
    await new ResultStore(s3, bucket).write(uploadKey(ASSEMBLY_ID, upload), body, { mime, signal });
    const time = new Date().toISOString();
    const assembly: FileJob['assembly'] = {
      ...{ assembly_id: ASSEMBLY_ID, template_id: templateId, user_id: 'bench', status: 'queued' },
      ...{ attempt: 1, claim: 0, version: 1, last_writer: 'bench', external: false, branch: 'main' },
      ...{ uploads: [upload], received: [upload.id], progress: 0, retry_count: 0, max_retries: 0 },
      ...{ fields, created_at: time, updated_at: time },
    };
    const job: FileJob = { assembly, bucket, endpoint, credentials };
    const script = join(import.meta.dirname, 'run-file-job.ts');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      ...WORKER_HEAP,
      script,
      JSON.stringify(job),
    ]);
    if (stderr) console.error(stderr);
    return JSON.parse(stdout);
  } finally {
    await stop();
  }
}
