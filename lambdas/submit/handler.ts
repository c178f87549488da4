import { httpStatusOf, retryAfterSeconds, statusOf } from '../../lib/domain/assembly-status.ts';
import { submitRequest } from '../../lib/domain/submit-request.ts';
import { templates } from '../../templates/registry.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpJsonHandler } from '../shared/http-handler.ts';
import { jwtSettings } from '../shared/jwt-settings.ts';
import { parseWith } from '../shared/parse-request.ts';
import { webhookPolicy } from '../shared/webhook-policy.ts';
import { planSubmission, type SubmitDependencies, submitAssembly } from './submit-assembly.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'JWT_SECRET',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
  'BRANCH',
  'WEBHOOK_ALLOW_HTTP',
  'WEBHOOK_ALLOWED_CIDRS',
]);
const jwt = jwtSettings(env);
const dependencies: SubmitDependencies = {
  store: new AssemblyStore(documentClient(), env.JOBS_TABLE),
  templates,
  webhookPolicy: webhookPolicy(env),
  branch: env.BRANCH,
  now: () => new Date(),
};

/** POST /assemblies */
export const handler = httpJsonHandler(
  (headers) => authenticateUser(headers, jwt),
  async ({ body }, user) => {
    const request = parseWith(submitRequest, body);
    if (request.dry_run) {
      const { assemblyId } = planSubmission(request, user, dependencies);
      return { statusCode: 200, body: { assembly_id: assemblyId, dry_run: true } };
    }
    const { assembly, created, restarted } = await submitAssembly(request, user, dependencies);
    const now = dependencies.now();
    return {
      statusCode: httpStatusOf(assembly.status),
      headers: {
        location: `/assemblies/${assembly.assembly_id}`,
        'retry-after': retryAfterSeconds(assembly, now)?.toString(),
      },
      body: { ...statusOf(assembly, now), created, restarted },
    };
  },
);
