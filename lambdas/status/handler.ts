import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { etagOf, httpStatusOf, retryAfterSeconds } from '../../lib/domain/status-headers.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import {
  authenticateMachine,
  authenticateUser,
  type Headers,
  MACHINE_SECRET_HEADER,
} from '../shared/authenticate.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type HttpAnswer, type HttpRequest, httpHandler } from '../shared/http-handler.ts';
import { isKnown } from '../shared/if-none-match.ts';
import { JWT_VARIABLES, jwtSettings } from '../shared/jwt-settings.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { parseAssemblyId, parseWholeNumber } from '../shared/parse-request.ts';
import type { Queued } from '../shared/queue-delivery.ts';
import { readAssembly } from '../shared/read-assembly.ts';
import { secretReader } from '../shared/secret-reader.ts';
import { linksExpireAt, tellStatus } from '../shared/tell-status.ts';
import { countingChecks } from './counting-checks.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  ...JWT_VARIABLES,
  'READ_SECRET',
  'MASTER_SECRET',
  'API_URL',
]);
const jwt = jwtSettings(env);
const readSecret = secretReader(new SecretsManagerClient(AWS_CLIENT_SETTINGS), env.READ_SECRET);
const telling = { masterSecret: masterSecretOf(env), apiUrl: env.API_URL };
const now = () => new Date();
const documents = documentClient();
const store = new AssemblyStore(documents, env.JOBS_TABLE);

/** GET /assemblies/{assembly_id} and GET /status?assemblyId= */
const overHttp = httpHandler(async ({ headers, path, query }) => {
  const owner = await readerOf(headers);
  const assembly = await readAssembly(
    {
      assemblyId: parseAssemblyId(path.assembly_id ?? query.assemblyId),
      owner,
      minVersion: parseWholeNumber('min_version', query.min_version),
    },
    { store, now },
  );
  return statusAnswer(assembly, headers);
});

/** The machine's read secret shows every assembly, a user's token their own. */
async function readerOf(headers: Headers): Promise<string | undefined> {
  if (headers[MACHINE_SECRET_HEADER] === undefined) return (await authenticateUser(headers, jwt)).owner;
  await authenticateMachine(headers, readSecret);
  return undefined;
}

async function statusAnswer(assembly: Assembly, headers: HttpRequest['headers']): Promise<HttpAnswer> {
  const options = { now: now(), language: preferredLanguage(headers['accept-language']) };
  const { language } = options;
  const etag = etagOf(assembly, { language, linkExpiry: linksExpireAt(assembly, options) });
  const common = {
    etag,
    'retry-after': retryAfterSeconds(assembly, options.now)?.toString(),
    'content-language': language,
    vary: 'accept-language, authorization',
  };
  if (etag !== undefined && isKnown(etag, headers)) return { statusCode: 304, headers: common };
  // Only now: a reader who knows it already costs no links and no secret.
  const status = await tellStatus(assembly, options, telling);
  return { statusCode: httpStatusOf(assembly.status), headers: common, body: status };
}

/** `{ assemblyId, userId, triggerWebhook?, trusted? }`. Loaded with the first such call: no poll waits for its modules. */
async function directly(event: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  const { answerDirectCall } = await import('./answer-direct-call.ts');
  return answerDirectCall(event, { store, ...telling, now, triggerWebhook });
}

let trigger: ReturnType<typeof import('../shared/webhook-trigger.ts').webhookTrigger> | undefined;
async function triggerWebhook(assembly: Assembly): Promise<Queued> {
  const { webhookTrigger } = await import('../shared/webhook-trigger.ts');
  const { DELIVERIES_TABLE: table, WEBHOOKS_QUEUE_URL: queueUrl } = env;
  trigger ??= webhookTrigger({ documents, table, queueUrl, ...telling, now });
  return trigger(assembly);
}

/** An event of API Gateway has a request context; a direct call never has. */
const isDirectCall = (event: unknown): boolean =>
  typeof event !== 'object' || event === null || !('requestContext' in event);

export const handler = countingChecks((event: unknown, context: Context) =>
  isDirectCall(event) ? directly(event) : overHttp(event as APIGatewayProxyEventV2, context),
);
