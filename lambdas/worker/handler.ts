import * as z from 'zod';
import { LEASE_MARGIN_SECONDS } from '../../lib/bindings.ts';
import { templates } from '../../templates/registry.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { logger } from '../shared/logger.ts';
import { queueConsumer } from '../shared/queue-consumer.ts';
import { type RunDependencies, runAssembly } from './run-assembly.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'RETENTION_DAYS', 'WORKER_TIMEOUT_SECONDS']);
const dependencies: RunDependencies = {
  store: new AssemblyStore(documentClient(), env.JOBS_TABLE),
  templates,
  retentionDays: Number(env.RETENTION_DAYS),
  leaseSeconds: Number(env.WORKER_TIMEOUT_SECONDS) + LEASE_MARGIN_SECONDS,
  now: () => new Date(),
  log: logger,
};

/** `jobs` queue, one message at a time. */
export const handler = queueConsumer({
  name: 'worker',
  message: z.object({
    assembly_id: z.string(),
    attempt: z.number().int().positive(),
    claim: z.number().int().nonnegative(),
  }),
  async consume(message) {
    const outcome = await runAssembly(message, dependencies);
    logger.info('A job message is done with', { assembly_id: message.assembly_id, outcome });
  },
});
