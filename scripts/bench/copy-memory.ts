import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { S3Client } from '@aws-sdk/client-s3';
import { ResultStore } from '../../lambdas/shared/result-store.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import { startLocalWaybill } from '../local-waybill.ts';
import type { CopyJob, CopyReport } from './copy-assembly.ts';

const MB = 2 ** 20;
const ASSEMBLY_ID = '0'.repeat(64);

/** Bytes that no compression helps with, and that need no memory. */
function* pieces(megabytes: number): Generator<Buffer> {
  for (let index = 0; index < megabytes; index += 1) {
    const piece = Buffer.alloc(MB, index % 251);
    piece.writeUInt32BE(index);
    yield piece;
  }
}

function md5Of(megabytes: number): string {
  const hash = createHash('md5');
  for (const piece of pieces(megabytes)) hash.update(piece);
  return hash.digest('hex');
}

/**
 * Passes one file through a step that copies it, in a process of its own, and tells the most memory that the process
 * ever had. The bucket is the local one, in this process.
 */
export async function copyMemory(megabytes: number): Promise<CopyReport> {
  const { local, stop } = await startLocalWaybill();
  try {
    const md5hash = md5Of(megabytes);
    const upload = {
      ...{ id: md5hash, md5hash, name: 'large.bin', size: megabytes * MB },
      ...{ mime: 'application/octet-stream', field: 'file' },
    };
    const { s3_endpoint: endpoint, credentials } = local;
    const bucket = local.buckets.files;
    const s3 = new S3Client({ region: 'us-east-1', endpoint, credentials });
    const { signal } = new AbortController();
    const body = Readable.from(pieces(megabytes), { objectMode: false });
    await new ResultStore(s3, bucket).write(uploadKey(ASSEMBLY_ID, upload), body, {
      mime: upload.mime,
      signal,
    });
    const time = new Date().toISOString();
    const assembly: CopyJob['assembly'] = {
      ...{ assembly_id: ASSEMBLY_ID, template_id: 'copy-files', user_id: 'bench', status: 'queued' },
      ...{ attempt: 1, claim: 0, version: 1, last_writer: 'bench', external: false, branch: 'main' },
      ...{ uploads: [upload], received: [upload.id], progress: 0, retry_count: 0, max_retries: 0 },
      ...{ created_at: time, updated_at: time },
    };
    const job: CopyJob = { assembly, bucket, endpoint, credentials };
    const script = join(import.meta.dirname, 'copy-assembly.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(job)]);
    return JSON.parse(stdout);
  } finally {
    await stop();
  }
}
