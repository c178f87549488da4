import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { type StatusUpdate, statusUpdate } from '../../lib/domain/status-update.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateMachine } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpJsonHandler } from '../shared/http-handler.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';
import { secretReader } from '../shared/secret-reader.ts';
import { type TellOptions, tellStatus } from '../shared/tell-status.ts';
import { type UpdateDependencies, updateStatus } from './update-status.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'UPDATE_SECRET',
  'RETENTION_DAYS',
  'MASTER_SECRET',
  'API_URL',
]);
const updateSecret = secretReader(new SecretsManagerClient(), env.UPDATE_SECRET);
const telling = { masterSecret: masterSecretOf(env), apiUrl: env.API_URL };
const dependencies: UpdateDependencies = {
  store: new AssemblyStore(documentClient(), env.JOBS_TABLE),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** POST /assemblies/{assembly_id}/status. The answer carries the `claim` for the worker's next update. */
export const handler = httpJsonHandler(
  (headers) => authenticateMachine(headers, updateSecret),
  async ({ headers, path, body }) => {
    const assemblyId = parseAssemblyId(path.assembly_id);
    const options = { now: dependencies.now(), language: preferredLanguage(headers['accept-language']) };
    const assembly = await updated(assemblyId, parseWith(statusUpdate, body), options);
    const status = await tellStatus(assembly, options, telling);
    return {
      statusCode: 200,
      headers: { 'content-language': options.language },
      body: { ...status, claim: assembly.claim },
    };
  },
);

/** A conflict is answered with how the assembly stands, told as everywhere. */
async function updated(assemblyId: string, update: StatusUpdate, options: TellOptions): Promise<Assembly> {
  try {
    return await updateStatus(assemblyId, update, dependencies);
  } catch (error) {
    if (!(error instanceof WaybillError) || !error.current) throw error;
    const current = await tellStatus(error.current, options, telling);
    throw new WaybillError(error.code, error.message, { members: { ...error.members, current } });
  }
}
