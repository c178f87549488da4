import { functionId, PUBLIC_FUNCTIONS, ROUTES } from '../../../lib/bindings.ts';
import { resolveTemplate } from '../../../scripts/local-cloud/resolve-template.ts';
import { ofType, type Properties, synthesized, type Template } from '../synthesized.ts';

const DOMAIN = {
  domainName: 'jobs.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
};

let template: Template;
let changed: Template;
beforeAll(async () => {
  [template, changed] = await Promise.all([
    synthesized(),
    synthesized({
      ...DOMAIN,
      throttleRate: '50',
      throttleBurst: 100,
      corsAllowedOrigins: 'https://app.example.com',
    }),
  ]);
}, 60_000);

const stageOf = (from: Template): Properties => {
  const stages = ofType('AWS::ApiGatewayV2::Stage', from);
  expect(stages).toHaveLength(1);
  return stages[0]?.[1] ?? {};
};

const variablesOf = (name: string, from: Template): Record<string, unknown> =>
  ofType('AWS::Lambda::Function', from).find(([id]) => id.startsWith(name))?.[1].Environment?.Variables ?? {};

test('throttles as the settings say', () => {
  expect(stageOf(template)).toMatchObject({
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
  });
  expect(stageOf(changed).DefaultRouteSettings).toEqual({
    ThrottlingRateLimit: 50,
    ThrottlingBurstLimit: 100,
  });
});

describe('the access log', () => {
  test('is JSON, goes after a month, and has the id that functions log', () => {
    const { DestinationArn, Format } = stageOf(template).AccessLogSettings;
    const group = template.Resources[DestinationArn['Fn::GetAtt'][0]];
    expect([group?.Type, group?.Properties.RetentionInDays]).toEqual(['AWS::Logs::LogGroup', 30]);
    expect(JSON.parse(Format)).toMatchObject({ request_id: '$context.requestId', status: '$context.status' });
  });

  // Tokens are in headers, and signatures of links in the query; HTTP APIs have no other variables that hold either.
  test('has nothing that a token or the signature of a link could be in', () => {
    const values: unknown[] = Object.values(JSON.parse(stageOf(template).AccessLogSettings.Format));
    const harmless =
      /^\$context\.(requestTime|requestId|httpMethod|routeKey|path|status|responseLatency|responseLength|integrationLatency|integrationErrorMessage|identity\.sourceIp)$/;
    expect(values.filter((value) => !harmless.test(String(value)))).toEqual([]);
  });
});

describe('a domain of its own', () => {
  test('leads to the API over TLS 1.2, and is told where the DNS has to lead', () => {
    const [[id, domain] = []] = ofType('AWS::ApiGatewayV2::DomainName', changed);
    expect(domain).toMatchObject({
      DomainName: 'jobs.example.com',
      DomainNameConfigurations: [
        { CertificateArn: DOMAIN.certificateArn, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    expect(ofType('AWS::ApiGatewayV2::ApiMapping', changed).map(([, mapping]) => mapping)).toEqual([
      expect.objectContaining({ DomainName: { Ref: id }, Stage: '$default' }),
    ]);
    expect(changed.Outputs).toMatchObject({
      Url: { Value: 'https://jobs.example.com' },
      DomainTarget: { Value: { 'Fn::GetAtt': [id, 'RegionalDomainName'] } },
      DomainHostedZoneId: { Value: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] } },
    });
  });

  test.each(['Submit', 'Status', 'StatusUpdate', 'Retry', 'Cancel', 'Notify', 'WebhookDispatcher'])(
    'is in the links that %s makes',
    (name) => {
      expect(variablesOf(name, changed).API_URL).toBe('https://jobs.example.com');
      expect(variablesOf(name, template).API_URL).not.toBe('https://jobs.example.com');
    },
  );

  test('is known to the local cloud, which has its own address all the same', () => {
    const { Resources, Outputs } = changed;
    const resolved = resolveTemplate(
      {
        stackName: 'Waybill',
        folder: '.',
        resources: Resources,
        outputs: Outputs as Record<string, { Value: unknown }>,
        parameters: { BootstrapVersion: { Default: '1' } },
        conditions: {},
      },
      'http://127.0.0.1',
    );
    expect(resolved.outputs.DomainTarget).toMatch(/^d-\w{10}\.execute-api\.[\w-]+\.amazonaws\.com$/);
  });

  test('is not there by default', () => {
    expect(ofType('AWS::ApiGatewayV2::DomainName', template)).toEqual([]);
    expect(Object.keys(template.Outputs).filter((name) => name.startsWith('Domain'))).toEqual([]);
  });
});

test('lets scripts of the origins send and see what the API has, and browsers remember it for an hour', () => {
  expect(ofType('AWS::ApiGatewayV2::Api', template)[0]?.[1]).not.toHaveProperty('CorsConfiguration');
  expect(ofType('AWS::ApiGatewayV2::Api', changed)[0]?.[1].CorsConfiguration).toEqual({
    AllowOrigins: ['https://app.example.com'],
    AllowMethods: expect.arrayContaining([...new Set(ROUTES.map(({ method }) => method))]),
    AllowHeaders: ['Authorization', 'Content-Type', 'If-None-Match', 'X-Site-Id'],
    ExposeHeaders: ['ETag', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
    MaxAge: 3_600,
  });
});

test('a route has something to know its caller by, or is public by intention', () => {
  const names = [...new Set(ROUTES.map((route) => route.function))];
  const unknowing = names.filter((name) => {
    const variables = variablesOf(functionId(name), template);
    return !('JWT_KEYS' in variables) && !('UPDATE_SECRET' in variables);
  });
  expect(unknowing).toEqual([...PUBLIC_FUNCTIONS]);
});
