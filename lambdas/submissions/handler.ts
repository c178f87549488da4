import { preferredLanguage } from '../../lib/domain/language.ts';
import { SUBMISSION_STATUSES } from '../../lib/domain/submission.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateReader } from '../shared/authenticate-reader.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { machineSecretOf } from '../shared/machine-secret.ts';
import { parseAssemblyId, parseLimit, parseOneOf } from '../shared/parse-request.ts';
import { SubmissionStore } from '../shared/submission-store.ts';
import { listSubmissions } from './list-submissions.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'SUBMISSIONS_TABLE',
  ...JWT_VARIABLES,
  'READ_SECRET',
]);
const jwt = jwtSettings(env);
const readSecret = machineSecretOf(env.READ_SECRET, env);
const documents = documentClient();
const dependencies = {
  store: new AssemblyStore(documents, env.JOBS_TABLE),
  submissions: new SubmissionStore(documents, env.SUBMISSIONS_TABLE),
  now: () => new Date(),
};

const LIMITS = { most: 100, otherwise: 50 };

/** GET /assemblies/{assembly_id}/submissions */
export const handler = httpHandler(async ({ headers, path, query }) => {
  const sight = await authenticateReader(headers, jwt, readSecret);
  const language = preferredLanguage(headers['accept-language']);
  const page = await listSubmissions(
    {
      assemblyId: parseAssemblyId(path.assembly_id),
      sight,
      status: parseOneOf('status', query.status, SUBMISSION_STATUSES),
      limit: parseLimit(query.limit, LIMITS),
      cursor: query.cursor,
      language,
    },
    dependencies,
  );
  return {
    statusCode: 200,
    headers: { 'content-language': language, vary: 'accept-language, authorization' },
    body: page,
  };
});
