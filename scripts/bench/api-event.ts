interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly routeKey: string;
  readonly token: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** A request as API Gateway hands it to a function, payload format 2.0. */
const apiEvent = ({ method, path, routeKey, token, pathParameters, body }: ApiRequest): object => ({
  version: '2.0',
  routeKey,
  rawPath: path,
  rawQueryString: '',
  headers: {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'accept-language': 'en',
    authorization: `Bearer ${token}`,
    host: 'api.example.com',
    'user-agent': 'bench',
    'x-forwarded-for': '203.0.113.1',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
    ...(body && { 'content-type': 'application/json' }),
  },
  ...(pathParameters && { pathParameters }),
  requestContext: {
    accountId: '000000000000',
    apiId: 'bench',
    domainName: 'api.example.com',
    domainPrefix: 'api',
    http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'bench' },
    requestId: 'bench',
    routeKey,
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 1_767_225_600_000,
  },
  ...(body && { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

/** `GET /assemblies/{id}` */
export const statusEvent = (id: string, token: string): object =>
  apiEvent({
    method: 'GET',
    path: `/assemblies/${id}`,
    routeKey: 'GET /assemblies/{assembly_id}',
    pathParameters: { assembly_id: id },
    token,
  });

/** `POST /assemblies` */
export const submitEvent = (body: object, token: string): object =>
  apiEvent({ method: 'POST', path: '/assemblies', routeKey: 'POST /assemblies', token, body });
