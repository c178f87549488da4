import { createHmac } from 'node:crypto';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import type { FunctionName } from '../../lib/bindings.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { submissionEndpointId } from '../../lib/domain/delivery.ts';
import { eventId } from '../../lib/domain/events.ts';
import type { ResultFile } from '../../lib/domain/result-file.ts';
import { type Answer, fuzzFaults } from './fuzz-faults.ts';
import { FUZZ_TIMEOUT_MS, fuzzParameters } from './fuzz-parameters.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { externalAssembly, storedAssembly } from './stored-assembly.ts';
import { type Stores, storesOf } from './stores.ts';

let cloud: QuietCloud;
let stores: Stores;

beforeAll(async () => {
  cloud = await startQuietCloud();
  stores = storesOf(cloud);
}, 60_000);

afterAll(async () => {
  stores?.close();
  await cloud?.stop();
});

interface Asked {
  readonly name: FunctionName;
  readonly route: string;
  readonly stored: Assembly;
  readonly body?: object;
}

/** The owner asks, or the worker. Returns the answer and what is wrong with it. */
async function ask({ name, route, stored, body }: Asked): Promise<{ answer: Answer; faults: string[] }> {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { iss: 'waybill', aud: 'waybill', sub: stored.user_id, exp: 4_000_000_000 };
  const signed = `${part({ alg: 'HS256' })}.${part(claims)}`;
  const signature = createHmac('sha256', cloud.secrets.jwt).update(signed).digest('base64url');
  const invoked = await cloud.invoke(name, {
    version: '2.0',
    headers: {
      authorization: `Bearer ${signed}.${signature}`,
      ...(name === 'status-update' && { 'x-webhook-secret': cloud.secrets.update }),
      'content-type': 'application/json',
    },
    pathParameters: { assembly_id: stored.assembly_id },
    requestContext: { requestId: 'large' },
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  });
  if (!('value' in invoked)) throw new Error(`The handler threw ${JSON.stringify(invoked)}`);
  const answer = invoked.value as Answer;
  const context = { route, sent: '', requestId: 'large', insideNames: cloud.insideNames, hidden: [] };
  return { answer, faults: fuzzFaults(answer, context) };
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** docs/external-workers.md: 32 KB of JSON, in bytes. */
const MAX_RESULT_BYTES = 32 * 1024;

/** JSON of about as many bytes, of characters of one to four bytes, or of what JSON writes longer than it is. */
const resultOf = ([around, unit, wrap]: readonly [number, string, string]): unknown => {
  const text = unit.repeat(Math.max(0, Math.floor((MAX_RESULT_BYTES + around - 2) / (bytesOf(unit) - 2))));
  const results: Record<string, unknown> = {
    text,
    list: [text],
    object: { [unit]: text },
    key: { [text]: 1 },
  };
  return results[wrap];
};

test(
  'a result is taken up to 32 KB, and refused with 413 beyond',
  () =>
    fc.assert(
      fc.asyncProperty(
        externalAssembly.map(
          (stored): Assembly => ({ ...stored, status: 'processing', expires_at: undefined }),
        ),
        fc
          .tuple(
            fc.oneof(
              { weight: 9, arbitrary: fc.integer({ min: -12, max: 12 }) },
              { weight: 1, arbitrary: fc.constantFrom(-20_000, 1_000, 300_000) },
            ),
            fc.constantFrom('x', 'é', '€', '😀', '"', '\\', '\u0000', '\n'),
            fc.constantFrom('text', 'list', 'object', 'key'),
          )
          .map(resultOf),
        fc.constantFrom('completed', 'partial'),
        async (stored, result, status) => {
          await stores.putAssembly(stored);
          const route = 'POST /assemblies/{assembly_id}/status';
          const { answer, faults } = await ask({
            name: 'status-update',
            route,
            stored,
            body: { status, result },
          });
          expect(faults).toEqual([]);
          expect(answer.statusCode).toBe(bytesOf(result) > MAX_RESULT_BYTES ? 413 : 200);
        },
      ),
      fuzzParameters(),
    ),
  FUZZ_TIMEOUT_MS,
);

/** As much as our worker lets an assembly become; DynamoDB holds 400 KB. */
const MAX_ITEM_BYTES = 380 * 1024;

/** Names that no compression makes much shorter, as a hostile template could give them. */
function fullTo(limit: number, stored: Assembly, random: () => number): Assembly {
  const name = (): string =>
    Array.from({ length: 200 }, () => String.fromCharCode(33 + Math.floor(random() * 94)))
      .join('')
      .replaceAll(/["/\\]/g, '_');
  const files: ResultFile[] = [];
  const base = bytesOf(stored);
  for (let bytes = base; ; ) {
    const file = {
      id: `1-${files.length + 1}`,
      name: name(),
      size: 9,
      mime: 'image/webp',
      field: 'file',
      original_id: '',
    };
    bytes += bytesOf(file) + 1;
    if (bytes + 100 > limit) return { ...stored, results: { thumbnails: files } };
    files.push(file);
  }
}

const large: fc.Arbitrary<Assembly> = fc
  .tuple(storedAssembly, fc.integer({ min: 1, max: 2 ** 31 }), fc.constantFrom(0, 1_000, 60_000))
  .map(([stored, seed, less]) => {
    let state = seed;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const run = {
      attempt: 1,
      status: 'queued' as const,
      started_at: stored.created_at,
      ended_at: stored.created_at,
    };
    const message = { en: '€'.repeat(200), fr: '€'.repeat(200) };
    const error = { code: 'x'.repeat(64), category: 'WORKER_ERROR' as const, message };
    const worked: Assembly = {
      ...stored,
      external: false,
      template_id: 'image-thumbnails',
      expires_at: undefined,
      deadline_at: Math.floor(Date.now() / 1000) + 900,
      webhook_url: `https://example.com/${'x'.repeat(2_000)}`,
      reference: '😀'.repeat(64),
      attempts: Array(20).fill({ ...run, error }),
      max_retries: 9,
    };
    return fullTo(MAX_ITEM_BYTES - less, worked, random);
  });

/** A large item takes some fifty times as long as a small one. */
const SHARE = 0.01;

test(
  'an assembly as large as one can become is read, canceled, retried and told of like any other',
  () =>
    fc.assert(
      fc.asyncProperty(large, async (stored) => {
        cloud.takeLog();
        expect(bytesOf(stored)).toBeLessThanOrEqual(MAX_ITEM_BYTES);
        await stores.putAssembly(stored);
        const faults: string[] = [];
        const asked: readonly Omit<Asked, 'stored'>[] = [
          { name: 'status', route: 'GET /assemblies/{assembly_id}' },
          { name: 'cancel', route: 'DELETE /assemblies/{assembly_id}' },
          { name: 'retry', route: 'POST /assemblies/{assembly_id}/retry' },
          { name: 'cancel', route: 'DELETE /assemblies/{assembly_id}' },
        ];
        for (const each of asked) faults.push(...(await ask({ ...each, stored })).faults);
        faults.push(...(await whyNotTold(stored)));
        await stores.removeAssembly(stored.assembly_id);
        if (faults.length > 0) throw new Error([...faults, ...cloud.takeLog()].join('\n').slice(0, 3_000));
      }),
      fuzzParameters<[Assembly]>([], { share: SHARE }),
    ),
  FUZZ_TIMEOUT_MS,
);

/** Its end goes to the stream, and from there to the receiver. */
async function whyNotTold(stored: Assembly): Promise<string[]> {
  const ended: Assembly = { ...stored, status: 'partial' };
  const image = (assembly: Assembly) => marshall(toItem(assembly), { removeUndefinedValues: true });
  const dynamodb = {
    NewImage: image(ended),
    OldImage: image({ ...stored, status: 'processing' }),
    SequenceNumber: stored.assembly_id,
  };
  const invoked = await cloud.invoke('notify', { Records: [{ eventName: 'MODIFY', dynamodb }] });
  expect(invoked).toEqual({ value: { batchItemFailures: [] } });
  const endpoint_id = submissionEndpointId(stored.assembly_id);
  const row = await stores.delivery({ endpoint_id, event_id: eventId(ended, endpoint_id) });
  return row?.payload.includes('"partial"') ? [] : ['no webhook is on its way'];
}
