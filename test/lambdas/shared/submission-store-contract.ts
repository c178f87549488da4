import { createHash } from 'node:crypto';
import type { NewSubmission } from '../../../lambdas/shared/submission-change.ts';
import type { SubmissionStore } from '../../../lambdas/shared/submission-store.ts';
import type { Submission } from '../../../lib/domain/submission.ts';
import { listOf } from '../list-of.ts';
import { newSubmissionRow } from '../new-submission-row.ts';

type Store = Pick<SubmissionStore, 'create' | 'change' | 'page' | 'all' | 'counted'>;

/** An empty table. */
export interface SubmissionsTableUnderTest {
  /** A store on it; its writes are told apart by what `newWriter` gives. */
  store(newWriter?: () => string): Store;
  /** From now on: the first write is committed, its answer lost, and the write made again. `meanwhile` happens between. */
  loseFirstAnswer(meanwhile?: () => Promise<unknown>): void;
}

const NOW = new Date('2026-11-21T12:00:00.000Z');
const LATER = new Date('2026-11-21T12:00:01.000Z');

let serial = 0;
/** They share a table: the submissions of each test are of an assembly of its own. */
const newAssemblyId = (): string => createHash('sha256').update(`submissions ${serial++}`).digest('hex');
const newRow = (changes: Partial<NewSubmission> = {}): NewSubmission =>
  newSubmissionRow({ assembly_id: newAssemblyId(), ...changes });

/** Declares the tests that every store of submissions passes. */
export function submissionStoreContract(openTable: () => Promise<SubmissionsTableUnderTest>): void {
  let store: Store;

  beforeAll(async () => {
    store = (await openTable()).store();
  });

  const allOf = async (assemblyId: string, from = store): Promise<Submission[]> =>
    listOf(from.all(assemblyId));
  const stored = async ({ assembly_id, submission_id }: NewSubmission): Promise<Submission | undefined> =>
    (await allOf(assembly_id)).find((row) => row.submission_id === submission_id);

  describe('create', () => {
    test('stores what it is given, with version 1', async () => {
      const row = newRow({ recipient: { id: 'ada', deep: [1e200, null, { '': true }], none: {} } });
      const outcome = await store.create(row, NOW);
      expect(outcome).toMatchObject({ written: true, item: { ...row, version: 1 } });
      const kept = await stored(row);
      expect(kept).toEqual(outcome.item);
      expect(kept).toEqual({
        ...row,
        version: 1,
        updated_at: NOW.toISOString(),
        last_writer: expect.any(String),
      });
    });

    test('is refused where the assembly has it, and shows it', async () => {
      const row = newRow();
      await store.create(row, NOW);
      await store.change(row, { from: ['queued'], set: { status: 'submitted' } }, LATER);
      const outcome = await store.create(row, LATER);
      expect(outcome).toMatchObject({ written: false, item: { status: 'submitted', version: 2 } });
      expect(await stored(row)).toMatchObject({ status: 'submitted', version: 2 });
    });

    test('writes over one of an assembly that is gone, and leaves nothing of it', async () => {
      const row = newRow();
      await store.create(row, NOW);
      const set = { status: 'submitted', confirmation: 'old', error: undefined } as const;
      await store.change(row, { from: ['queued'], set }, NOW);
      const anew = { ...row, assembly_created_at: LATER.toISOString() };
      expect(await store.create(anew, LATER)).toMatchObject({ written: true, item: { version: 1 } });
      expect(await stored(row)).toEqual({
        ...anew,
        version: 1,
        updated_at: LATER.toISOString(),
        last_writer: expect.any(String),
      });
    });

    test('recognises its own write when the answer was lost', async () => {
      const table = await openTable();
      table.loseFirstAnswer();
      const outcome = await table.store().create(newRow(), NOW);
      expect(outcome).toMatchObject({ written: true, item: { version: 1 } });
    });

    test('by 50 at once is won by one', async () => {
      const row = newRow();
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.create(row, NOW)));
      expect(outcomes.filter(({ written }) => written)).toHaveLength(1);
      expect(new Set(outcomes.map(({ item }) => item?.last_writer)).size).toBe(1);
    });
  });

  describe('change', () => {
    test('sets, removes, leaves the rest, and adds 1 to the version', async () => {
      const row = newRow({ next_retry_at: NOW.toISOString(), has_turn: true });
      await store.create(row, NOW);
      const error = { code: 'x', category: 'WORKER_ERROR', params: { n: 1 } } as const;
      const outcome = await store.change(
        row,
        {
          from: ['queued'],
          set: { status: 'failed', error, confirmation: undefined },
          remove: ['next_retry_at', 'has_turn', 'lease_until'],
        },
        LATER,
      );
      expect(outcome).toMatchObject({ written: true });
      const { next_retry_at: _, has_turn: __, ...rest } = row;
      expect(outcome.item).toEqual({
        ...rest,
        status: 'failed',
        error,
        version: 2,
        updated_at: LATER.toISOString(),
        last_writer: expect.any(String),
      });
      expect(await stored(row)).toEqual(outcome.item);
    });

    test.each([
      ['status', { from: ['processing', 'rate_limited'] as const }],
      ['attempt', { from: ['queued'] as const, attempt: 2 }],
      ['version', { from: ['queued'] as const, version: 2 }],
      ['time', { from: ['queued'] as const, dueBy: NOW }],
    ])('is refused by another %s, changes nothing and shows what is stored', async (_, condition) => {
      const row = newRow({ next_retry_at: LATER.toISOString() });
      await store.create(row, NOW);
      const outcome = await store.change(row, { ...condition, set: { status: 'processing' } }, LATER);
      expect(outcome).toMatchObject({ written: false, item: { ...row, version: 1 } });
      expect(await stored(row)).toEqual(outcome.item);
    });

    test.each([
      ['has come', NOW.toISOString()],
      ['was never set', undefined],
    ])('by a time is made where `next_retry_at` %s', async (_, next_retry_at) => {
      const row = newRow({ ...(next_retry_at && { next_retry_at }) });
      await store.create(row, NOW);
      const change = {
        from: ['queued', 'rate_limited'],
        attempt: 1,
        version: 1,
        dueBy: NOW,
        set: { status: 'processing' },
      } as const;
      expect(await store.change(row, change, NOW)).toMatchObject({ written: true });
    });

    test('of one that never was is refused and shows nothing', async () => {
      const outcome = await store.change(newRow(), { from: ['queued'], set: { status: 'failed' } }, NOW);
      expect(outcome).toEqual({ written: false, item: undefined });
    });

    test('recognises its own write when the answer was lost', async () => {
      const table = await openTable();
      const faulty = table.store();
      const row = newRow();
      await faulty.create(row, NOW);
      table.loseFirstAnswer();
      const change = { from: ['queued'], version: 1, set: { status: 'processing' } } as const;
      expect(await faulty.change(row, change, LATER)).toMatchObject({
        written: true,
        item: { status: 'processing', version: 2 },
      });
    });

    test('counts as lost where somebody else has written since', async () => {
      const table = await openTable();
      const other = table.store(() => 'somebody else');
      const row = newRow();
      await other.create(row, NOW);
      table.loseFirstAnswer(() =>
        other.change(row, { from: ['processing'], set: { status: 'queued', attempt: 2 } }, LATER),
      );
      const change = { from: ['queued'], attempt: 1, set: { status: 'processing' } } as const;
      expect(await table.store().change(row, change, LATER)).toMatchObject({
        written: false,
        item: { status: 'queued', attempt: 2, version: 3 },
      });
    });

    test('by 50 workers at once is won by one', async () => {
      const row = newRow();
      await store.create(row, NOW);
      const change = { from: ['queued'], attempt: 1, set: { status: 'processing' } } as const;
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.change(row, change, LATER)));
      expect(outcomes.filter(({ written }) => written)).toHaveLength(1);
      expect(await stored(row)).toMatchObject({ version: 2 });
    });
  });

  describe('a list', () => {
    const IDS = ['Zoe', 'ada', 'bob', 'cy', '~'];
    let assemblyId: string;
    beforeAll(async () => {
      assemblyId = newAssemblyId();
      // Out of order, and with a neighbour on either side.
      for (const submission_id of ['cy', 'ada', '~', 'Zoe', 'bob'])
        await store.create(newRow({ assembly_id: assemblyId, submission_id }), NOW);
      await store.create(newRow({ assembly_id: `${assemblyId}0` }), NOW);
    });
    const idsOf = (rows: readonly Pick<Submission, 'submission_id'>[]): string[] =>
      rows.map(({ submission_id }) => submission_id);

    test('has all submissions of the assembly, by id, whole', async () => {
      const rows = await allOf(assemblyId);
      expect(idsOf(rows)).toEqual(IDS);
      expect(rows[0]).toMatchObject(newSubmissionRow({ assembly_id: assemblyId, submission_id: 'Zoe' }));
      expect(await allOf(newAssemblyId())).toEqual([]);
    });

    test.each([
      [1, true],
      [2, true],
      [2, false],
      [4, true],
      [5, true],
      [6, false],
    ])('in pages of %d has each once (consistent: %p)', async (limit, consistent) => {
      const found: string[][] = [];
      let after: string | undefined;
      do {
        const { submissions, next } = await store.page(assemblyId, { limit, after, consistent });
        found.push(idsOf(submissions));
        after = next;
      } while (after !== undefined);
      expect(found.flat()).toEqual(IDS);
      expect(Math.max(...found.map(({ length }) => length))).toBe(Math.min(limit, IDS.length));
    });

    test('goes on after an id that is not there', async () => {
      const { submissions } = await store.page(assemblyId, { limit: 2, after: 'b' });
      expect(idsOf(submissions)).toEqual(['bob', 'cy']);
    });

    test('for a count has what a count needs', async () => {
      const rows = await listOf(store.counted(assemblyId));
      expect(idsOf(rows)).toEqual(IDS);
      for (const row of rows)
        expect(row).toMatchObject({
          assembly_created_at: NOW.toISOString(),
          status: 'queued',
          attempt: 1,
          version: 1,
        });
    });

    test('of more than a page of DynamoDB has all of them', async () => {
      const assembly_id = newAssemblyId();
      const error = { code: 'x', category: 'WORKER_ERROR', retryable: false } as const;
      const ids = Array.from({ length: 300 }, (_, index) => `id-${1000 + index}`);
      await Promise.all(
        ids.map((submission_id) =>
          store.create(
            newRow({ assembly_id, submission_id, error, recipient: { note: 'x'.repeat(4_000) } }),
            NOW,
          ),
        ),
      );
      expect(idsOf(await allOf(assembly_id))).toEqual(ids);
      const counted = await listOf(store.counted(assembly_id));
      expect(idsOf(counted)).toEqual(ids);
      expect(counted.filter((row) => row.error?.retryable === false)).toHaveLength(300);
    });
  });
}
