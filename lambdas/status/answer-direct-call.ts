import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Assembly } from '../../lib/domain/assembly.ts';
import type { Sight } from '../../lib/domain/owner.ts';
import { httpStatusOf } from '../../lib/domain/status-headers.ts';
import { WaybillError } from '../../lib/domain/waybill-error.ts';
import { logger } from '../shared/logger.ts';
import { parseAssemblyId, parseWith } from '../shared/parse-request.ts';
import { problemAnswer, toWaybillError } from '../shared/problem.ts';
import type { Queued } from '../shared/queue-delivery.ts';
import { type ReadAssemblyDependencies, readAssembly } from '../shared/read-assembly.ts';
import { type TellDependencies, tellStatus } from '../shared/tell-status.ts';
import { type DirectCall, directCall } from './direct-call.ts';

export interface DirectCallDependencies extends ReadAssemblyDependencies, TellDependencies {
  /** Whether users belong to tenants. */
  readonly tenants: boolean;
  /** Puts a webhook with the status of now on its way. */
  triggerWebhook(assembly: Assembly): Promise<Queued>;
}

/** `{ assemblyId, userId, triggerWebhook?, trusted? }` → `{ statusCode, headers, body }` */
export async function answerDirectCall(
  event: unknown,
  dependencies: DirectCallDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { now, triggerWebhook } = dependencies;
  try {
    const call = parseWith(directCall, event);
    const { language } = call;
    const assemblyId = parseAssemblyId(call.assemblyId);
    const assembly = await readAssembly({ assemblyId, sight: sightOf(call, dependencies) }, dependencies);
    const status = await tellStatus(assembly, { now: now(), language }, dependencies);
    const queued = call.triggerWebhook && (await triggerWebhook(assembly));
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

/** @throws WaybillError `unauthenticated` where it is not said on whose behalf the call is made */
function sightOf(
  { userId, tenantId, trusted }: Pick<DirectCall, 'userId' | 'tenantId' | 'trusted'>,
  { tenants }: Pick<DirectCallDependencies, 'tenants'>,
): Sight {
  if (userId === undefined && !trusted)
    throw new WaybillError(
      'unauthenticated',
      'Name the "userId", or say "trusted": true to read for everybody.',
    );
  if (!tenants && tenantId !== undefined)
    throw new WaybillError('invalid_request', 'This deployment has no tenants: leave out "tenantId".');
  if (tenants && tenantId === undefined && userId !== undefined)
    throw new WaybillError('unauthenticated', 'Name the "tenantId" of the user, too.');
  if (userId === undefined && tenantId === undefined) return 'all';
  return { tenantId, userId };
}
