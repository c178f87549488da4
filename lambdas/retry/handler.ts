import type { RetriedAssembly } from '../../lib/domain/assembly-answer.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { httpStatusOf, retryAfterSeconds } from '../../lib/domain/status-headers.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore, presigningClient } from '../shared/file-store.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { OWNER_LIMIT_VARIABLES, ownerLimiterOf } from '../shared/owner-limiter-of.ts';
import { parseAssemblyId, parseWholeNumber } from '../shared/parse-request.ts';
import { readAssembly } from '../shared/read-assembly.ts';
import { tellingConflict } from '../shared/tell-conflict.ts';
import { TELL_VARIABLES, tellingOf, tellStatus } from '../shared/tell-status.ts';
import { tellUploads } from '../shared/tell-uploads.ts';
import { retryAssembly } from './retry-assembly.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'FILES_BUCKET',
  ...JWT_VARIABLES,
  ...OWNER_LIMIT_VARIABLES,
  ...TELL_VARIABLES,
]);
const jwt = jwtSettings(env);
const documents = documentClient();
const telling = tellingOf(env, documents);
const store = new MeteredAssemblyStore(documents, env.JOBS_TABLE);
const files = new FileStore(presigningClient(), env.FILES_BUCKET);
const dependencies = { store, files, limiter: ownerLimiterOf(env, documents), now: () => new Date() };

/** POST /assemblies/{assembly_id}/retry?attempt=N */
export const handler = httpHandler(async ({ headers, path, query }) => {
  const sight = await authenticateUser(headers, jwt);
  const assemblyId = parseAssemblyId(path.assembly_id);
  const attempt = parseWholeNumber('attempt', query.attempt);
  const current = await readAssembly({ assemblyId, sight, forDecision: true }, dependencies);
  const options = { now: dependencies.now(), language: preferredLanguage(headers['accept-language']) };
  const retried = retryAssembly(current, attempt, dependencies);
  const { assembly, restarted, limits } = await tellingConflict(retried, options, telling);
  const status = await tellStatus(assembly, options, telling);
  const uploads = await tellUploads(assembly, status, files);
  const answer: RetriedAssembly = { ...status, uploads, restarted };
  return {
    statusCode: httpStatusOf(assembly.status),
    headers: {
      location: `/assemblies/${assemblyId}`,
      'retry-after': retryAfterSeconds(assembly, options.now)?.toString(),
      'content-language': options.language,
      ...limits,
    },
    body: answer,
  };
});
