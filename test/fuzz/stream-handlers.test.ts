import { randomInt } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { submissionEndpointId } from '../../lib/domain/delivery.ts';
import { eventId } from '../../lib/domain/events.ts';
import { consumeBatch, type PlannedRecord } from './consume-batch.ts';
import { BATCH_SHARE, FUZZ_TIMEOUT_MS, fuzzParameters, MAX_BATCH } from './fuzz-parameters.ts';
import { mutated } from './odd-json.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { externalAssembly, storedAssembly } from './stored-assembly.ts';
import { type Stores, storesOf } from './stores.ts';
import { streamRecord, type Written } from './stream-record.ts';

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

type Image = Readonly<Record<string, AttributeValue>>;

const imageOf = (assembly: Assembly): Image => marshall(toItem(assembly), { removeUndefinedValues: true });

interface Spec {
  readonly written: Written;
  readonly kind: PlannedRecord['kind'];
  /** Why it has not had its effect, going by the messages that were sent. */
  readonly whyNoEffect?: (messages: readonly unknown[]) => Promise<string | undefined>;
}

/** Runs the property: `queue` is the one that the consumer sends to. */
const check = (name: 'enqueue' | 'notify', queue: 'jobs' | 'webhooks', specs: fc.Arbitrary<Spec[]>) =>
  fc.assert(
    fc.asyncProperty(specs, async (drawn) => {
      let taken: Promise<unknown[]> | undefined;
      // Once for all records of the batch, and after it.
      const messages = (): Promise<unknown[]> => {
        taken ??= stores.takeMessages(queue);
        return taken;
      };
      const planned = drawn.map(({ written, kind, whyNoEffect }) => {
        const id = `${Date.now()}${randomInt(10 ** 12)}`;
        return {
          id,
          kind,
          record: streamRecord(id, written),
          whyNoEffect: async () => whyNoEffect?.(await messages()),
        };
      });
      const faults = await consumeBatch(name, planned, { cloud, stores, putsAside: true });
      if (faults.length > 0) throw new Error(faults.join('\n'));
    }),
    fuzzParameters<[Spec[]]>([], { share: BATCH_SHARE }),
  );

const countOf = (messages: readonly unknown[], key: string, value: string): number =>
  messages.filter((message) => (message as Record<string, unknown>)[key] === value).length;

const queued = storedAssembly.map(
  (stored): Assembly => ({ ...stored, status: 'queued', external: false, expires_at: undefined }),
);

/** Images that nobody can read, of an assembly that a consumer would have to act on. */
const unreadable = (image: Image): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(
    { ...image, fields: { S: '{' } },
    { ...image, uploads: { S: 'undefined' } },
    { ...image, attempts: { N: 'x' } },
    { ...image, user_id: undefined, webhook_url: { S: 'x' }, fields: { S: '' } },
    { ...image, error: { Z: 'x' } },
    { ...image, redo: 1 },
    { ...image, received: null },
  );

const oddWritten = (assembly: fc.Arbitrary<Assembly>): fc.Arbitrary<Spec> =>
  assembly.chain((stored) =>
    mutated(fc.constant({ eventName: 'MODIFY', before: imageOf(stored), after: imageOf(stored) })).map(
      (written) => ({ written: Object(written) as Written, kind: 'odd' as const }),
    ),
  );

const batch = (
  good: fc.Arbitrary<Spec>,
  idle: fc.Arbitrary<Spec>,
  bad: fc.Arbitrary<Spec>,
  odd: fc.Arbitrary<Spec>,
) =>
  fc.array(
    fc.oneof(
      { weight: 5, arbitrary: good },
      { weight: 2, arbitrary: idle },
      { weight: 4, arbitrary: bad },
      { weight: 4, arbitrary: odd },
    ),
    { minLength: 1, maxLength: MAX_BATCH, size: 'max' },
  );

/** What no consumer of ours has to do with. */
const removed = storedAssembly.map(
  (stored): Spec => ({ written: { eventName: 'REMOVE', before: imageOf(stored) }, kind: 'good' }),
);

test(
  'enqueue: every assembly of a batch that became queued is sent to the workers, whatever the other records are',
  () => {
    const sent =
      ({ assembly_id }: Assembly, wanted: boolean): Spec['whyNoEffect'] =>
      async (messages) => {
        const count = countOf(messages, 'assembly_id', assembly_id);
        return count > 0 === wanted ? undefined : `${count} messages were sent`;
      };
    const good = fc
      .tuple(queued, fc.constantFrom('new', 'resubmitted', 'retried'))
      .map(([stored, how]): Spec => {
        const before: Record<string, Assembly | undefined> = {
          new: undefined,
          resubmitted: { ...stored, status: 'failed', attempt: stored.attempt - 1 },
          retried: { ...stored, status: 'processing' },
        };
        const old = before[how];
        return {
          written: {
            eventName: old ? 'MODIFY' : 'INSERT',
            after: imageOf(stored),
            before: old && imageOf(old),
          },
          kind: 'good',
          whyNoEffect: sent(stored, true),
        };
      });
    const idle = fc.oneof(
      removed,
      queued.map(
        (stored): Spec => ({
          written: {
            eventName: 'MODIFY',
            before: imageOf(stored),
            after: imageOf({ ...stored, version: 8 }),
          },
          kind: 'good',
          whyNoEffect: sent(stored, false),
        }),
      ),
      externalAssembly.map(
        (stored): Spec => ({
          written: { eventName: 'INSERT', after: imageOf({ ...stored, status: 'queued' }) },
          kind: 'good',
          whyNoEffect: sent(stored, false),
        }),
      ),
    );
    const bad = queued.chain((stored) =>
      unreadable(imageOf(stored)).map(
        (after): Spec => ({
          written: { eventName: 'INSERT', after },
          kind: 'bad',
          whyNoEffect: sent(stored, false),
        }),
      ),
    );
    return check('enqueue', 'jobs', batch(good, idle, bad, oddWritten(queued)));
  },
  FUZZ_TIMEOUT_MS,
);

test(
  'notify: the webhook of every assembly of a batch that ended is on its way, whatever the other records are',
  () => {
    const ended = fc
      .tuple(storedAssembly, fc.constantFrom('https://example.com/', 'http://127.0.0.1:9/', 'not a url', ''))
      .filter(([{ status }]) => ['completed', 'partial', 'failed', 'canceled'].includes(status))
      .map(([stored, webhook_url]): Assembly => ({ ...stored, webhook_url }));
    const keyOf = (stored: Assembly) => {
      const endpoint_id = submissionEndpointId(stored.assembly_id);
      return { endpoint_id, event_id: eventId(stored, endpoint_id) };
    };
    const underWay = (stored: Assembly): Image => imageOf({ ...stored, status: 'processing' });
    const good = ended.map(
      (stored): Spec => ({
        written: { eventName: 'MODIFY', before: underWay(stored), after: imageOf(stored) },
        kind: 'good',
        async whyNoEffect(messages) {
          if (countOf(messages, 'event_id', keyOf(stored).event_id) === 0) return 'no message was sent';
          const row = await stores.delivery(keyOf(stored));
          return row?.url === stored.webhook_url ? undefined : 'there is no delivery';
        },
      }),
    );
    const unsent =
      (stored: Assembly): Spec['whyNoEffect'] =>
      async (messages) =>
        countOf(messages, 'event_id', keyOf(stored).event_id) === 0 ? undefined : 'a message was sent';
    const idle = fc.oneof(
      removed,
      ended.map(
        (stored): Spec => ({
          written: {
            eventName: 'MODIFY',
            before: imageOf(stored),
            after: imageOf({ ...stored, version: 8 }),
          },
          kind: 'good',
          whyNoEffect: unsent(stored),
        }),
      ),
      ended.map((stored): Spec => {
        const silent = { ...stored, webhook_url: undefined };
        return {
          written: { eventName: 'MODIFY', before: underWay(silent), after: imageOf(silent) },
          kind: 'good',
          whyNoEffect: unsent(stored),
        };
      }),
    );
    const bad = ended.chain((stored) =>
      unreadable(imageOf(stored)).map(
        (after): Spec => ({
          written: { eventName: 'MODIFY', before: underWay(stored), after },
          kind: 'bad',
          whyNoEffect: unsent(stored),
        }),
      ),
    );
    return check('notify', 'webhooks', batch(good, idle, bad, oddWritten(ended)));
  },
  FUZZ_TIMEOUT_MS,
);
