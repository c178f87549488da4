import { createHash, randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../lambdas/shared/assembly-item.ts';
import { epochSeconds } from '../lib/domain/assembly.ts';
import { sampleAssembly } from './lib/domain/sample-assembly.ts';
import { sampleResult } from './lib/domain/sample-result.ts';
import { localDocuments, localWaybill } from './local-cloud.ts';

/** DynamoDB holds 400 KB; no worker of ours makes one larger than 380. */
const META_LENGTH = 370_000;

/**
 * Puts that many assemblies of the user into the table, each nearly as large as one can be. In work, so that no consumer of
 * the stream is called for them.
 * @returns their ids
 */
export async function putLargeAssemblies(user: string, count: number): Promise<string[]> {
  const documents = localDocuments();
  const now = new Date();
  const ids = Array.from({ length: count }, () => createHash('sha256').update(randomUUID()).digest('hex'));
  for (const assembly_id of ids) {
    const assembly = sampleAssembly({
      assembly_id,
      user_id: user,
      template_id: 'human-review',
      external: true,
      status: 'processing',
      results: { pictures: [{ ...sampleResult('1-1', ''), meta: { text: 'x'.repeat(META_LENGTH) } }] },
      created_at: now.toISOString(),
      updated_at: now.toISOString(),
      queued_at: now.toISOString(),
      deadline_at: epochSeconds(now) + 86_400,
    });
    await documents.send(new PutCommand({ TableName: localWaybill().tables.jobs, Item: toItem(assembly) }));
  }
  documents.destroy();
  return ids;
}
