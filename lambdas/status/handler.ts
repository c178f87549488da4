import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { etagOf, httpStatusOf, retryAfterSeconds } from '../../lib/domain/status-headers.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import type { Headers } from '../shared/authenticate.ts';
import { authenticateReader } from '../shared/authenticate-reader.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type HttpAnswer, type HttpRequest, httpHandler } from '../shared/http-handler.ts';
import { isKnown } from '../shared/if-none-match.ts';
import { inlineSubmissions } from '../shared/inline-submissions.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { machineSecretOf } from '../shared/machine-secret.ts';
import { parseAssemblyId, parseFlag, parseWholeNumber } from '../shared/parse-request.ts';
import type { Queued } from '../shared/queue-delivery.ts';
import { QueueStore } from '../shared/queue-store.ts';
import { readAssembly } from '../shared/read-assembly.ts';
import { queueReader } from '../shared/read-queue.ts';
import { linksExpireAt, TELL_VARIABLES, tellingOf, tellStatus } from '../shared/tell-status.ts';
import type { BatchRoutes } from './batch-routes.ts';
import { countingChecks } from './counting-checks.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  'QUEUE_TABLE',
  ...JWT_VARIABLES,
  'READ_SECRET',
  ...TELL_VARIABLES,
]);
const jwt = jwtSettings(env);
const readSecret = machineSecretOf(env.READ_SECRET, env);
const now = () => new Date();
const documents = documentClient();
const readQueue = queueReader({ store: new QueueStore(documents, env.QUEUE_TABLE), now });
const withoutQueue = tellingOf(env, documents);
const telling = { ...withoutQueue, readQueue };
const store = new AssemblyStore(documents, env.JOBS_TABLE);

/** GET /assemblies/{assembly_id} and GET /status?assemblyId=, of many with `batch=true`. */
const overHttp = httpHandler(async (request) => {
  const { headers, path, query } = request;
  const sight = await readerOf(headers);
  if (parseFlag('batch', query.batch)) return (await batches()).get(request, sight);
  const assembly = await readAssembly(
    {
      assemblyId: parseAssemblyId(path.assembly_id ?? query.assemblyId),
      sight,
      minVersion: parseWholeNumber('min_version', query.min_version),
    },
    { store, now },
  );
  return statusAnswer(assembly, headers);
});

const readerOf = (headers: Headers): Promise<Sight> => authenticateReader(headers, jwt, readSecret);

async function statusAnswer(assembly: Assembly, headers: HttpRequest['headers']): Promise<HttpAnswer> {
  const options = { now: now(), language: preferredLanguage(headers['accept-language']) };
  const { language } = options;
  const listed = (await inlineSubmissions(assembly, telling.submissions)) ?? null;
  const etag = etagOf(assembly, {
    language,
    linkExpiry: linksExpireAt(assembly, options),
    submissionsVersion: listed?.reduce((sum, { version }) => sum + version, 0),
  });
  const common = {
    etag,
    'retry-after': retryAfterSeconds(assembly, options.now)?.toString(),
    'content-language': language,
    vary: 'accept-language, authorization',
  };
  if (etag !== undefined && isKnown(etag, headers)) return { statusCode: 304, headers: common };
  // Only now: a reader who knows it already costs no links and no secret.
  const status = await tellStatus(assembly, { ...options, listed }, telling);
  return { statusCode: httpStatusOf(assembly.status), headers: common, body: status };
}

let loadedBatches: BatchRoutes | undefined;
/** Loaded with the first request for many: no poll of one waits for its modules. */
async function batches(): Promise<BatchRoutes> {
  const { batchRoutes } = await import('./batch-routes.ts');
  loadedBatches ??= batchRoutes({ documents, table: env.JOBS_TABLE, readerOf, ...telling });
  return loadedBatches;
}

/** `{ assemblyId, userId, triggerWebhook?, trusted? }`. Loaded with the first such call: no poll waits for its modules. */
async function directly(event: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  const { answerDirectCall } = await import('./answer-direct-call.ts');
  return answerDirectCall(event, { store, ...telling, now, triggerWebhook, tenants: jwt.tenants });
}

let trigger: ReturnType<typeof import('../shared/webhook-trigger.ts').webhookTrigger> | undefined;
async function triggerWebhook(assembly: Assembly): Promise<Queued> {
  const { webhookTrigger } = await import('../shared/webhook-trigger.ts');
  const { DELIVERIES_TABLE: table, WEBHOOKS_QUEUE_URL: queueUrl } = env;
  trigger ??= webhookTrigger({ documents, table, queueUrl, ...withoutQueue, now });
  return trigger(assembly);
}

/** An event of API Gateway has a request context; a direct call never has. */
const isDirectCall = (event: unknown): boolean =>
  typeof event !== 'object' || event === null || !('requestContext' in event);

const BATCH_ROUTE = 'POST /assemblies/batch-status';

export const handler = countingChecks(async (event: unknown, context: Context) => {
  if (isDirectCall(event)) return directly(event);
  const request = event as APIGatewayProxyEventV2;
  return request.routeKey === BATCH_ROUTE
    ? (await batches()).post(request, context)
    : overHttp(request, context);
});
