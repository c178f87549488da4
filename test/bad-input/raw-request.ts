import { connect } from 'node:net';
import { type ApiAnswer, localWaybill } from '../local-cloud.ts';

/** Sends bytes as they are over a socket of its own and gives the one answer that comes back. */
export async function rawRequest(
  bytes: string | Uint8Array,
  { patienceMs = 10_000 }: { patienceMs?: number } = {},
): Promise<ApiAnswer> {
  const [head = '', text = ''] = (await exchange(bytes, patienceMs)).split(/\r\n\r\n(.*)/s);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/:\s*(.*)/s, 2) as [string, string]));
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

/** A request without a body. The server closes the connection after it. */
export const rawGet = (target: string, ...headers: string[]): Promise<ApiAnswer> =>
  rawRequest([`GET ${target} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));

const exchange = (bytes: string | Uint8Array, patienceMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    let answer = '';
    const { hostname, port } = new URL(localWaybill().url);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (data: string) => {
      answer += data;
    });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error('No answer, and the socket stays open')));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
