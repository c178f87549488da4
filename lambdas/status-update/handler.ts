import { S3Client } from '@aws-sdk/client-s3';
import type { UpdatedAssembly } from '../../lib/domain/assembly-answer.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { statusUpdate } from '../../lib/domain/status-update.ts';
import { authenticateMachine } from '../shared/authenticate.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore } from '../shared/file-store.ts';
import { httpJsonHandler } from '../shared/http-json-handler.ts';
import { machineSecretOf } from '../shared/machine-secret.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import { tellingConflict } from '../shared/tell-conflict.ts';
import { TELL_VARIABLES, tellingOf, tellStatus } from '../shared/tell-status.ts';
import { type UpdateDependencies, updateStatus } from './update-status.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'UPDATE_SECRET',
  'TENANTS',
  'RETENTION_DAYS',
  'FILES_BUCKET',
  ...TELL_VARIABLES,
]);
const updateSecret = machineSecretOf(env.UPDATE_SECRET, env);
const documents = documentClient();
const telling = tellingOf(env, documents);
const dependencies: UpdateDependencies = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
  files: new FileStore(new S3Client(AWS_CLIENT_SETTINGS), env.FILES_BUCKET),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** POST /assemblies/{assembly_id}/status. The answer carries the `claim` for the worker's next update. */
export const handler = httpJsonHandler(
  (headers) => authenticateMachine(headers, updateSecret),
  async ({ headers, path, body }, sight) => {
    const assemblyId = parseAssemblyId(path.assembly_id);
    const language = preferredLanguage(headers['accept-language']);
    const options = { now: dependencies.now(), language, fresh: true };
    const update = updateStatus({ assemblyId, sight }, parseWith(statusUpdate, body), dependencies);
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
