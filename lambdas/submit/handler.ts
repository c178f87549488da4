import type { DryRunAnswer, SubmittedAssembly } from '../../lib/domain/assembly-answer.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { httpStatusOf, retryAfterSeconds } from '../../lib/domain/status-headers.ts';
import { submitRequest } from '../../lib/domain/submit-request.ts';
import { templates } from '../../templates/registry.ts';
import { authenticateUser } from '../shared/authenticate.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { FileStore, presigningClient } from '../shared/file-store.ts';
import { httpJsonHandler } from '../shared/http-json-handler.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { MeteredAssemblyStore } from '../shared/metered-assembly-store.ts';
import { OWNER_LIMIT_VARIABLES, ownerLimiterOf } from '../shared/owner-limiter-of.ts';
import { parseWith } from '../shared/parse-request.ts';
import { TELL_VARIABLES, tellingOf, tellStatus } from '../shared/tell-status.ts';
import { tellUploads } from '../shared/tell-uploads.ts';
import { webhookPolicy } from '../shared/webhook-policy.ts';
import { planSubmission } from './plan-submission.ts';
import { type SubmitDependencies, submitAssembly } from './submit-assembly.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  ...JWT_VARIABLES,
  'BRANCH',
  'WEBHOOK_ALLOW_HTTP',
  'WEBHOOK_ALLOWED_CIDRS',
  'FILES_BUCKET',
  'MAX_UPLOAD_BYTES',
  ...OWNER_LIMIT_VARIABLES,
  ...TELL_VARIABLES,
]);
const jwt = jwtSettings(env);
const files = new FileStore(presigningClient(), env.FILES_BUCKET);
const documents = documentClient();
const telling = tellingOf(env, documents);
const dependencies: SubmitDependencies = {
  store: new MeteredAssemblyStore(documents, env.JOBS_TABLE),
  files,
  limiter: ownerLimiterOf(env, documents),
  templates,
  maxUploadBytes: Number(env.MAX_UPLOAD_BYTES),
  webhookPolicy: webhookPolicy(env),
  branch: env.BRANCH,
  now: () => new Date(),
};

/** POST /assemblies */
export const handler = httpJsonHandler(
  (headers) => authenticateUser(headers, jwt),
  async ({ headers, body }, user) => {
    const request = parseWith(submitRequest, body);
    if (request.dry_run) {
      const { assemblyId } = planSubmission(request, user, dependencies);
      const body: DryRunAnswer = { assembly_id: assemblyId, dry_run: true };
      return { statusCode: 200, body };
    }
    const { assembly, created, restarted, limits } = await submitAssembly(request, user, dependencies);
    const now = dependencies.now();
    const language = preferredLanguage(headers['accept-language']);
    const status = await tellStatus(assembly, { now, language }, telling);
    const uploads = await tellUploads(assembly, status, files);
    const answer: SubmittedAssembly = { ...status, uploads, created, restarted };
    return {
      statusCode: httpStatusOf(assembly.status),
      headers: {
        location: `/assemblies/${assembly.assembly_id}`,
        'retry-after': retryAfterSeconds(assembly, now)?.toString(),
        'content-language': language,
        ...limits,
      },
      body: answer,
    };
  },
);
