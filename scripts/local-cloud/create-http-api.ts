import { findFunction } from './create-functions.ts';
import type { HttpApi, Integration } from './http-api.ts';
import type { CorsConfiguration } from './http-cors.ts';
import { routeMatcher } from './http-routes.ts';
import type { LambdaFunction } from './lambda-function.ts';
import type { ResolvedTemplate } from './resolve-template.ts';
import { tokenBucket } from './token-bucket.ts';

interface RouteProperties {
  readonly RouteKey: string;
  readonly Target: string;
  readonly AuthorizationType?: string;
}

interface IntegrationProperties {
  readonly IntegrationType: string;
  readonly IntegrationUri: string;
  readonly PayloadFormatVersion?: string;
  readonly TimeoutInMillis?: number;
}

interface ApiProperties {
  readonly ProtocolType: string;
  readonly CorsConfiguration?: CorsConfiguration;
}

interface StageProperties {
  readonly DefaultRouteSettings?: {
    readonly ThrottlingBurstLimit?: number;
    readonly ThrottlingRateLimit?: number;
    readonly DetailedMetricsEnabled?: boolean;
  };
}

/** Requests a second and at once, in most regions: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const ACCOUNT_LIMIT = { rate: 10_000, burst: 5_000 };

/** The most, and the default: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_TIMEOUT_MS = 30_000;

/** The template's HTTP API, or undefined if it has none. One port serves one API. */
export function createHttpApi(
  resolved: ResolvedTemplate,
  functions: ReadonlyMap<string, LambdaFunction>,
): HttpApi | undefined {
  const [logicalId, second] = resolved.idsOf('AWS::ApiGatewayV2::Api');
  if (logicalId === undefined) return undefined;
  if (second !== undefined) {
    throw new Error(`The local cloud serves one HTTP API; the template has "${logicalId}" and "${second}".`);
  }
  const { ProtocolType, CorsConfiguration } = resolved.propertiesOf<ApiProperties>(logicalId);
  if (ProtocolType !== 'HTTP') {
    throw new Error(`The local cloud doesn't know the protocol ${ProtocolType} (of "${logicalId}").`);
  }
  const routes = resolved.idsOf('AWS::ApiGatewayV2::Route').map((id) => {
    const route = resolved.propertiesOf<RouteProperties>(id);
    if ((route.AuthorizationType ?? 'NONE') !== 'NONE') {
      throw new Error(
        `The local cloud doesn't know the authorization ${route.AuthorizationType} (of "${id}").`,
      );
    }
    return { routeKey: route.RouteKey, target: integrationOf(resolved, functions, id, route.Target) };
  });
  const stages = new Map(
    resolved
      .idsOf('AWS::ApiGatewayV2::Stage')
      .map((id) => [resolved.identityOf(id).ref, throttleOf(resolved, id)] as const),
  );
  return {
    apiId: resolved.identityOf(logicalId).ref,
    stages,
    cors: CorsConfiguration,
    match: routeMatcher(routes),
  };
}

/**
 * AWS does not say whether all routes that have no limit of their own share the stage's: here they do, and with it the more
 * is refused. What a stage allows holds below what the account does.
 */
function throttleOf(resolved: ResolvedTemplate, stageId: string): () => boolean {
  const { DefaultRouteSettings = {} } = resolved.propertiesOf<StageProperties>(stageId);
  const {
    ThrottlingBurstLimit = ACCOUNT_LIMIT.burst,
    ThrottlingRateLimit = ACCOUNT_LIMIT.rate,
    DetailedMetricsEnabled: _withoutEffect,
    ...others
  } = DefaultRouteSettings;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Error(`The local cloud doesn't know the route setting "${unknown}" (of "${stageId}").`);
  return tokenBucket({
    rate: Math.min(ThrottlingRateLimit, ACCOUNT_LIMIT.rate),
    burst: Math.min(ThrottlingBurstLimit, ACCOUNT_LIMIT.burst),
  });
}

function integrationOf(
  resolved: ResolvedTemplate,
  functions: ReadonlyMap<string, LambdaFunction>,
  routeId: string,
  target: string,
): Integration {
  const name = target.replace(/^integrations\//, '');
  const id = resolved
    .idsOf('AWS::ApiGatewayV2::Integration')
    .find((each) => resolved.identityOf(each).ref === name);
  if (id === undefined) throw new Error(`Route "${routeId}" has no integration in the template (${target}).`);
  const properties = resolved.propertiesOf<IntegrationProperties>(id);
  if (properties.IntegrationType !== 'AWS_PROXY' || properties.PayloadFormatVersion !== '2.0') {
    throw new Error(
      `The local cloud knows only AWS_PROXY integrations with payload 2.0 ("${id}" is not one).`,
    );
  }
  const fn = findFunction(functions, properties.IntegrationUri.replace(/\/invocations$/, ''));
  if (!fn) throw new Error(`Integration "${id}" has no function in the template.`);
  const timeoutMs = properties.TimeoutInMillis ?? INTEGRATION_TIMEOUT_MS;
  if (timeoutMs < 50 || timeoutMs > INTEGRATION_TIMEOUT_MS)
    throw new Error(`Integration "${id}": AWS wants a TimeoutInMillis of 50 to ${INTEGRATION_TIMEOUT_MS}.`);
  return { target: fn, timeoutMs };
}
