import { randomUUID } from 'node:crypto';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import {
  type ApiAnswer,
  api,
  localDocuments,
  localS3,
  localWaybill,
  statusOf,
  submit,
} from '../local-cloud.ts';

/** A good submission that nobody else makes, of the template that no worker of ours touches. */
export const validSubmission = () => ({
  template_id: 'human-review',
  fields: { title: 'Look at this', nonce: randomUUID() },
});

/** The id that the submission would have. Nothing is written. */
export async function idOf(user: string, request: object): Promise<string> {
  const { status, json } = await submit(user, { ...request, dry_run: true });
  expect(status).toBe(200);
  return json.assembly_id;
}

export async function expectNotStored(user: string, id: string): Promise<void> {
  expect((await statusOf(user, id)).status).toBe(404);
}

/** A new assembly that waits for updates. */
export async function externalAssembly(user: string): Promise<string> {
  const { status, json } = await submit(user, validSubmission());
  expect(status).toBe(202);
  return json.assembly_id;
}

/** The status as a machine reads it. */
export async function statusForMachine(id: string): Promise<AssemblyStatus> {
  const { status, json } = await api(`/assemblies/${id}`, {
    headers: { 'x-webhook-secret': localWaybill().read_secret },
  });
  expect([200, 202]).toContain(status);
  return json;
}

/** What tells that nothing was written: both change with every write. */
export async function writeMarks(id: string): Promise<Pick<AssemblyStatus, 'version' | 'updated_at'>> {
  const { version, updated_at } = await statusForMachine(id);
  return { version, updated_at };
}

export const update = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, {
    headers: { 'x-webhook-secret': localWaybill().update_secret, ...headers },
    body,
  });

interface Stored {
  readonly user_id: string;
  /** JSON text. */
  readonly fields?: string;
}

/** Every stored assembly, read past the API. */
export async function storedAssemblies(): Promise<Stored[]> {
  const client = localDocuments();
  const stored: Stored[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: localWaybill().tables.jobs }))
    stored.push(...(Items as Stored[]));
  client.destroy();
  return stored;
}

/** The key of every object in the bucket. */
export async function storedKeys(): Promise<string[]> {
  const client = localS3();
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client },
    { Bucket: localWaybill().buckets.files },
  ))
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
  client.destroy();
  return keys;
}
