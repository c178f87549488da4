import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { type Delivery, submissionEndpointId } from '../../lib/domain/delivery.ts';
import { uploadKey } from '../../lib/domain/object-key.ts';
import { FORMER_TEMPLATE } from '../former-template.ts';
import { answering, type Receiver, webhookReceiver } from '../webhook-receiver.ts';
import { consumeBatch, type PlannedRecord } from './consume-batch.ts';
import { BATCH_SHARE, FUZZ_TIMEOUT_MS, fuzzParameters, MAX_BATCH } from './fuzz-parameters.ts';
import { badBody, goodBody, oddBody, queueRecord } from './message-bodies.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { assemblyIdArbitrary, storedAssembly } from './stored-assembly.ts';
import { type Stores, storesOf } from './stores.ts';

let cloud: QuietCloud;
let stores: Stores;
let receiver: Receiver;

beforeAll(async () => {
  cloud = await startQuietCloud();
  stores = storesOf(cloud);
  receiver = await webhookReceiver((response, count) => {
    const path = receiver.received[count - 1]?.path ?? '';
    answering(Number(path.slice(1)), { location: 'http://127.0.0.1/' })(response);
  });
}, 60_000);

afterAll(async () => {
  receiver?.stop();
  stores?.close();
  await cloud?.stop();
});

/** How a record of a batch comes about, once it has an id. Twice, where a queue has it twice. */
interface Spec {
  readonly body: string;
  readonly kind: PlannedRecord['kind'];
  readonly copies: number;
  readonly setUp?: () => Promise<void>;
  readonly whyNoEffect?: () => Promise<string | undefined>;
}

const copies = fc.constantFrom(1, 1, 1, 2);

function planned(specs: readonly Spec[]): PlannedRecord[] {
  return specs.flatMap(({ body, copies: count, ...spec }) =>
    Array.from({ length: count }, () => {
      const id = randomUUID();
      return { id, record: queueRecord(id, body), ...spec };
    }),
  );
}

/** A batch of one to seven of them, some of them twice. */
const batch = (
  ...specs: { arbitrary: fc.Arbitrary<Spec>; weight: number }[]
): fc.Arbitrary<readonly Spec[]> =>
  fc.array(fc.oneof(...specs), { minLength: 1, maxLength: MAX_BATCH, size: 'max' });

const check = (
  name: 'worker' | 'bury' | 'webhook-dispatcher' | 'receive-upload',
  specs: fc.Arbitrary<readonly Spec[]>,
) =>
  fc.assert(
    fc.asyncProperty(specs, async (drawn) => {
      receiver.received.length = 0;
      const faults = await consumeBatch(name, planned(drawn), { cloud, stores, putsAside: name === 'bury' });
      if (faults.length > 0) throw new Error(faults.join('\n'));
    }),
    fuzzParameters<[readonly Spec[]]>([], { share: BATCH_SHARE }),
  );

const messageOf = ({ assembly_id, attempt, claim }: Assembly) => ({ assembly_id, attempt, claim });

/** One that waits for a worker. */
const waiting: fc.Arbitrary<Assembly> = fc
  .tuple(storedAssembly, fc.constantFrom('text-statistics', FORMER_TEMPLATE, FORMER_TEMPLATE))
  .map(
    ([
      { uploads: _, received: _received, results: _results, file_errors: _errors, ...stored },
      template_id,
    ]) => ({
      ...stored,
      template_id,
      external: false,
      status: 'queued',
      max_retries: 0,
      expires_at: undefined,
      deadline_at: Math.floor(Date.now() / 1000) + 900,
    }),
  );

/** Where the stored assembly differs from what it must be. */
async function differs(stored: Assembly, wanted: Partial<Assembly>): Promise<string | undefined> {
  const found = await stores.assembly(stored.assembly_id);
  const wrong = Object.entries(wanted).filter(([name, value]) => found?.[name as keyof Assembly] !== value);
  return wrong.length === 0 ? undefined : wrong.map(([name, value]) => `${name} is not ${value}`).join(', ');
}

/** Messages of the jobs queue: each good one makes of its assembly what `end` says; the others change nothing. */
const jobSpecs = (end: (stored: Assembly) => Partial<Assembly>) => {
  const good: fc.Arbitrary<Spec> = fc.tuple(waiting, copies).chain(([stored, count]) =>
    goodBody(messageOf(stored)).map((body) => ({
      body,
      copies: count,
      kind: 'good' as const,
      setUp: () => stores.putAssembly(stored),
      whyNoEffect: () => differs(stored, end(stored)),
    })),
  );
  const late: fc.Arbitrary<Spec> = fc
    .tuple(
      fc.oneof(waiting, storedAssembly),
      fc.constantFrom({ claim: 99 }, { attempt: 99 }, { attempt: 99, claim: 0 }),
    )
    .map(([stored, stale]) => ({
      body: JSON.stringify({ ...messageOf(stored), ...stale }),
      copies: 1,
      kind: 'good' as const,
      setUp: () => stores.putAssembly(stored),
      whyNoEffect: () => differs(stored, { version: stored.version, status: stored.status }),
    }));
  const unknown: fc.Arbitrary<Spec> = assemblyIdArbitrary.map((assembly_id) => ({
    body: JSON.stringify({ assembly_id, attempt: 1, claim: 0 }),
    copies: 1,
    kind: 'good' as const,
  }));
  const sample = { assembly_id: 'f'.repeat(64), attempt: 1, claim: 0 };
  // The item itself is not as it was written.
  const spoiled: fc.Arbitrary<Spec> = fc
    .tuple(waiting, fc.constantFrom({ fields: '{' }, { attempts: '1' }, { error: 'x' }, { version: 'seven' }))
    .map(([stored, spoil]) => ({
      body: JSON.stringify(messageOf(stored)),
      copies: 1,
      kind: 'odd' as const,
      setUp: () => stores.putAssembly(stored, spoil),
    }));
  return batch(
    { weight: 6, arbitrary: good },
    { weight: 2, arbitrary: late },
    { weight: 1, arbitrary: unknown },
    { weight: 4, arbitrary: badBody(sample).map((body) => ({ body, copies: 1, kind: 'bad' as const })) },
    { weight: 3, arbitrary: oddBody(sample).map((body) => ({ body, copies: 1, kind: 'odd' as const })) },
    { weight: 1, arbitrary: spoiled },
  );
};

test(
  'worker: every good message of a batch is worked, whatever the others are',
  () =>
    check(
      'worker',
      jobSpecs(({ template_id, claim, attempt }) => ({
        status: template_id === 'text-statistics' ? 'completed' : 'failed',
        claim: claim + 1,
        attempt,
      })),
    ),
  FUZZ_TIMEOUT_MS,
);

test(
  'bury: every good message of a batch fails its assembly, and what is no message is put aside',
  () =>
    check(
      'bury',
      jobSpecs(({ claim, version }) => ({ status: 'failed', claim, version: version + 1 })),
    ),
  FUZZ_TIMEOUT_MS,
);

const STATE_OF_ANSWER = {
  200: 'delivered',
  204: 'delivered',
  410: 'gone',
  500: 'pending',
  302: 'pending',
} as const;

test(
  'webhook-dispatcher: every good message of a batch is posted once, whatever the others are',
  async () => {
    const delivery = fc
      .record({
        id: assemblyIdArbitrary,
        attempt_count: fc.integer({ min: 0, max: 3 }),
        status: fc.constantFrom(
          ...(Object.keys(STATE_OF_ANSWER) as unknown as (keyof typeof STATE_OF_ANSWER)[]),
        ),
        payload: fc.jsonValue().map((value) => JSON.stringify(value)),
      })
      .map(({ id, attempt_count, status, payload }) => ({
        status,
        row: {
          endpoint_id: submissionEndpointId(id),
          event_id: `evt_${id.slice(0, 32)}`,
          assembly_id: id,
          owner: 'ada',
          url: new URL(`/${status}`, receiver.url).href,
          payload,
          state: 'pending',
          attempt_count,
          attempts: Array(attempt_count).fill({
            at: '2026-11-22T00:00:00.000Z',
            duration_ms: 1,
            status_code: 500,
          }),
          created_at: '2026-11-22T00:00:00.000Z',
          next_attempt_at: '2026-11-22T00:00:00.000Z',
          due_at: '2026-11-22T00:05:00.000Z',
          expires_at: 4_000_000_000,
        } satisfies Delivery,
      }));
    const postsOf = ({ event_id }: Delivery): number =>
      receiver.received.filter(({ headers }) => headers['webhook-id'] === event_id).length;
    const keyOf = ({ endpoint_id, event_id, attempt_count }: Delivery) => ({
      endpoint_id,
      event_id,
      attempt_count,
    });
    const good: fc.Arbitrary<Spec> = fc.tuple(delivery, copies).chain(([{ row, status }, count]) =>
      goodBody(keyOf(row)).map((body) => ({
        body,
        copies: count,
        kind: 'good' as const,
        setUp: () => stores.putDelivery(row),
        async whyNoEffect() {
          const found = await stores.delivery(row);
          const state = STATE_OF_ANSWER[status];
          if (found?.state !== state) return `its row is ${found?.state}, and not ${state}`;
          if (found.attempt_count !== row.attempt_count + 1)
            return `its row has ${found.attempt_count} attempts`;
          return postsOf(row) === 1 ? undefined : `it was posted ${postsOf(row)} times`;
        },
      })),
    );
    const late: fc.Arbitrary<Spec> = delivery.map(({ row }) => ({
      body: JSON.stringify({ ...keyOf(row), attempt_count: row.attempt_count + 1 }),
      copies: 1,
      kind: 'good',
      setUp: () => stores.putDelivery(row),
      whyNoEffect: async () => (postsOf(row) === 0 ? undefined : 'it was posted'),
    }));
    // Its address is none any more: an attempt that fails, and no error of ours.
    const nowhere: fc.Arbitrary<Spec> = fc
      .tuple(
        delivery,
        fc.constantFrom('', 'x', 'http://', 'http://169.254.169.254/', 'file:///etc/passwd', 'http://a b/'),
      )
      .map(([{ row }, url]) => ({
        body: JSON.stringify(keyOf(row)),
        copies: 1,
        kind: 'good',
        setUp: () => stores.putDelivery({ ...row, url }),
        async whyNoEffect() {
          const found = await stores.delivery(row);
          return found?.attempt_count === row.attempt_count + 1 ? undefined : 'no attempt is recorded';
        },
      }));
    const sample = { endpoint_id: 'assembly:x', event_id: 'evt_x', attempt_count: 0 };
    await check(
      'webhook-dispatcher',
      batch(
        { weight: 6, arbitrary: good },
        { weight: 2, arbitrary: late },
        { weight: 1, arbitrary: nowhere },
        { weight: 4, arbitrary: badBody(sample).map((body) => ({ body, copies: 1, kind: 'bad' as const })) },
        { weight: 3, arbitrary: oddBody(sample).map((body) => ({ body, copies: 1, kind: 'odd' as const })) },
      ),
    );
  },
  FUZZ_TIMEOUT_MS,
);

const notification = (keys: readonly string[]) => ({
  Records: keys.map((key) => ({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { bucket: { name: 'bucket' }, object: { key, size: 1 } },
  })),
});

const OTHER_KEYS = [
  'uploads/x',
  'uploads/%zz',
  'results/a/1-1',
  '',
  '%',
  `uploads/${'0'.repeat(64)}/${'0'.repeat(32)}`,
];

test(
  'receive-upload: every good message of a batch tells its assembly, whatever the others are',
  () => {
    const uploading = storedAssembly
      .filter(({ status }) => status === 'uploading')
      .map((stored) => ({ ...stored, expires_at: undefined }));
    const good: fc.Arbitrary<Spec> = fc
      .tuple(uploading, copies, fc.subarray(OTHER_KEYS))
      .chain(([stored, count, others]) => {
        const keys = (stored.uploads ?? []).map((upload) => uploadKey(stored.assembly_id, upload));
        return goodBody(notification([...others, ...keys])).map((body) => ({
          body,
          copies: count,
          kind: 'good' as const,
          setUp: () => stores.putAssembly(stored),
          whyNoEffect: () => differs(stored, { status: 'queued', version: stored.version + 1 }),
        }));
      });
    const test: fc.Arbitrary<Spec> = fc
      .constantFrom(
        { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'bucket' },
        notification([]),
        notification(OTHER_KEYS),
      )
      .map((body) => ({ body: JSON.stringify(body), copies: 1, kind: 'good' }));
    const bad: fc.Arbitrary<Spec> = fc
      .constantFrom<unknown>(
        ...[null, 1, [], 'text', { Records: 1 }, { Records: {} }, { Records: null }, { Records: [null] }],
        ...[{ Records: [{}] }, { Records: [{ eventName: 1, s3: { object: { key: 'x' } } }] }],
        ...[
          { Records: [{ eventName: 'x', s3: { object: { key: 1 } } }] },
          { Records: [{ eventName: 'x', s3: {} }] },
        ],
      )
      .map((body) => ({ body: JSON.stringify(body), copies: 1, kind: 'bad' }));
    const text: fc.Arbitrary<Spec> = fc
      .constantFrom('', '{', '\ufeff{}', `${'['.repeat(3_000)}`)
      .map((body) => ({ body, copies: 1, kind: 'bad' }));
    const odd: fc.Arbitrary<Spec> = oddBody(
      notification([`uploads/${'f'.repeat(64)}/${'f'.repeat(32)}`]),
    ).map((body) => ({ body, copies: 1, kind: 'odd' }));
    return check(
      'receive-upload',
      batch(
        { weight: 6, arbitrary: good },
        { weight: 2, arbitrary: test },
        { weight: 3, arbitrary: bad },
        { weight: 1, arbitrary: text },
        { weight: 4, arbitrary: odd },
      ),
    );
  },
  FUZZ_TIMEOUT_MS,
);
