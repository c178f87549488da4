import { epochSeconds } from '../../../lib/domain/assembly.ts';
import type { Transport } from '../transport.ts';
import { expander, RUN_SECONDS } from './run-expansion.ts';
import { messageFor, NOW } from './run-worker.ts';

const SECONDS = epochSeconds(NOW);
const QUARTER = 900;
const at = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();
const FAILURE = { code: 'full', category: 'WORKER_ERROR' } as const;

/** A second attempt, after a partial first one. */
const AGAIN = { status: 'queued', attempt: 2, expanded_at: undefined } as const;

describe('the first claim', () => {
  test('gives every recipient its submission, and the assembly back', async () => {
    const { run, rows, store, sent, tallied } = expander(120);
    expect(await run()).toBe('expanded');
    expect(rows()).toHaveLength(120);
    const { assembly_id, created_at } = store.assembly;
    expect(rows()[7]).toEqual({
      assembly_id,
      submission_id: 'r7',
      assembly_created_at: created_at,
      submission_count: 120,
      position: 7,
      external: false,
      recipient: { id: 'r7', n: 7 },
      status: 'queued',
      attempt: 1,
      retry_count: 0,
      updated_at: NOW.toISOString(),
      version: 1,
      last_writer: expect.any(String),
      // An ended assembly can be looked up for 30 days, and no attempt is open for more than 31.
      expires_at: SECONDS + 61 * 86_400,
    });
    expect(store.assembly).toMatchObject({
      status: 'processing',
      claim: 1,
      expanded_at: NOW.toISOString(),
      deadline_at: SECONDS + QUARTER,
    });
    // Their messages and their count follow from the stream.
    expect([sent, tallied]).toEqual([[], []]);
  });

  test('reads no rows, as there can be none, and writes over those of an assembly that is gone', async () => {
    const { run, rows, store, submissions, given } = expander(2);
    const { assembly_id } = store.assembly;
    const old = { assembly_created_at: '2025-01-01T00:00:00.000Z', confirmation: 'old', attempt: 1 } as const;
    await submissions.create(
      {
        ...old,
        assembly_id,
        ...{ submission_id: 'r0', submission_count: 2, position: 0, recipient: {}, status: 'submitted' },
        ...{ retry_count: 0, external: false, expires_at: SECONDS },
      },
      NOW,
    );
    const calls = new Set<string>();
    given.transport = async (call, operation) => {
      calls.add(call);
      return operation();
    };
    expect(await run()).toBe('expanded');
    expect([...calls]).toEqual(['submissions.create']);
    expect(rows().map(({ status, version }) => [status, version])).toEqual([
      ['queued', 1],
      ['queued', 1],
    ]);
    expect(rows()[0]).not.toHaveProperty('confirmation');
  });

  test('of an external one: no messages, and its time begins now', async () => {
    const { run, rows, store } = expander(2, { external: true, timeout_seconds: 3_600 });
    expect(await run()).toBe('expanded');
    expect(rows().every(({ external }) => external === true)).toBe(true);
    expect(store.assembly.deadline_at).toBe(SECONDS + 3_600);
  });

  test('takes recipients by `bioguideId` as well', async () => {
    const { run, rows } = expander(1, { fields: { recipients: [{ bioguideId: 'A000001' }] } });
    await run();
    expect(rows()[0]?.submission_id).toBe('A000001');
  });

  test('a second copy of the message is skipped', async () => {
    const { run, store } = expander(2);
    const message = messageFor(store.assembly);
    expect(await run(message)).toBe('expanded');
    expect(await run(message)).toBe('skipped');
  });
});

/** Lets that happen once there are so many writes; those after it wait for it. */
function afterWrites(count: number, happen: () => Promise<void>): Transport {
  let writes = 0;
  let happened = Promise.resolve();
  return async (_, operation) => {
    const written = operation();
    if (++writes === count) happened = happen();
    await happened;
    return written;
  };
}

describe('a run that stops in the middle', () => {
  test('by an error that may pass stops writing, and the next claim goes on where it was', async () => {
    const { run, rows, store, given, become } = expander(500);
    let writes = 0;
    given.transport = async (_, operation) => {
      writes++;
      if (writes === 101) throw new Error('throttled');
      return operation();
    };
    expect(await run()).toBe('queued');
    expect(store.assembly).toMatchObject({ retry_count: 1, attempts: [{ error: { code: 'step_failed' } }] });
    // Those that were under way, and no more: fifty at once, and as many that had not heard of it.
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toBeLessThanOrEqual(201);
    const before = rows();
    become({ next_retry_at: undefined });
    expect(await run()).toBe('expanded');
    expect(rows()).toHaveLength(500);
    for (const row of before) expect(rows()[row.position]).toEqual(row);
  });

  test('leaves what went on meanwhile as it is', async () => {
    const { run, rows, given, write, become, sent } = expander(60);
    let writes = 0;
    given.transport = async (_, operation) => {
      if (++writes > 55) throw new Error('throttled');
      return operation();
    };
    await run();
    given.transport = async (_, operation) => operation();
    await write('r1', { status: 'submitted' });
    await write('r2', { status: 'failed', error: FAILURE });
    await write('r3', { status: 'processing', lease_until: SECONDS + 60 });
    const before = rows();
    become({ next_retry_at: undefined });
    expect(await run()).toBe('expanded');
    expect(rows()).toHaveLength(60);
    expect(rows().slice(0, before.length)).toEqual(before);
    expect(sent).toEqual([]);
  });

  test('when it is canceled writes no more of them, and is lost', async () => {
    const { run, rows, store, given, clock } = expander(500);
    given.transport = afterWrites(100, async () => {
      await store.change(
        store.assembly.assembly_id,
        { owner: { user_id: 'user-1' }, set: { status: 'canceled' } },
        NOW,
      );
      // The worker looks every four seconds.
      await clock.advance(4_000);
    });
    expect(await run()).toBe('lost');
    expect(rows().length).toBeLessThan(500);
    expect(store.assembly.status).toBe('canceled');
    expect(store.assembly).not.toHaveProperty('expanded_at');
  });

  test('when it is canceled at the very end is lost as well', async () => {
    const { run, store } = expander(2);
    store.beforeWrite = ({ set }) => {
      if (set.expanded_at) store.assembly = { ...store.assembly, status: 'canceled', version: 9 };
    };
    expect(await run()).toBe('lost');
    expect(store.assembly).not.toHaveProperty('expanded_at');
  });

  test('when its time is over is tried again', async () => {
    const { run, store, given, clock } = expander(500);
    given.transport = afterWrites(100, () => clock.advance(RUN_SECONDS * 1_000));
    expect(await run()).toBe('queued');
    expect(store.assembly.attempts).toMatchObject([{ error: { code: 'worker_timeout' } }]);
  });

  test('for good, where the fields are gone', async () => {
    const { run, store, rows } = expander(2, { fields: undefined, fields_md5: '0'.repeat(32) });
    expect(await run()).toBe('failed');
    expect(store.assembly).toMatchObject({
      error: { code: 'fields_missing', retryable: false },
      submission_counts: { failed: 2, queued: 0 },
    });
    expect(rows()).toEqual([]);
  });

  test('before its last write: the next one has the submissions counted, which change no more', async () => {
    const { run, store, tallied, clock } = expander(2);
    store.beforeWrite = ({ set }) => {
      if (set.expanded_at) throw new Error('throttled');
    };
    expect(await run()).toBe('queued');
    expect(tallied).toEqual([]);
    store.beforeWrite = () => {};
    await clock.advance(60_000);
    expect(await run()).toBe('expanded');
    expect(tallied).toHaveLength(1);
  });
});

describe('another attempt', () => {
  async function again() {
    const expanded = expander(6);
    await expanded.run();
    const { write, become, clock } = expanded;
    await write('r0', { status: 'submitted', confirmation: 'c-0' });
    await write('r1', { status: 'failed', error: FAILURE, retry_count: 2 });
    await write('r2', { status: 'processing', lease_until: SECONDS + 60 });
    await write('r3', { status: 'processing', lease_until: SECONDS - 1 });
    await write('r4', {
      status: 'rate_limited',
      next_retry_at: at(300),
      has_turn: true,
      asked_to_wait_at: at(0),
    });
    become(AGAIN);
    await clock.advance(1_000);
    return expanded;
  }

  test('leaves what was submitted, and what a worker has; everything else is queued anew', async () => {
    const { run, rows, sent } = await again();
    const before = rows();
    expect(await run()).toBe('expanded');
    const now = rows();
    expect(now[0]).toEqual(before[0]);
    expect(now[2]).toEqual(before[2]);
    for (const position of [1, 3, 4, 5]) {
      expect(now[position]).toMatchObject({
        status: 'queued',
        attempt: 2,
        retry_count: 0,
        version: (before[position]?.version ?? 0) + 1,
      });
      for (const name of ['error', 'lease_until', 'next_retry_at', 'has_turn', 'asked_to_wait_at'])
        expect(now[position]).not.toHaveProperty(name);
    }
    expect(sent).toEqual([]);
  });

  test('of which nobody knew leaves the one that came after it as it is', async () => {
    const { run, rows, write, become, clock } = await again();
    await write('r1', { status: 'failed', error: FAILURE, attempt: 3 });
    const before = rows()[1];
    become(AGAIN);
    await clock.advance(1_000);
    await run();
    expect(rows()[1]).toEqual(before);
  });

  test('a day later keeps what was submitted for as long as its assembly', async () => {
    const { run, rows, clock } = await again();
    await clock.advance(2 * 86_400_000);
    await run();
    expect(rows()[0]).toMatchObject({ status: 'submitted', attempt: 1 });
    expect(rows()[0]?.expires_at).toBe(SECONDS + 1 + 63 * 86_400);
  });

  test('whose worker comes back then, keeps what it was told', async () => {
    const { run, rows, write, become, clock } = await again();
    await run();
    await write('r2', { status: 'submitted' });
    become(AGAIN);
    await clock.advance(1_000);
    expect(await run()).toBe('expanded');
    expect(rows()[2]).toMatchObject({ status: 'submitted', attempt: 1 });
  });

  test('that was begun twice changes nothing the second time', async () => {
    const { run, rows, become } = await again();
    await run();
    const before = rows();
    become({ status: 'queued', expanded_at: undefined });
    expect(await run()).toBe('expanded');
    expect(rows()).toEqual(before);
  });

  test('in which a worker is faster than the expansion loses nothing', async () => {
    const { run, rows, write, given } = await again();
    let raced = false;
    given.transport = async (call, operation) => {
      if (call === 'submissions.change' && !raced) {
        raced = true;
        await write('r5', { status: 'submitted', confirmation: 'late' });
      }
      return operation();
    };
    expect(await run()).toBe('expanded');
    expect(rows()[5]).toMatchObject({ status: 'submitted', confirmation: 'late' });
  });
});

describe('a look after what was expanded', () => {
  async function later(seconds: number) {
    const expanded = expander(6);
    await expanded.run();
    const { write, clock, tallied } = expanded;
    await write('r0', { status: 'submitted' });
    await write('r1', { status: 'failed', error: FAILURE });
    await write('r2', { status: 'processing', lease_until: SECONDS + 60 });
    await write('r3', { status: 'rate_limited', next_retry_at: at(600), has_turn: true });
    await clock.advance(seconds * 1_000);
    await write('r4', { status: 'queued', retry_count: 1 });
    tallied.length = 0;
    return expanded;
  }

  test.each([
    [QUARTER - 1, []],
    [QUARTER, ['r2', 'r5']],
    [600 + QUARTER, ['r2', 'r3', 'r5']],
  ])('after %d s sends only what is silent: %j', async (seconds, expected) => {
    const { run, sent, tallied, rows, store } = await later(seconds);
    const before = rows();
    expect(await run()).toBe('looked_after');
    expect(sent.map(({ submission_id }) => submission_id).sort()).toEqual(expected);
    expect(rows()).toEqual(before);
    expect(tallied).toEqual([{ assembly_id: store.assembly.assembly_id }]);
  });

  test('sends what waits for its turn with that turn', async () => {
    const { run, sent } = await later(600 + QUARTER);
    await run();
    expect(sent.find(({ submission_id }) => submission_id === 'r3')).toMatchObject({
      not_before: at(600),
      has_turn: true,
    });
  });

  test('leaves alone what a worker has', async () => {
    const { run, sent, write } = await later(QUARTER);
    await write('r2', { lease_until: SECONDS + QUARTER + 1 });
    await run();
    expect(sent.map(({ submission_id }) => submission_id)).toEqual(['r5']);
  });

  test('queues anew what a worker of an earlier attempt has left', async () => {
    const { run, rows, become, clock, write } = await later(0);
    become(AGAIN);
    await run();
    await write('r2', { status: 'failed', error: FAILURE });
    await clock.advance(QUARTER * 1_000);
    expect(await run()).toBe('looked_after');
    expect(rows()[2]).toMatchObject({ status: 'queued', attempt: 2 });
  });

  test('writes a row that is missing', async () => {
    const { run, rows, submissions, become } = expander(2);
    await run();
    become({ fields: { recipients: [{ id: 'r0' }, { id: 'r1' }, { id: 'r2' }] } });
    expect(await run()).toBe('looked_after');
    expect(rows()).toHaveLength(3);
    expect(submissions.table.of('nobody')).toEqual([]);
  });

  test.each([
    ['has ended', { status: 'completed' }],
    ['was canceled', { status: 'canceled' }],
    ['is not expanded', { expanded_at: undefined }],
  ] as const)('of one that %s is skipped', async (_, changes) => {
    const { run, become, sent, tallied } = await later(QUARTER);
    become(changes);
    expect([await run(), sent, tallied]).toEqual(['skipped', [], []]);
  });

  test.each([
    ['attempt', { attempt: 2 }],
    ['claim', { claim: 0 }],
  ])('by a message of another %s is skipped', async (_, changes) => {
    const { run, store, sent } = await later(QUARTER);
    expect([await run({ ...messageFor(store.assembly), ...changes }), sent]).toEqual(['skipped', []]);
  });
});
