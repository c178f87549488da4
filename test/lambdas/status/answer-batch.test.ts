import { answerBatch, type BatchQuery } from '../../../lambdas/status/answer-batch.ts';
import { type Assembly, epochSeconds } from '../../../lib/domain/assembly.ts';
import { batchStatus } from '../../../lib/domain/batch-status.ts';
import { WaybillError } from '../../../lib/domain/waybill-error.ts';
import { sampleAssembly } from '../../lib/domain/sample-assembly.ts';
import { sampleResult } from '../../lib/domain/sample-result.ts';
import { InMemoryAssemblyBatch } from '../in-memory-assembly-batch.ts';
import { InMemorySubmissionStore } from '../in-memory-submission-store.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const id = (digit: string): string => digit.repeat(64);
const NEVER = id('0');
const RUNS = id('a');
const WAITS = id('b');
const HAS_ENDED = id('c');
const IS_GONE = id('d');
const THEIRS = id('e');

const ended = {
  status: 'failed',
  started_at: '2026-03-01T11:59:00.000Z',
  ended_at: '2026-03-01T12:00:00.000Z',
} as const;
const ALL: readonly Assembly[] = [
  sampleAssembly({ assembly_id: RUNS, status: 'processing', claim: 1, progress: 30 }),
  sampleAssembly({ assembly_id: WAITS }),
  sampleAssembly({
    assembly_id: HAS_ENDED,
    ...ended,
    error: { code: 'step_failed', category: 'WORKER_ERROR' },
  }),
  sampleAssembly({ assembly_id: IS_GONE, ...ended, expires_at: epochSeconds(NOW) }),
  sampleAssembly({ assembly_id: THEIRS, user_id: 'bob' }),
];

const tableOf = (assemblies: readonly Assembly[]) => ({
  items: new Map(assemblies.map((each) => [each.assembly_id, each])),
});

function ask(
  assemblyIds: readonly string[],
  {
    sight = { userId: 'ada' },
    language = 'en',
    batch = new InMemoryAssemblyBatch(tableOf(ALL)),
  }: Partial<Omit<BatchQuery, 'assemblyIds'>> & { batch?: Pick<InMemoryAssemblyBatch, 'read'> } = {},
) {
  const dependencies = {
    batch,
    now: () => NOW,
    masterSecret: async () => 'm'.repeat(64),
    apiUrl: 'https://api.example',
    submissions: new InMemorySubmissionStore(),
  };
  return answerBatch({ assemblyIds, sight, language }, dependencies);
}

const statusesIn = ({
  content,
}: Awaited<ReturnType<typeof ask>>): Record<string, Record<string, unknown> | null> =>
  batchStatus.parse(JSON.parse(String(content))).statuses;

test('each is told under its id, in the order asked, and what may not be shown is null', async () => {
  const asked = [THEIRS, WAITS, NEVER, HAS_ENDED, IS_GONE, RUNS];
  const answer = await ask(asked);
  expect(answer.statusCode).toBe(200);
  const statuses = statusesIn(answer);
  expect(Object.keys(statuses)).toEqual(asked);
  expect(Object.values(statuses).map((status) => status?.status ?? null)).toEqual([
    null,
    'queued',
    null,
    'failed',
    null,
    'processing',
  ]);
  for (const [assembly_id, status] of Object.entries(statuses))
    if (status) expect(status).toMatchObject({ assembly_id });
});

test('one that is named twice is answered once, where it was named first', async () => {
  expect(Object.keys(statusesIn(await ask([RUNS, NEVER, RUNS, WAITS, NEVER])))).toEqual([RUNS, NEVER, WAITS]);
});

test('a machine is told of all that are there', async () => {
  const statuses = statusesIn(await ask([THEIRS, RUNS, IS_GONE], { sight: 'all' }));
  expect(Object.values(statuses).map((status) => status?.status ?? null)).toEqual([
    'queued',
    'processing',
    null,
  ]);
});

test.each([
  ['those that run, the shortest', [WAITS, RUNS, HAS_ENDED], '2'],
  ['the one that runs', [HAS_ENDED, WAITS], '5'],
  ['none, where all have ended', [HAS_ENDED], undefined],
  ['none, where nothing is shown', [NEVER, THEIRS, IS_GONE], undefined],
])('retry-after is that of %s', async (_, ids, expected) => {
  expect((await ask(ids)).headers?.['retry-after']).toBe(expected);
});

test('sentences are in the language of the reader, which the answer names', async () => {
  const answer = await ask([HAS_ENDED], { language: 'fr' });
  expect(answer.headers).toMatchObject({ 'content-language': 'fr', vary: 'accept-language, authorization' });
  expect(statusesIn(answer)[HAS_ENDED]?.message).toBe('Échoué');
});

test('results have links', async () => {
  const pictured = sampleAssembly({
    ...ended,
    status: 'completed',
    results: { small: [sampleResult('1-1', '')] },
  });
  const batch = new InMemoryAssemblyBatch(tableOf([pictured]));
  const statuses = statusesIn(await ask([pictured.assembly_id], { batch }));
  expect(JSON.stringify(statuses[pictured.assembly_id]?.results)).toContain(
    `"ssl_url":"https://api.example/assemblies/${pictured.assembly_id}/results/`,
  );
});

test('where not all could be read, nothing is answered: not null, and not the others', async () => {
  const batch = {
    async *read() {
      yield* ALL.slice(0, 1);
      throw new WaybillError('unavailable', 'Not all of them.');
    },
  };
  await expect(ask([RUNS, WAITS], { batch })).rejects.toMatchObject({ code: 'unavailable' });
});

describe('the size of the answer', () => {
  const LAMBDA_ANSWERS = 6 * 1024 * 1024;
  /** Each status is about as long as `text`, twice over where it is all quotation marks. */
  const many = (count: number, text: string) =>
    Array.from({ length: count }, (_, index) =>
      sampleAssembly({
        ...ended,
        assembly_id: index.toString(16).padStart(64, '0'),
        status: 'completed',
        result: text,
      }),
    );
  const askFor = (assemblies: readonly Assembly[], userId = 'ada') =>
    ask(
      assemblies.map(({ assembly_id }) => assembly_id),
      { sight: { userId }, batch: new InMemoryAssemblyBatch(tableOf(assemblies)) },
    );

  test.each([
    ['plain text', 'x'.repeat(300_000), 20],
    ['quotation marks', '"'.repeat(100_000), 15],
    ['characters of four bytes', '😀'.repeat(70_000), 21],
  ])('with %s fits into what Lambda answers, or is refused', async (_, text, fitting) => {
    const { content, headers } = await askFor(many(fitting, text));
    const answered = Buffer.byteLength(JSON.stringify({ statusCode: 200, headers, body: content }));
    expect(answered).toBeLessThan(LAMBDA_ANSWERS);
    expect(answered).toBeGreaterThan(LAMBDA_ANSWERS * 0.9);
    await expect(askFor(many(fitting + 2, text))).rejects.toMatchObject({
      code: 'answer_too_large',
      kind: 'invalid',
      message: expect.stringContaining('fewer'),
    });
  });

  test('counts what is shown, and nothing of what is not', async () => {
    const statuses = statusesIn(await askFor(many(100, 'x'.repeat(300_000)), 'bob'));
    expect(Object.values(statuses)).toEqual(Array(100).fill(null));
  });
});
