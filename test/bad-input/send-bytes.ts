import { assertDocumented } from '../contract/assert-documented.ts';
import { type ApiAnswer, localWaybill } from '../local-cloud.ts';

export interface BytesRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** One request of which nothing is added to the headers, not even a content type, and nothing changed in the body. */
export async function sendBytes(
  path: string,
  { method, headers, body }: BytesRequest = {},
): Promise<ApiAnswer> {
  const verb = method ?? (body === undefined ? 'GET' : 'POST');
  const response = await fetch(localWaybill().url + path, {
    method: verb,
    ...(headers && { headers }),
    ...(body !== undefined && { body: typeof body === 'string' ? Buffer.from(body) : body }),
  });
  const text = await response.text();
  assertDocumented(verb, path, { status: response.status, headers: response.headers, text });
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}
