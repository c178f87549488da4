import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SignJWT } from 'jose';
import type { AssemblyStatus } from '../lib/domain/assembly-status.ts';
import type { LocalWaybill, RunningWaybill } from '../scripts/local-waybill.ts';
import { noteSignature, noteSignatures } from './captured-logs.ts';
import { assertDocumented } from './contract/assert-documented.ts';

export const LOCAL_WAYBILL_VARIABLE = 'WAYBILL_TEST_LOCAL';

/** Shared by set-up and tear-down, which run in one process. */
export const running: { waybill?: RunningWaybill } = {};

/** The local cloud that the tests run against. */
export const localWaybill = (): LocalWaybill => JSON.parse(process.env[LOCAL_WAYBILL_VARIABLE] ?? '');

/** For SDK clients of tests: the developer, who may do everything. */
export const LOCAL_AWS = {
  region: 'us-east-1',
  credentials: async () => localWaybill().credentials,
} as const;

/** The tables, past the API. To be destroyed after use. */
export const localDocuments = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...LOCAL_AWS, endpoint: localWaybill().dynamodb_endpoint }),
  );

/** The bucket, past the API. To be destroyed after use. */
export function localS3(): S3Client {
  return new S3Client({ ...LOCAL_AWS, endpoint: localWaybill().s3_endpoint, forcePathStyle: true });
}

/** A user nobody else has: tests that share a cloud do not see each other's assemblies. */
export const newUser = (): string => `user-${randomUUID()}`;

/** A token as the deployment expects it, but for what `claims` and `options` change. A claim that is undefined is left out. */
export async function tokenOf(
  user: unknown,
  claims: Record<string, unknown> = {},
  { secret = localWaybill().jwt.secret, alg = 'HS256' }: { secret?: string; alg?: string } = {},
): Promise<string> {
  const { issuer, audience } = localWaybill().jwt;
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, aud: audience, sub: user, iat: now, exp: now + 600, ...claims };
  const token = await new SignJWT(payload as Record<string, unknown>)
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
  noteSignature(token.slice(token.lastIndexOf('.') + 1));
  return token;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what the tests are about
  readonly json: any;
}

export interface ApiRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string as it is. */
  readonly body?: unknown;
}

/** One request over HTTP to the local cloud. Whatever it is answered has to be in the OpenAPI document. */
export async function api(path: string, { method, headers, body }: ApiRequest = {}): Promise<ApiAnswer> {
  const verb = method ?? (body === undefined ? 'GET' : 'POST');
  const response = await fetch(localWaybill().url + path, {
    method: verb,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const { status, headers: answered } = response;
  const text = await response.text();
  noteSignatures(`${text} ${answered.get('location')}`);
  assertDocumented(verb, path, { status, headers: answered, text });
  return { status, headers: answered, text, json: parseJson(text) };
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const bearer = async (user: string): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await tokenOf(user)}`,
});

/** Submits as that user. */
export const submit = async (user: string, body: object): Promise<ApiAnswer> =>
  api('/assemblies', { headers: await bearer(user), body });

export const statusOf = async (
  user: string,
  id: string,
  headers: ApiRequest['headers'] = {},
): Promise<ApiAnswer> => api(`/assemblies/${id}`, { headers: { ...(await bearer(user)), ...headers } });

/** Polls until the assembly has ended. */
export const ended = async (user: string, id: string): Promise<AssemblyStatus> =>
  eventually(async () => {
    const { status, json } = await statusOf(user, id);
    return status === 200 ? json : undefined;
  }, `the end of ${id}`);

/** The first value that is not undefined, asked for again and again. */
export async function eventually<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  what: string,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const value = await ask();
    if (value !== undefined) return value;
    await setTimeout(20);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`);
}

/** The request that a submission's answer gives for an upload. */
export interface UploadRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface UploadAnswer {
  readonly status: number;
  /** Of a refusal: `SignatureDoesNotMatch`, `BadDigest`, … */
  readonly code: string | undefined;
}

/** Sends the bytes with exactly these headers: fetch would set some by itself. */
export async function put({ method, url, headers }: UploadRequest, bytes: Uint8Array): Promise<UploadAnswer> {
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers } }, async (response) => {
      resolve({ status: response.statusCode ?? 0, text: await textOf(response) });
    });
    sent.on('error', reject).end(bytes);
  });
  return { status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1] };
}
