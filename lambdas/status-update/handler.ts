import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { statusOf } from '../../lib/domain/assembly-status.ts';
import { statusUpdate } from '../../lib/domain/status-update.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateMachine } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpJsonHandler } from '../shared/http-handler.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';
import { secretReader } from '../shared/secret-reader.ts';
import { type UpdateDependencies, updateStatus } from './update-status.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'UPDATE_SECRET', 'RETENTION_DAYS']);
const updateSecret = secretReader(new SecretsManagerClient(), env.UPDATE_SECRET);
const dependencies: UpdateDependencies = {
  store: new AssemblyStore(documentClient(), env.JOBS_TABLE),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** POST /assemblies/{assembly_id}/status. The answer carries the `claim` for the worker's next update. */
export const handler = httpJsonHandler(
  (headers) => authenticateMachine(headers, updateSecret),
  async ({ path, body }) => {
    const assemblyId = parseAssemblyId(path.assembly_id);
    const assembly = await updateStatus(assemblyId, parseWith(statusUpdate, body), dependencies);
    return { statusCode: 200, body: { ...statusOf(assembly, dependencies.now()), claim: assembly.claim } };
  },
);
