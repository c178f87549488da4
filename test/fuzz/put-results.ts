import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { resultKey } from '../../lib/domain/object-key.ts';
import { allResults } from '../../lib/domain/result-file.ts';
import type { QuietCloud } from './quiet-cloud.ts';

/** The files of its results in the bucket, of the size that the assembly says. */
export async function putResults(assembly: Assembly, cloud: QuietCloud): Promise<void> {
  const { credentials, endpoints, bucket } = cloud;
  const s3 = new S3Client({ region: 'us-east-1', credentials, endpoint: endpoints.s3, forcePathStyle: true });
  for (const { id, size } of allResults(assembly)) {
    const Key = resultKey(assembly.assembly_id, id);
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.alloc(size) }));
  }
  s3.destroy();
}
