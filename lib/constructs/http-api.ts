import { HttpApi as Api, CorsHttpMethod, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { type FunctionName, ROUTES } from '../bindings.ts';
import type { WaybillFunction } from './waybill-function.ts';

export interface HttpApiProps {
  /** The functions behind the routes. */
  readonly functions: Readonly<Record<(typeof ROUTES)[number]['function'], WaybillFunction>>;
  readonly corsAllowedOrigins: readonly string[];
}

/** Of headers that are not on the browsers' own list, scripts see these. */
const EXPOSED_HEADERS = ['ETag', 'Location', 'Retry-After', 'X-Request-Id'];

/** The HTTP API: every route of lib/bindings.ts, to its function. */
export class HttpApi extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { functions, corsAllowedOrigins }: HttpApiProps) {
    super(scope, id);
    const api = new Api(this, 'Api', {
      apiName: 'waybill',
      ...(corsAllowedOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: [...corsAllowedOrigins],
          allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
          allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match'],
          exposeHeaders: EXPOSED_HEADERS,
        },
      }),
    });
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    for (const { method, path, function: name } of ROUTES) {
      const integration = integrations.get(name) ?? new HttpLambdaIntegration(name, functions[name]);
      integrations.set(name, integration);
      api.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
    this.url = api.apiEndpoint;
  }
}
