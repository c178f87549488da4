import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { etagOf, httpStatusOf, retryAfterSeconds } from '../../lib/domain/assembly-status.ts';
import { preferredLanguage } from '../../lib/domain/language.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { AssemblyStore } from '../shared/assembly-store.ts';
import {
  authenticateMachine,
  authenticateUser,
  type Headers,
  MACHINE_SECRET_HEADER,
} from '../shared/authenticate.ts';
import { AWS_CLIENT_SETTINGS } from '../shared/aws-client-settings.ts';
import { DeliveryStore } from '../shared/delivery-store.ts';
import { documentClient } from '../shared/document-client.ts';
import { readEnvironment } from '../shared/environment.ts';
import { type HttpAnswer, type HttpRequest, httpHandler } from '../shared/http-handler.ts';
import { jwtSettings } from '../shared/jwt-settings.ts';
import { logger } from '../shared/logger.ts';
import { masterSecretOf } from '../shared/master-secret.ts';
import { MessageQueue } from '../shared/message-queue.ts';
import { parseAssemblyId, parseWholeNumber, parseWith } from '../shared/parse-request.ts';
import { problemAnswer, toWaybillError } from '../shared/problem.ts';
import { queueDelivery } from '../shared/queue-delivery.ts';
import { readAssembly } from '../shared/read-assembly.ts';
import { secretReader } from '../shared/secret-reader.ts';
import { linksExpireAt, tellStatus } from '../shared/tell-status.ts';
import { directCall, isDirectCall } from './direct-call.ts';

const env = readEnvironment(process.env, [
  'JOBS_TABLE',
  'DELIVERIES_TABLE',
  'WEBHOOKS_QUEUE_URL',
  'JWT_SECRET',
  'JWT_ISSUER',
  'JWT_AUDIENCE',
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
const delivery = {
  ...telling,
  deliveries: new DeliveryStore(documents, env.DELIVERIES_TABLE),
  webhooks: new MessageQueue(new SQSClient(AWS_CLIENT_SETTINGS), env.WEBHOOKS_QUEUE_URL),
  now,
};

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
  if (etag !== undefined && matches(headers['if-none-match'], etag))
    return { statusCode: 304, headers: common };
  // Only now: a reader who knows it already costs no links and no secret.
  const status = await tellStatus(assembly, options, telling);
  return { statusCode: httpStatusOf(assembly.status), headers: common, body: status };
}

/** RFC 9110 section 13.1.2: a list of tags or `*`, compared weakly. */
const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  (ifNoneMatch ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === '*' || tag === etag.replace(/^W\//, ''));

/** `{ assemblyId, userId, triggerWebhook?, trusted? }` → `{ statusCode, headers, body }` */
async function directly(event: unknown): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const { assemblyId, userId, trusted, triggerWebhook, language } = parseWith(directCall, event);
    if (userId === undefined && !trusted)
      throw new WaybillError(
        'unauthenticated',
        'Name the "userId", or say "trusted": true to read for everybody.',
      );
    const id = parseAssemblyId(assemblyId);
    const assembly = await readAssembly({ assemblyId: id, owner: userId }, { store, now });
    const status = await tellStatus(assembly, { now: now(), language }, telling);
    const queued = triggerWebhook && (await queueDelivery(assembly, delivery, { again: true }));
    return {
      statusCode: httpStatusOf(assembly.status),
      headers: {
        'content-type': 'application/json',
        ...(queued && { 'x-waybill-webhook': queued }),
      },
      body: JSON.stringify(status),
    };
  } catch (caught) {
    const error = toWaybillError(caught);
    if (error.cause) logger.error(error.title, { code: error.code, error: error.cause as Error });
    return problemAnswer(error, now());
  }
}

export const handler = (event: unknown, context: Context): Promise<APIGatewayProxyStructuredResultV2> =>
  isDirectCall(event) ? directly(event) : overHttp(event as APIGatewayProxyEventV2, context);
