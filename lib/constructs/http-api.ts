import { Duration, Validations } from 'aws-cdk-lib';
import {
  HttpApi as Api,
  CorsHttpMethod,
  DomainName,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, PUBLIC_FUNCTIONS, ROUTES, type RouteFunction } from '../bindings.ts';
import type { WaybillSettings } from '../settings.ts';
import { ACCESS_LOG_FORMAT } from './access-log-format.ts';
import type { WaybillFunction } from './waybill-function.ts';

export interface HttpApiProps
  extends Pick<
    WaybillSettings,
    'corsAllowedOrigins' | 'throttleRate' | 'throttleBurst' | 'domainName' | 'certificateArn'
  > {
  /** The functions behind the routes. */
  readonly functions: Readonly<Record<RouteFunction, WaybillFunction>>;
}

/** Of headers that are not on the browsers' own list, scripts see these. */
const EXPOSED_HEADERS = ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'];

/** Else a browser asks before each request, as often as it looks for a status. Chrome keeps an answer for two hours at most. */
const PREFLIGHT_AGE = Duration.hours(1);

/** The HTTP API: every route of lib/bindings.ts, to its function. */
export class HttpApi extends Construct {
  readonly api: Api;
  /** Without a slash at its end. */
  readonly url: string;
  /** What the record of the DNS has to lead to, where the API has a domain of its own. */
  readonly domain: DomainName | undefined;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { corsAllowedOrigins, throttleRate, throttleBurst } = props;
    this.api = new Api(this, 'Api', {
      apiName: 'waybill',
      createDefaultStage: false,
      ...(corsAllowedOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: [...corsAllowedOrigins],
          allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.DELETE],
          allowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'X-Site-Id'],
          exposeHeaders: EXPOSED_HEADERS,
          maxAge: PREFLIGHT_AGE,
        },
      }),
    });
    this.domain = this.ownDomain(props);
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.ONE_MONTH });
    new HttpStage(this.api, 'DefaultStage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttleRate, burstLimit: throttleBurst },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
      ...(this.domain && { domainMapping: { domainName: this.domain } }),
    });
    this.addRoutes(props.functions);
    this.url = props.domainName ? `https://${props.domainName}` : this.api.apiEndpoint;
  }

  private ownDomain({ domainName, certificateArn }: HttpApiProps): DomainName | undefined {
    if (domainName === undefined || certificateArn === undefined) return undefined;
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', certificateArn);
    return new DomainName(this, 'Domain', {
      domainName,
      certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
  }

  private addRoutes(functions: HttpApiProps['functions']): void {
    const integrations = new Map<FunctionName, HttpLambdaIntegration>();
    for (const { method, path, function: name } of ROUTES) {
      const fn = functions[name];
      const integration = integrations.get(name) ?? new HttpLambdaIntegration(name, fn);
      integrations.set(name, integration);
      const routes = this.api.addRoutes({ path, methods: [HttpMethod[method]], integration });
      for (const route of routes)
        Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: whyNoAuthorizer(name) });
      Validations.of(fn).acknowledge({
        id: 'Serverless-LambdaDLQ',
        reason:
          'Nothing invokes it asynchronously: API Gateway waits for its answer, and the caller hears of an error.',
      });
    }
  }
}

const whyNoAuthorizer = (name: RouteFunction): string =>
  (PUBLIC_FUNCTIONS as readonly string[]).includes(name)
    ? 'Public by intention: it says nothing of any assembly.'
    : 'The function itself asks who calls, by a token, a shared secret or the signature of a link, as docs/http-api.md says ' +
      'of the route. An authorizer would be one more function in each request, and know only of tokens.';
