import { connect } from 'node:net';
import { behaviour, type ChildCloud, startChildCloud } from './child-cloud.ts';

const GUIDE = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
const PAYLOAD = `${GUIDE}/http-api-develop-integrations-lambda.html`;
const ROUTES = `${GUIDE}/http-api-develop-routes.html`;
const QUOTAS = `${GUIDE}/http-api-quotas.html`;

interface Echo {
  readonly event: {
    readonly headers: Record<string, string>;
    readonly requestContext: { readonly http: Record<string, string>; readonly timeEpoch: number };
    readonly [field: string]: unknown;
  };
}

let cloud: ChildCloud;
beforeAll(async () => {
  cloud = await startChildCloud();
});
afterAll(() => cloud.stop());

const echoOf = async (path: string, init?: RequestInit): Promise<Echo['event']> => {
  const response = await fetch(cloud.url + path, init);
  expect(response.status).toBe(200);
  return ((await response.json()) as Echo).event;
};

/** Sends bytes as they are and gives all that comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(cloud.url).port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (data: string) => {
      answer += data;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });

const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('the request', () => {
  behaviour('repeated headers are joined with a comma, Authorization too', PAYLOAD, async () => {
    const answer = await raw(
      'GET /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nX-Many: 1\r\nauthorization: Bearer b\r\n' +
        'x-many: 2\r\nConnection: close\r\n\r\n',
    );
    const { event } = bodyOf(answer) as Echo;
    expect(event.headers).toMatchObject({ authorization: 'Bearer a,Bearer b', 'x-many': '1,2' });
  });

  behaviour('the event has the shape of payload format 2.0', PAYLOAD, async () => {
    const event = await echoOf('/echo?a=1&b=x%20y&a=2', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Cookie: 'one=1; two=2', 'User-Agent': 'tester' },
      body: '{"x":"é"}',
    });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /echo',
      rawPath: '/echo',
      rawQueryString: 'a=1&b=x%20y&a=2',
      cookies: ['one=1', 'two=2'],
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        accountId: expect.any(String),
        apiId: expect.any(String),
        domainName: new URL(cloud.url).host,
        domainPrefix: '127',
        http: {
          method: 'POST',
          path: '/echo',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'tester',
        },
        requestId: expect.any(String),
        routeKey: 'POST /echo',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
      body: '{"x":"é"}',
      isBase64Encoded: false,
    });
    expect(event.headers).toMatchObject({
      'content-type': 'application/json',
      'x-forwarded-for': '127.0.0.1',
    });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(Math.abs(event.requestContext.timeEpoch - Date.now())).toBeLessThan(60_000);
  });

  behaviour('what is absent is left out: body, cookies, query, path parameters', PAYLOAD, async () => {
    const event = await echoOf('/echo');
    for (const field of ['body', 'cookies', 'queryStringParameters', 'pathParameters']) {
      expect(event).not.toHaveProperty(field);
    }
    expect(event.rawQueryString).toBe('');
  });

  behaviour('a body that is not text comes in base64', PAYLOAD, async () => {
    const event = await echoOf('/echo', {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array([0, 255]),
    });
    expect(event).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  behaviour('a body over 10 MB is refused with 413', QUOTAS, async () => {
    const response = await fetch(`${cloud.url}/echo`, {
      method: 'POST',
      body: new Uint8Array(10 * 1024 * 1024 + 1),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: 'Request Entity Too Large' });
  });

  behaviour('what is not HTTP gets 400, and the server goes on', QUOTAS, async () => {
    expect(await raw('this is not http\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw('GET /echo/%ff%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/ 400 /);
    expect((await fetch(`${cloud.url}/echo`)).status).toBe(200);
  });
});

describe('routes', () => {
  behaviour('an unknown route or method is 404', ROUTES, async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['DELETE', '/echo'],
      ['GET', '/echo/'],
    ] as const) {
      const response = await fetch(cloud.url + path, { method });
      expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
    }
  });

  behaviour('path parameters are decoded', ROUTES, async () => {
    const event = await echoOf('/echo/a%20b%3F');
    expect(event).toMatchObject({ routeKey: 'GET /echo/{id}', pathParameters: { id: 'a b?' } });
  });

  behaviour('a literal path wins over a parameter', ROUTES, async () => {
    expect((await echoOf('/echo/literal')).routeKey).toBe('GET /echo/literal');
  });

  behaviour('a greedy parameter takes the rest of the path, ANY any method', ROUTES, async () => {
    const event = await echoOf('/deep/a/b', { method: 'PUT' });
    expect(event).toMatchObject({ routeKey: 'ANY /deep/{proxy+}', pathParameters: { proxy: 'a/b' } });
  });
});

describe('the response', () => {
  const answerTo = (act: string): Promise<Response> => fetch(`${cloud.url}/echo?do=${act}`);

  behaviour('a result without statusCode is the body of a 200 in JSON', PAYLOAD, async () => {
    const response = await answerTo('bare');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ hello: 'world' });
  });

  behaviour('headers and cookies of the result are sent', PAYLOAD, async () => {
    const response = await answerTo('cookies');
    expect(response.headers.getSetCookie()).toEqual(['a=1; Secure', 'b=2']);
    expect(response.headers.get('x-custom')).toBe('yes');
    expect(response.headers.get('apigw-requestid')).toMatch(/./);
  });

  behaviour('a base64 body is decoded', PAYLOAD, async () => {
    const response = await answerTo('binary');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 1, 2]);
  });

  behaviour('after the integration timeout the gateway answers 503', QUOTAS, async () => {
    const response = await fetch(`${cloud.url}/impatient?ms=800`);
    expect([response.status, await response.json()]).toEqual([503, { message: 'Service Unavailable' }]);
  });

  for (const act of ['throw', 'malformed']) {
    behaviour(`a function that does "${act}" gives 500 and no detail`, PAYLOAD, async () => {
      const response = await answerTo(act);
      expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    });
  }

  behaviour(
    'the gateway answers preflight and adds CORS headers',
    `${GUIDE}/http-api-cors.html`,
    async () => {
      const preflight = await fetch(`${cloud.url}/echo`, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-methods')).toBe('GET');
      const allowed = await fetch(`${cloud.url}/echo`, { headers: { origin: 'https://app.example' } });
      expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example');
      const stranger = await fetch(`${cloud.url}/echo`, { headers: { origin: 'https://other.example' } });
      expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

const THROTTLING = `${GUIDE}/http-api-throttling.html`;

describe('throttling', () => {
  behaviour(
    'what is above the burst of a stage is 429, without a word on when to come again',
    THROTTLING,
    async () => {
      const origin = { headers: { origin: 'https://app.example' } };
      const preflight = await fetch(`${cloud.url}/narrow/echo`, {
        method: 'OPTIONS',
        headers: { ...origin.headers, 'access-control-request-method': 'GET' },
      });
      expect(preflight.status).toBe(204);
      expect((await fetch(`${cloud.url}/narrow/nowhere`)).status).toBe(404);
      const statuses: number[] = [];
      for (let count = 0; count < 2; count++) statuses.push((await fetch(`${cloud.url}/narrow/echo`)).status);
      expect(statuses).toEqual([200, 200]);
      const refused = await fetch(`${cloud.url}/narrow/echo/1`, origin);
      expect([refused.status, await refused.json()]).toEqual([429, { message: 'Too Many Requests' }]);
      expect(refused.headers.get('content-type')).toBe('application/json');
      expect(refused.headers.get('apigw-requestid')).toMatch(/./);
      expect(refused.headers.get('retry-after')).toBeNull();
      expect(refused.headers.get('access-control-allow-origin')).toBe('https://app.example');
      // A stage of its own: the others go on.
      expect((await fetch(`${cloud.url}/echo`)).status).toBe(200);
    },
  );
});
