import { preferredLanguage } from '../../lib/domain/language.ts';
import { ListCursors } from '../../lib/domain/list-cursor.ts';
import { AssemblyBatch } from '../shared/assembly-batch.ts';
import { AssemblyIndex } from '../shared/assembly-index.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { systemClock } from '../shared/clock.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { listAssemblies } from './list-assemblies.ts';
import { parseListQuery } from './list-query.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'MASTER_SECRET', ...JWT_VARIABLES]);
const jwt = jwtSettings(env);
const masterSecret = masterSecretOf(env);
const documents = documentClient();
const dependencies = {
  index: new AssemblyIndex(documents, env.JOBS_TABLE),
  batch: new AssemblyBatch(documents, env.JOBS_TABLE, systemClock.pause),
  now: systemClock.now,
};

/** GET /assemblies */
export const handler = httpHandler(async ({ headers, query }) => {
  const reader = await authenticateUser(headers, jwt);
  const language = preferredLanguage(headers['accept-language']);
  const cursors = new ListCursors(await masterSecret(), reader.owner);
  const page = await listAssemblies(
    { query: parseListQuery(query), reader, language },
    { ...dependencies, cursors },
  );
  return {
    statusCode: 200,
    headers: { 'content-language': language, vary: 'accept-language, authorization' },
    body: page,
  };
});
