import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';

/** An answer of the HTTP API with its JSON body. */
export interface Answer<Body> {
  readonly statusCode: number;
  readonly body: Body;
}

/**
 * One call of the HTTP API.
 * @throws Error with the problem's words for 4xx and 5xx
 */
export async function call<Body = AssemblyStatus>(
  url: string,
  { headers, body }: { readonly headers: Readonly<Record<string, string>>; readonly body?: object },
): Promise<Answer<Body>> {
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}: ${text}`);
  return { statusCode: response.status, body: JSON.parse(text) };
}
