import { sightOf } from '../../lib/domain/owner.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { parseAssemblyId, parseLimit } from '../shared/parse-request.ts';
import { listDeliveries } from './list-deliveries.ts';

const env = readEnvironment(process.env, ['JOBS_TABLE', 'DELIVERIES_TABLE', ...JWT_VARIABLES]);
const jwt = jwtSettings(env);
const documents = documentClient();
const dependencies = {
  store: new AssemblyStore(documents, env.JOBS_TABLE),
  deliveries: new DeliveryStore(documents, env.DELIVERIES_TABLE),
  now: () => new Date(),
};

/** More would not be read at a sitting; DynamoDB gives at most as many rows at once. */
const LIMITS = { most: 100, otherwise: 20 };

/** GET /assemblies/{assembly_id}/deliveries */
export const handler = httpHandler(async ({ headers, path, query }) => {
  const sight = sightOf(await authenticateUser(headers, jwt));
  const page = await listDeliveries(
    {
      assemblyId: parseAssemblyId(path.assembly_id),
      sight,
      limit: parseLimit(query.limit, LIMITS),
      cursor: query.cursor,
    },
    dependencies,
  );
  return { statusCode: 200, headers: { vary: 'authorization' }, body: page };
});
