import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logContext } from '../shared/log-context.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { receiveUploads } from '../shared/receive-uploads.ts';
import { s3Notification, uploadsOf } from './upload-events.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE']);
const store = new MeteredAssemblyStore(documentClient(), env.JOBS_TABLE);
const now = () => new Date();

/** `uploads` queue, filled by S3 → the assembly is told of its uploads. */
export const handler = queueConsumer({
  name: 'receive-upload',
  message: s3Notification,
  async consume(notification) {
    for (const [assemblyId, uploadIds] of uploadsOf(notification)) {
      logContext.add({ assembly_id: assemblyId });
      const assembly = await store.get(assemblyId, { consistent: true });
      if (assembly) await receiveUploads(assembly, uploadIds, { store, now });
    }
  },
});
