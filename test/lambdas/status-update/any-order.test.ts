import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import type { Submission } from '../../../lib/domain/submission.ts';
import type { Transport } from '../transport.ts';
import { FanOutUpdate } from './fan-out-update.ts';

/** Results may come in any order, in parts, together and again: the submissions and their counts are the same. */

type Result = { readonly submission_id: string; readonly status: string } & Readonly<Record<string, string>>;

const submitted = fc.record(
  {
    status: fc.constant('submitted'),
    // Without it, it would be when it came.
    submitted_at: fc.constantFrom('2026-11-21T11:00:00.000Z', '2026-11-21T11:30:00.000Z'),
    confirmation: fc.constantFrom('CWC-1', 'CWC-2'),
  },
  { requiredKeys: ['status', 'submitted_at'] },
);
const failed = fc.record(
  {
    status: fc.constant('failed'),
    error: fc.constantFrom('No.', 'Never.'),
    error_code: fc.constant('Vacant'),
    error_details: fc.constantFrom('', '404'),
  },
  { requiredKeys: ['status'] },
);
/** What is open can be said in one way only: of two, the later one holds. */
const open = fc.constantFrom(
  { status: 'processing' },
  { status: 'rate_limited', error: 'Slower.' },
  { status: 'queued' },
);

/** What there is to say of one recipient: how it goes, and how it ended; or nothing. */
const story = fc.tuple(
  fc.option(open, { nil: undefined }),
  fc.option(fc.oneof(submitted, failed), { nil: undefined }),
);

interface Batch {
  readonly results: readonly Result[];
  readonly word: string;
  /** Sent before the answer to the one before has come. */
  readonly hurried: boolean;
}

interface Case {
  readonly ids: readonly string[];
  readonly results: readonly Result[];
  readonly batches: readonly Batch[];
  /** Before which batch our worker has written the rows. */
  readonly expandAt: number;
}

const idOf = (index: number): string => `id-${index}`;

const cases: fc.Arbitrary<Case> = fc.array(story, { minLength: 1, maxLength: 6 }).chain((stories) => {
  const results = stories.flatMap((parts, index) =>
    parts.flatMap((part) => (part ? [{ submission_id: idOf(index), ...part } as unknown as Result] : [])),
  );
  const again =
    results.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...results), { maxLength: 6 });
  return again
    .chain((more) => {
      const all = [...results, ...more];
      return fc.shuffledSubarray(all, { minLength: all.length });
    })
    .chain((all) =>
      fc.record({
        ids: fc.constant(stories.map((_, index) => idOf(index))),
        results: fc.constant(results),
        batches: fc
          .array(
            fc.record({
              size: fc.integer({ min: 0, max: 4 }),
              word: fc.constantFrom('processing', 'completed', 'partial', 'failed'),
              hurried: fc.boolean(),
            }),
            { minLength: all.length, maxLength: all.length + 2 },
          )
          .map((plans) => batchesOf(all, plans)),
        expandAt: fc.nat(all.length + 2),
      }),
    );
});

/** No update names a recipient twice. What the plans leave over comes at last. */
function batchesOf(
  results: readonly Result[],
  plans: readonly { readonly size: number; readonly word: string; readonly hurried: boolean }[],
): Batch[] {
  const rest = [...results];
  const batches = plans.map(({ size, ...plan }) => ({
    ...plan,
    results: withoutTwice(rest.splice(0, size), rest),
  }));
  while (rest.length > 0)
    batches.push({ word: 'processing', hurried: false, results: withoutTwice(rest.splice(0, 1), rest) });
  return batches;
}

function withoutTwice(results: Result[], rest: Result[]): Result[] {
  const ids = new Set<string>();
  return results.filter((result) => {
    if (!ids.has(result.submission_id)) return ids.add(result.submission_id);
    rest.push(result);
    return false;
  });
}

/** Every call takes its time, so that those of two updates mix. */
const slow: Transport = async (_call, operation) => {
  await setImmediate();
  return operation();
};

const factsOf = (rows: readonly Submission[]) =>
  rows.map(({ submission_id, status, confirmation, submitted_at, error, next_retry_at, attempt }) => ({
    ...{ submission_id, status, confirmation, submitted_at, error, next_retry_at, attempt },
  }));

async function play({ ids, batches, expandAt }: Case): Promise<FanOutUpdate> {
  const fanOut = await FanOutUpdate.of({ ids, expanded: false, transport: slow });
  let answers: Promise<unknown>[] = [];
  for (const [index, { results, word, hurried }] of batches.entries()) {
    if (!hurried || index === expandAt) {
      await Promise.all(answers);
      answers = [];
    }
    if (index === expandAt) await fanOut.expand();
    answers.push(fanOut.report(results, word));
  }
  await Promise.all(answers);
  if (expandAt >= batches.length) await fanOut.expand();
  // The count that follows every change.
  fanOut.time = new Date(fanOut.time.getTime() + 60_000);
  await fanOut.say({ status: 'completed' });
  return fanOut;
}

test('the same results in whatever way give the same submissions, counts and end', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (played) => {
      // Of one that ended, a word on the way is out of date already; of one that did not, the last one would hold.
      const last = new Map(played.results.map((result) => [result.submission_id, result]));
      const plain = {
        ...played,
        batches: [{ results: [...last.values()], word: 'completed', hurried: false }],
        expandAt: 0,
      };
      const [one, other] = [await play(plain), await play(played)];
      expect(factsOf(other.rows)).toEqual(factsOf(one.rows));
      const { status, submission_counts, progress, error, retryable_submissions } = other.store.assembly;
      expect({ status, submission_counts, progress, error, retryable_submissions }).toEqual({
        status: one.store.assembly.status,
        submission_counts: one.store.assembly.submission_counts,
        progress: one.store.assembly.progress,
        error: one.store.assembly.error,
        retryable_submissions: one.store.assembly.retryable_submissions,
      });
      // It ends once, and only once all of them have.
      const ends = other.store.history.filter(
        (each) => each.status !== 'processing' && each.status !== 'queued',
      );
      const isOver = played.ids.every((id) => /submitted|failed/.test(last.get(id)?.status ?? ''));
      expect(ends.map((each) => each.version)).toEqual(isOver ? [other.store.assembly.version] : []);
    }),
    { numRuns: 300 },
  );
}, 60_000);
