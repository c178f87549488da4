import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { UpdatedAssembly } from '../../lib/domain/assembly-answer.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { statusUpdate } from '../../lib/domain/status-update.ts';
import { authenticateMachine } from '../shared/authenticate.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpJsonHandler } from '../shared/http-handler.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';
import { secretReader } from '../shared/secret-reader.ts';
import { tellingConflict } from '../shared/tell-conflict.ts';
import { tellStatus } from '../shared/tell-status.ts';
import { type UpdateDependencies, updateStatus } from './update-status.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'UPDATE_SECRET',
  'RETENTION_DAYS',
  'MASTER_SECRET',
  'API_URL',
]);
const updateSecret = secretReader(new SecretsManagerClient(AWS_CLIENT_SETTINGS), env.UPDATE_SECRET);
const telling = { masterSecret: masterSecretOf(env), apiUrl: env.API_URL };
const dependencies: UpdateDependencies = {
  store: new MeteredAssemblyStore(documentClient(), env.JOBS_TABLE),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** POST /assemblies/{assembly_id}/status. The answer carries the `claim` for the worker's next update. */
export const handler = httpJsonHandler(
  (headers) => authenticateMachine(headers, updateSecret),
  async ({ headers, path, body }) => {
    const assemblyId = parseAssemblyId(path.assembly_id);
    const options = { now: dependencies.now(), language: preferredLanguage(headers['accept-language']) };
    const update = updateStatus(assemblyId, parseWith(statusUpdate, body), dependencies);
    const assembly = await tellingConflict(update, options, telling);
    const status = await tellStatus(assembly, options, telling);
    const answer: UpdatedAssembly = { ...status, claim: assembly.claim };
    return {
      statusCode: 200,
      headers: { 'content-language': options.language },
      body: answer,
    };
  },
);
