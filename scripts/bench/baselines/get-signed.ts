import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const { env } = process;
const endpoint = new URL(env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
const agent = new Agent({ keepAlive: true });
const REGION = env.AWS_REGION ?? '';
const SIGNED_HEADERS = 'host;x-amz-date;x-amz-target';

const sha256 = (data: string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
function signedHeaders(target: string, body: string): Record<string, string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const headers = { host: endpoint.host, 'x-amz-date': time, 'x-amz-target': target };
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), SIGNED_HEADERS, sha256(body)].join('\n');
  const scope = `${day}/${REGION}/dynamodb/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [REGION, 'dynamodb', 'aws4_request'].reduce<Buffer>(
    hmac,
    hmac(`AWS4${env.AWS_SECRET_ACCESS_KEY}`, day),
  );
  const credential = `${env.AWS_ACCESS_KEY_ID}/${scope}`;
  const signature = hmac(key, toSign).toString('hex');
  return {
    ...headers,
    ...(env.AWS_SESSION_TOKEN && { 'x-amz-security-token': env.AWS_SESSION_TOKEN }),
    'content-type': 'application/x-amz-json-1.0',
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`,
  };
}

/** The same without the SDK: no retries, no timeouts, no errors with names, nothing that it does beside the request. */
export const handler = async () => {
  const body = JSON.stringify({ TableName: env.JOBS_TABLE, Key: { assembly_id: { S: env.BENCH_ASSEMBLY } } });
  const headers = signedHeaders('DynamoDB_20120810.GetItem', body);
  const answer = await new Promise<string>((resolve, reject) => {
    const { hostname, port } = endpoint;
    request({ hostname, port, method: 'POST', headers, agent }, (response) =>
      text(response).then(resolve, reject),
    )
      .on('error', reject)
      .end(body);
  });
  const { Item } = JSON.parse(answer) as { Item?: object };
  return { statusCode: Item ? 200 : 404 };
};
