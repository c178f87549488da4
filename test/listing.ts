import { createHash, randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../lambdas/shared/assembly-item.ts';
import type { Assembly } from '../lib/domain/assembly.ts';
import type { ListedAssembly } from '../lib/domain/assembly-list.ts';
import { sampleAssembly } from './lib/domain/sample-assembly.ts';
import { type ApiAnswer, api, localDocuments, localWaybill, submit, tokenOf } from './local-cloud.ts';

/** Work that waits for somebody until a test reports on it. */
export const review = (more: { readonly reference?: string } = {}) => ({
  template_id: 'human-review',
  fields: { title: 'Is it good?', nonce: randomUUID() },
  ...more,
});
export const OPERATOR = { scope: 'openid waybill:operator' };

/** `GET /assemblies` as that user. */
export async function list(
  user: string,
  query: Record<string, string> = {},
  claims: Record<string, unknown> = {},
): Promise<ApiAnswer> {
  const headers = { authorization: `Bearer ${await tokenOf(user, claims)}` };
  return api(`/assemblies?${new URLSearchParams(query)}`, { headers });
}
export const idsOf = ({ json }: ApiAnswer): string[] =>
  json.assemblies.map(({ assembly_id }: ListedAssembly) => assembly_id);
export const refused = (answer: ApiAnswer) => [answer.status, answer.json.code];

export async function submitted(user: string, more: { readonly reference?: string } = {}): Promise<string> {
  return String((await submit(user, review(more))).json.assembly_id);
}

/** As the table would have it after a life that the test does not wait for. */
export async function stored(user: string, changes: Partial<Assembly> = {}): Promise<string> {
  const documents = localDocuments();
  const assembly = sampleAssembly({
    assembly_id: createHash('sha256').update(randomUUID()).digest('hex'),
    template_id: 'human-review',
    external: true,
    user_id: user,
    ...changes,
  });
  await documents.send(new PutCommand({ TableName: localWaybill().tables.jobs, Item: toItem(assembly) }));
  documents.destroy();
  return assembly.assembly_id;
}

export async function report(id: string, body: object): Promise<void> {
  const headers = { 'x-webhook-secret': localWaybill().update_secret };
  expect((await api(`/assemblies/${id}/status`, { headers, body })).status).toBe(200);
}
