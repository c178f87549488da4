import { Agent, type IncomingHttpHeaders, request as send } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import type { Answer } from './fuzz-faults.ts';
import type { RouteRequest } from './route-requests.ts';

interface Route {
  readonly method: string;
  readonly path: string;
}

const agent = new Agent({ keepAlive: true });

/** Bytes that HTTP takes in a header, without the white space around them, which it takes away. */
const SENDABLE = /^(?! )[\x20-\x7e\x80-\xff]*(?<! )$/;

/** False where a client cannot send them as they are. */
export const areSendable = (headers: Readonly<Record<string, string>>): boolean =>
  Object.values(headers).every((value) => SENDABLE.test(value));

/** Path and query as a client writes them. What has no UTF-8 form is sent as the replacement character. */
function target({ path }: Route, { path: parameters = {}, query = {} }: RouteRequest): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((parameters[name] ?? '').toWellFormed()),
  );
  const search = new URLSearchParams(query).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

/**
 * Sends the request to the deployment's HTTP API. `byGateway`: no function of ours has answered, as there is no such route or
 * the request is none.
 */
export async function overSocket(
  url: string,
  route: Route,
  request: RouteRequest,
): Promise<{ answer: Answer; byGateway: boolean }> {
  const headers = Object.fromEntries(
    Object.entries(request.headers ?? {}).filter(([, value]) => SENDABLE.test(value)),
  );
  const bytes = Buffer.from(request.body ?? '', request.isBase64Encoded ? 'base64' : 'utf8');
  const { host, port } = splitUrl(url);
  const answered = await new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      const options = { host, port, agent, method: route.method, path: target(route, request) };
      const length = bytes.length > 0 ? { 'content-length': String(bytes.length) } : {};
      send({ ...options, headers: { ...headers, ...length } }, async (response) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: await textOf(response),
        });
      })
        .on('error', reject)
        .end(bytes);
    },
  );
  const { status: statusCode, headers: received, body } = answered;
  const answer = { statusCode, headers: received, ...(body !== '' && { body }) };
  return { answer, byGateway: received['x-request-id'] === undefined };
}

const splitUrl = (url: string): { host: string; port: string } => {
  const { hostname: host, port } = new URL(url);
  return { host, port };
};
