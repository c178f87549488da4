import { randomInt, randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import * as fc from 'fast-check';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import { type Submission, type SubmissionMessage, statusIn } from '../../lib/domain/submission.ts';
import { consumeBatch, type PlannedRecord } from './consume-batch.ts';
import { BATCH_SHARE, FUZZ_TIMEOUT_MS, fuzzParameters, MAX_BATCH } from './fuzz-parameters.ts';
import { badBody, goodBody, oddBody, queueRecord } from './message-bodies.ts';
import { mutated } from './odd-json.ts';
import { type QuietCloud, startQuietCloud } from './quiet-cloud.ts';
import { assemblyIdArbitrary, fanOutAssembly } from './stored-assembly.ts';
import { submissionItem, submissionsOf } from './stored-submissions.ts';
import { type Stores, storesOf } from './stores.ts';
import { streamRecord, type Written } from './stream-record.ts';

/** The functions that work on submissions, handed batches of which some records are none. */

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

interface Spec extends Omit<PlannedRecord, 'id' | 'record' | 'whyNoEffect'> {
  /** Going by the messages for workers that were sent, too. */
  readonly whyNoEffect?: (messages: () => Promise<unknown[]>) => Promise<string | undefined>;
  /** A message, or a record of the stream. */
  readonly body?: string;
  readonly written?: Written;
}

type Name = 'submission-worker' | 'bury-submission' | 'tally' | 'enqueue-submissions' | 'plan-tally';

const check = (
  name: Name,
  specs: readonly { arbitrary: fc.Arbitrary<Spec>; weight: number }[],
  putsAside: boolean,
) =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(...specs), { minLength: 1, maxLength: MAX_BATCH, size: 'max' }),
      async (drawn) => {
        let taken: Promise<unknown[]> | undefined;
        // Once for all records of the batch, and after it.
        const messages = (): Promise<unknown[]> => {
          taken ??= stores.takeMessages('submissions');
          return taken;
        };
        const planned = drawn.map(({ body, written, whyNoEffect, ...given }): PlannedRecord => {
          const spec = { ...given, whyNoEffect: async () => whyNoEffect?.(messages) };
          if (body !== undefined) {
            const id = randomUUID();
            return { ...spec, id, record: queueRecord(id, body) };
          }
          const id = `${Date.now()}${randomInt(10 ** 12)}`;
          return { ...spec, id, record: streamRecord(id, written ?? { eventName: 'MODIFY' }) };
        });
        const faults = await consumeBatch(name, planned, { cloud, stores, putsAside });
        if (faults.length > 0) throw new Error(faults.join('\n'));
      },
    ),
    fuzzParameters<[Spec[]]>([], { share: BATCH_SHARE }),
  );

const SAMPLE: SubmissionMessage = {
  assembly_id: 'f'.repeat(64),
  submission_id: 'r-0',
  attempt: 1,
  position: 0,
};

const messageOf = ({ assembly_id, submission_id, attempt, position }: Submission): SubmissionMessage => ({
  ...{ assembly_id, submission_id, attempt, position },
});

const bad = (sample: object): { arbitrary: fc.Arbitrary<Spec>; weight: number } => ({
  weight: 3,
  arbitrary: badBody(sample).map((body) => ({ body, kind: 'bad' as const })),
});
const odd = (sample: object): { arbitrary: fc.Arbitrary<Spec>; weight: number } => ({
  weight: 3,
  arbitrary: oddBody(sample).map((body) => ({ body, kind: 'odd' as const })),
});
const unknown = (more: object): { arbitrary: fc.Arbitrary<Spec>; weight: number } => ({
  weight: 1,
  arbitrary: assemblyIdArbitrary.map((assembly_id) => ({
    body: JSON.stringify({ ...more, assembly_id }),
    kind: 'good' as const,
  })),
});

/** One in work, of ours, and its first submission, which waits or is left. */
const firstOf = (
  external: boolean,
  change: Partial<Submission> = {},
): fc.Arbitrary<{ readonly stored: Assembly; readonly row: Submission }> =>
  fanOutAssembly.map((drawn) => {
    const stored: Assembly = {
      ...drawn,
      external,
      template_id: external ? 'message-tracking' : 'message-delivery',
      status: 'processing',
      expires_at: undefined,
      error: undefined,
      expanded_at: drawn.updated_at,
    };
    const [first] = submissionsOf(stored);
    return { stored, row: { ...(first as Submission), attempt: stored.attempt, ...change } };
  });

const put = async (stored: Assembly, row: Submission): Promise<void> => {
  await stores.putAssembly(stored);
  await stores.putSubmission(row);
};

/** Why the row is not as it must be. */
async function differs(row: Submission, wanted: Partial<Submission>): Promise<string | undefined> {
  const found = await stores.submission(row);
  const wrong = Object.entries(wanted).filter(([name, value]) => found?.[name as keyof Submission] !== value);
  return wrong.length === 0 ? undefined : wrong.map(([name, value]) => `${name} is not ${value}`).join(', ');
}

const WAITING = { status: 'queued', next_retry_at: undefined, lease_until: undefined } as const;

/** Messages of submissions: each good one fails its own (there is no receiver, or it is buried); the others change nothing. */
const submissionSpecs = [
  {
    weight: 6,
    arbitrary: firstOf(false, WAITING).chain(({ stored, row }) =>
      goodBody(messageOf(row)).map(
        (body): Spec => ({
          body,
          kind: 'good',
          setUp: () => put(stored, row),
          whyNoEffect: () => differs(row, { status: 'failed', attempt: row.attempt }),
        }),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(firstOf(false, WAITING), fc.constantFrom({ attempt: 99 }, { submission_id: 'r-99' }))
      .map(
        ([{ stored, row }, stale]): Spec => ({
          body: JSON.stringify({ ...messageOf(row), ...stale }),
          kind: 'good',
          setUp: () => put(stored, row),
          whyNoEffect: () => differs(row, { status: 'queued', version: row.version }),
        }),
      ),
  },
  {
    weight: 1,
    arbitrary: firstOf(false, { status: 'submitted' }).map(
      ({ stored, row }): Spec => ({
        body: JSON.stringify(messageOf(row)),
        kind: 'good',
        setUp: () => put(stored, row),
        whyNoEffect: () => differs(row, { status: 'submitted', version: row.version }),
      }),
    ),
  },
  unknown(SAMPLE),
  bad(SAMPLE),
  odd(SAMPLE),
];

test(
  'submission-worker: every good message of a batch is worked, whatever the others are',
  () => check('submission-worker', submissionSpecs, false),
  FUZZ_TIMEOUT_MS,
);

test(
  'bury-submission: every good message of a batch fails its submission, and what is no message is put aside',
  () => check('bury-submission', submissionSpecs, true),
  FUZZ_TIMEOUT_MS,
);

test(
  'tally: every good message of a batch has its assembly counted, whatever the others are',
  () => {
    // Of a completed one nothing is left to count: each is submitted, and stays so.
    const countable = fanOutAssembly.filter(({ status }) => status !== 'completed');
    const good = countable.chain((drawn) => {
      // Within the time of an external worker.
      const stored: Assembly = { ...drawn, expires_at: undefined, expanded_at: new Date().toISOString() };
      const counts: Record<string, number> = {};
      for (const row of submissionsOf(stored)) {
        const status = statusIn(stored, row);
        counts[status] = (counts[status] ?? 0) + 1;
      }
      return goodBody({ assembly_id: stored.assembly_id }).map(
        (body): Spec => ({
          body,
          kind: 'good',
          async setUp() {
            await stores.putAssembly(stored);
            for (const row of submissionsOf(stored)) await stores.putSubmission(row);
          },
          async whyNoEffect() {
            const found = await stores.assembly(stored.assembly_id);
            const counted = Object.entries(found?.submission_counts ?? {}).filter(([, n]) => n > 0);
            const isEnded = found !== undefined && isTerminal(found.status);
            const open = submissionsOf(stored).some(
              (row) => !['submitted', 'failed'].includes(statusIn(stored, row)),
            );
            if (stored.status === 'processing' && isEnded === open) return `it is ${found?.status}`;
            const wanted = Object.entries(counts).sort();
            return JSON.stringify(counted.sort()) === JSON.stringify(wanted)
              ? undefined
              : `it has ${JSON.stringify(counted)} and not ${JSON.stringify(wanted)}`;
          },
        }),
      );
    });
    const sample = { assembly_id: 'f'.repeat(64) };
    return check('tally', [{ weight: 6, arbitrary: good }, unknown(sample), bad(sample), odd(sample)], false);
  },
  FUZZ_TIMEOUT_MS,
);

type Image = Readonly<Record<string, AttributeValue>>;
const imageOf = (row: Submission): Image => marshall(submissionItem(row), { removeUndefinedValues: true });

const unreadable = (image: Image): fc.Arbitrary<unknown> =>
  fc.constantFrom<unknown>(
    { ...image, recipient: { S: '{' } },
    { ...image, error: { S: 'undefined' } },
    { ...image, error: { Z: 'x' } },
    { ...image, status: null },
  );

const streamSpecs = (sent: (row: Submission, wanted: boolean) => Spec['whyNoEffect']) => {
  const rows = firstOf(false, WAITING).map(({ row }) => row);
  return [
    {
      weight: 5,
      arbitrary: rows.map(
        (row): Spec => ({
          written: { eventName: 'INSERT', after: imageOf(row) },
          kind: 'good',
          whyNoEffect: sent(row, true),
        }),
      ),
    },
    {
      weight: 1,
      arbitrary: rows.map(
        (row): Spec => ({
          written: { eventName: 'REMOVE', before: imageOf(row) },
          kind: 'good',
          whyNoEffect: sent(row, false),
        }),
      ),
    },
    {
      weight: 4,
      arbitrary: rows.chain((row) =>
        unreadable(imageOf(row)).map(
          (after): Spec => ({
            written: { eventName: 'INSERT', after },
            kind: 'bad',
            whyNoEffect: sent(row, false),
          }),
        ),
      ),
    },
    {
      weight: 4,
      arbitrary: rows.chain((row) =>
        mutated(fc.constant({ eventName: 'MODIFY', before: imageOf(row), after: imageOf(row) })).map(
          (written): Spec => ({ written: Object(written) as Written, kind: 'odd' }),
        ),
      ),
    },
  ];
};

test(
  'enqueue-submissions: every submission of a batch that waits is sent to the workers, whatever the other records are',
  () => {
    const sent =
      ({ assembly_id }: Submission, wanted: boolean): Spec['whyNoEffect'] =>
      async (messages) => {
        const ids = (await messages()).map((each) => (each as SubmissionMessage).assembly_id);
        const count = ids.filter((id) => id === assembly_id).length;
        return count > 0 === wanted ? undefined : `${count} messages were sent`;
      };
    return check('enqueue-submissions', streamSpecs(sent), true);
  },
  FUZZ_TIMEOUT_MS,
);

// Its messages are held back, so that nobody can look at them here.
test(
  'plan-tally: every good record of a batch is done with, and what is none is put aside',
  () =>
    check(
      'plan-tally',
      streamSpecs(() => undefined),
      true,
    ),
  FUZZ_TIMEOUT_MS,
);
