import { preferredLanguage } from '../../lib/domain/language.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { parseAssemblyId } from '../shared/parse-request.ts';
import { readAssembly } from '../shared/read-assembly.ts';
import { tellingConflict } from '../shared/tell-conflict.ts';
import { TELL_VARIABLES, tellingOf, tellStatus } from '../shared/tell-status.ts';
import { cancelAssembly } from './cancel-assembly.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  ...JWT_VARIABLES,
  ...TELL_VARIABLES,
  'RETENTION_DAYS',
]);
const jwt = jwtSettings(env);
const documents = documentClient();
const telling = tellingOf(env, documents);
const dependencies = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  retentionDays: Number(env.RETENTION_DAYS),
  now: () => new Date(),
};

/** DELETE /assemblies/{assembly_id} */
export const handler = httpHandler(async ({ headers, path }) => {
  const sight = await authenticateUser(headers, jwt);
  const assemblyId = parseAssemblyId(path.assembly_id);
  const current = await readAssembly({ assemblyId, sight, forDecision: true }, dependencies);
  const options = { now: dependencies.now(), language: preferredLanguage(headers['accept-language']) };
  const canceled = await tellingConflict(cancelAssembly(current, dependencies), options, telling);
  return {
    statusCode: 200,
    headers: { 'content-language': options.language },
    body: await tellStatus(canceled, options, telling),
  };
});
