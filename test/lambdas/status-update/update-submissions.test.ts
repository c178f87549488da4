import { epochSeconds } from '../../../lib/domain/assembly.ts';
import type { Transport } from '../transport.ts';
import { FanOutUpdate } from './fan-out-update.ts';

const SUBMITTED = { submission_id: 'a', status: 'submitted', confirmation: 'CWC-1' };
const FAILED = {
  submission_id: 'b',
  status: 'failed',
  error: 'No.',
  error_code: 'Vacant',
  error_details: '404',
};

const versions = ({ rows }: FanOutUpdate): number[] => rows.map(({ version }) => version);

describe('what is said of a recipient', () => {
  test('is kept, and the others stay as they are', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'] });
    await fanOut.report([SUBMITTED, FAILED]);
    expect(fanOut.row('a')).toMatchObject({
      status: 'submitted',
      confirmation: 'CWC-1',
      submitted_at: '2026-11-21T12:01:00.000Z',
      version: 2,
    });
    expect(fanOut.row('b')).toMatchObject({
      status: 'failed',
      error: { code: 'Vacant', category: 'WORKER_ERROR', message: 'No.', details: '404' },
    });
    expect(fanOut.row('b')).not.toHaveProperty('submitted_at');
    expect(fanOut.row('c')).toMatchObject({ status: 'queued', version: 1 });
  });

  test('has the category that the text of its failure suggests', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    await fanOut.report([{ submission_id: 'a', status: 'failed', error_details: 'connect ECONNREFUSED' }]);
    expect(fanOut.row('a')?.error).toMatchObject({ code: 'external_failure', category: 'QUEUE_ERROR' });
  });

  test('is dated by its worker, in whatever offset', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    await fanOut.report([{ ...SUBMITTED, submitted_at: '2025-09-30T11:30:00+02:00' }]);
    expect(fanOut.row('a')?.submitted_at).toBe('2025-09-30T09:30:00.000Z');
  });

  test('goes from one open status to any other, and leaves nothing of before', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    const say = async (result: object) => {
      await fanOut.report([{ submission_id: 'a', ...result }]);
      return fanOut.row('a');
    };
    const due = '2026-11-21T12:05:00.000Z';
    expect(await say({ status: 'rate_limited', next_retry_at: due, error: 'Slower.' })).toMatchObject({
      status: 'rate_limited',
      next_retry_at: due,
      error: { message: 'Slower.' },
    });
    const taken = await say({ status: 'processing' });
    expect(taken).toMatchObject({ status: 'processing' });
    for (const name of ['next_retry_at', 'error']) expect(taken).not.toHaveProperty(name);
    expect(await say({ status: 'queued' })).toMatchObject({ status: 'queued' });
    const wait = await say({ status: 'rate_limited', error: 'Slower.' });
    expect(wait).toMatchObject({ status: 'rate_limited' });
    expect(await say({ status: 'rate_limited', error: 'Slower.', next_retry_at: due })).toMatchObject({
      next_retry_at: due,
    });
    const done = await say({ status: 'submitted' });
    expect(done).toMatchObject({ status: 'submitted' });
    for (const name of ['next_retry_at', 'error']) expect(done).not.toHaveProperty(name);
  });

  test('said again writes nothing', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'] });
    const results = [SUBMITTED, FAILED, { submission_id: 'c', status: 'processing' }];
    await fanOut.report(results);
    const before = versions(fanOut);
    const { version } = fanOut.store.assembly;
    fanOut.time = new Date('2026-11-21T12:09:00.000Z');
    await fanOut.report(results);
    await fanOut.report(results.toReversed());
    expect(versions(fanOut)).toEqual(before);
    expect(fanOut.store.assembly.version).toBe(version);
  });

  test('comes late and takes nothing back', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'] });
    await fanOut.report([SUBMITTED, FAILED]);
    const before = fanOut.rows;
    for (const status of ['queued', 'processing', 'rate_limited'])
      await fanOut.report(['a', 'b'].map((submission_id) => ({ submission_id, status })));
    expect(fanOut.rows).toEqual(before);
  });

  test('is filled in where the first word left it out', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    await fanOut.report([{ submission_id: 'a', status: 'submitted' }]);
    await fanOut.report([SUBMITTED]);
    expect(fanOut.row('a')).toMatchObject({ confirmation: 'CWC-1', version: 3 });
    await fanOut.report([{ submission_id: 'a', status: 'submitted' }]);
    expect(fanOut.row('a')).toMatchObject({ confirmation: 'CWC-1', version: 3 });
  });

  test.each<[string, object, object]>([
    ['failed after submitted', SUBMITTED, { submission_id: 'a', status: 'failed' }],
    ['submitted after failed', FAILED, { submission_id: 'b', status: 'submitted' }],
    ['another confirmation', SUBMITTED, { ...SUBMITTED, confirmation: 'CWC-2' }],
    ['another error', FAILED, { ...FAILED, error: 'Yes.' }],
    [
      'another time',
      { ...SUBMITTED, submitted_at: '2025-09-30T09:30:00Z' },
      { ...SUBMITTED, submitted_at: '2025-09-30T09:31:00Z' },
    ],
  ])('and contradicts itself: %s', async (_, first, second) => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'] });
    await fanOut.report([first]);
    const before = fanOut.rows;
    await expect(fanOut.report([second])).rejects.toMatchObject({
      code: 'illegal_transition',
      errors: [{ pointer: '/submission_results/0' }],
      current: { status: 'processing' },
    });
    expect(fanOut.rows).toEqual(before);
  });

  test('of a stranger is refused by its place, and all others are taken', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'] });
    const results = [
      { submission_id: 'x', status: 'submitted' },
      SUBMITTED,
      { submission_id: 'A', status: 'failed' },
      FAILED,
    ];
    await expect(fanOut.report(results)).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/submission_results/0' }, { pointer: '/submission_results/2' }],
    });
    expect(fanOut.rows.map(({ submission_id, status }) => [submission_id, status])).toEqual([
      ['a', 'submitted'],
      ['b', 'failed'],
      ['c', 'queued'],
    ]);
  });
});

describe('before the submissions have their rows', () => {
  test('it is taken all the same, and the expansion finds it', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b', 'c'], expanded: false });
    await fanOut.report([SUBMITTED, { submission_id: 'c', status: 'processing' }]);
    expect(
      fanOut.rows.map(({ submission_id, position, status, recipient }) => [
        submission_id,
        position,
        status,
        recipient,
      ]),
    ).toEqual([
      ['a', 0, 'submitted', { id: 'a', name: 'Of a' }],
      ['c', 2, 'processing', { id: 'c', name: 'Of c' }],
    ]);
    const before = fanOut.row('a');
    await fanOut.expand();
    expect(fanOut.row('a')).toEqual(before);
    expect(fanOut.row('b')).toMatchObject({ status: 'queued', position: 1 });
  });

  test('a stranger is refused', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'], expanded: false });
    await expect(fanOut.report([{ submission_id: 'x', status: 'failed' }])).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/submission_results/0' }],
    });
    expect(fanOut.rows).toEqual([]);
  });

  test('all of them do not end it: our worker has still to come', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'], expanded: false });
    expect(await fanOut.report([SUBMITTED], 'completed')).toMatchObject({ status: 'queued' });
    await fanOut.expand();
    expect(await fanOut.say({ status: 'completed' })).toMatchObject({ status: 'completed' });
  });

  test('what is left of an assembly that expired is nobody’s', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    await fanOut.report([{ ...SUBMITTED, confirmation: 'OLD' }]);
    const created_at = '2026-12-31T00:00:00.000Z';
    fanOut.store.assembly = {
      ...fanOut.store.assembly,
      created_at,
      status: 'queued',
      expanded_at: undefined,
    };
    await fanOut.report([SUBMITTED]);
    expect(fanOut.row('a')).toMatchObject({ assembly_created_at: created_at, confirmation: 'CWC-1' });
  });
});

describe('the assembly', () => {
  test.each<[string, readonly string[], object]>([
    ['completed', ['submitted', 'submitted'], { status: 'completed', progress: 100 }],
    ['partial', ['submitted', 'failed'], { status: 'partial', progress: 100 }],
    ['failed', ['failed', 'failed'], { status: 'failed', error: { code: 'submissions_failed' } }],
  ])('has %s when its submissions are %j, whatever the update calls it', async (_, statuses, end) => {
    for (const word of ['completed', 'partial', 'failed']) {
      const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
      const results = statuses.map((status, index) => ({ submission_id: 'ab'[index], status }));
      expect(await fanOut.report(results, word)).toMatchObject(end);
    }
  });

  test.each(['completed', 'partial', 'failed'])(
    'stays in work at the word %s while one is open',
    async (word) => {
      const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
      expect(await fanOut.report([SUBMITTED], word)).toMatchObject({
        status: 'processing',
        progress: 50,
        submission_counts: { submitted: 1, queued: 1 },
      });
      expect(await fanOut.say({ status: word })).toMatchObject({ status: 'processing' });
    },
  );

  test('says what its worker does', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    const said = await fanOut.say({ status: 'processing', progress_message: 'At the second' });
    expect(said).toMatchObject({ progress_message: 'At the second' });
    expect(await fanOut.say({ status: 'processing', progress_message: 'At the second' })).toMatchObject({
      version: said.version,
    });
  });

  test('takes no progress and no result: they follow from the submissions', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    await expect(fanOut.say({ status: 'processing', progress: 5 })).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/progress' }],
    });
    await expect(
      fanOut.say({ status: 'completed', result: 1, progress: 5, submission_results: [SUBMITTED] }),
    ).rejects.toMatchObject({ errors: [{ pointer: '/progress' }, { pointer: '/result' }] });
    expect(fanOut.row('a')).toMatchObject({ status: 'queued' });
  });

  test('without recipients takes no results', async () => {
    const fanOut = await FanOutUpdate.of({ ids: [], attributes: { submission_count: undefined } });
    await expect(fanOut.report([SUBMITTED])).rejects.toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer: '/submission_results' }],
    });
  });

  test.each([{ attempt: 2 }, { claim: 0 }, { claim: 2 }])('refuses who speaks under %j', async (fence) => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    await expect(
      fanOut.say({ status: 'completed', submission_results: [SUBMITTED], ...fence }),
    ).rejects.toMatchObject({ code: 'stale_update', members: { claim: 1 } });
    expect(fanOut.row('a')).toMatchObject({ status: 'queued' });
    await fanOut.say({ status: 'completed', submission_results: [SUBMITTED], attempt: 1, claim: 1 });
    expect(fanOut.store.assembly.status).toBe('completed');
  });

  test('that is gone is not found', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a'] });
    await fanOut.report([SUBMITTED], 'completed');
    fanOut.store.assembly = { ...fanOut.store.assembly, expires_at: epochSeconds(fanOut.time) };
    for (const body of [{ status: 'completed' }, { status: 'completed', submission_results: [SUBMITTED] }])
      await expect(fanOut.say(body)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('after the end', () => {
  const endedOne = async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    await fanOut.report([SUBMITTED, FAILED], 'completed');
    expect(fanOut.store.assembly.status).toBe('partial');
    return fanOut;
  };

  test('what is known may be said again', async () => {
    const fanOut = await endedOne();
    const { assembly, rows } = { assembly: fanOut.store.assembly, rows: fanOut.rows };
    for (const results of [[SUBMITTED, FAILED], [FAILED], [{ submission_id: 'a', status: 'processing' }], []])
      for (const status of ['processing', 'completed', 'failed'])
        expect(await fanOut.report(results, status)).toEqual(assembly);
    expect(fanOut.rows).toEqual(rows);
  });

  test.each<[string, object]>([
    ['another end', { submission_id: 'a', status: 'failed' }],
    ['another confirmation', { ...SUBMITTED, confirmation: 'CWC-2' }],
    ['what was left out', { ...SUBMITTED, submitted_at: '2025-09-30T09:30:00Z' }],
    ['a stranger', { submission_id: 'x', status: 'submitted' }],
  ])('%s is refused', async (_, result) => {
    const fanOut = await endedOne();
    const { rows } = fanOut;
    await expect(fanOut.report([SUBMITTED, result].slice(-1))).rejects.toMatchObject({
      code: 'already_ended',
      current: { status: 'partial' },
    });
    expect(fanOut.rows).toEqual(rows);
  });

  test('by a cancel every worker hears of it, whatever it says', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    await fanOut.report([SUBMITTED]);
    fanOut.store.assembly = { ...fanOut.store.assembly, status: 'canceled' };
    for (const results of [[SUBMITTED], [FAILED], []])
      await expect(fanOut.report(results)).rejects.toMatchObject({
        code: 'already_ended',
        current: { status: 'canceled' },
      });
    expect(fanOut.row('b')).toMatchObject({ status: 'queued' });
  });

  test('by its deadline who is still at work hears of it', async () => {
    const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
    const still = { submission_id: 'b', status: 'processing' };
    await fanOut.report([SUBMITTED, still]);
    fanOut.store.assembly = { ...fanOut.store.assembly, status: 'partial' };
    expect(await fanOut.report([SUBMITTED])).toMatchObject({ status: 'partial' });
    await expect(fanOut.report([still])).rejects.toMatchObject({ code: 'already_ended' });
  });
});

test('a new attempt takes what is said of those that failed before, and leaves those that were submitted', async () => {
  const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
  await fanOut.report([SUBMITTED, FAILED], 'completed');
  fanOut.store.assembly = {
    ...fanOut.store.assembly,
    status: 'processing',
    attempt: 2,
    claim: 2,
    error: undefined,
  };
  await fanOut.report([SUBMITTED]);
  expect(fanOut.row('a')).toMatchObject({ attempt: 1, version: 2 });
  const end = await fanOut.report([{ submission_id: 'b', status: 'submitted' }], 'completed');
  expect(end).toMatchObject({ status: 'completed', attempt: 2 });
  expect(fanOut.row('b')).toMatchObject({ status: 'submitted', attempt: 2 });
  expect(fanOut.row('b')).not.toHaveProperty('error');
});

test('a new attempt takes what is said of those that were open before, as of its own', async () => {
  const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
  await fanOut.report([{ submission_id: 'b', status: 'processing' }]);
  fanOut.store.assembly = { ...fanOut.store.assembly, attempt: 2, claim: 2 };
  await fanOut.report([{ submission_id: 'a', status: 'processing' }, FAILED]);
  expect(fanOut.row('a')).toMatchObject({ status: 'processing', attempt: 2 });
  expect(fanOut.row('b')).toMatchObject({ status: 'failed', attempt: 2 });
});

test('what is said while a new attempt begins is no word about that one', async () => {
  let update: FanOutUpdate | undefined;
  const transport: Transport = async (call, operation) => {
    // The first write of the update comes too late: the attempt that it speaks of is over, and its submission queued again.
    if (call === 'submissions.change' && update) {
      const { submissions, store, time } = update;
      const [row] = submissions.table.of(store.assembly.assembly_id);
      store.assembly = { ...store.assembly, attempt: 2, version: store.assembly.version + 1 };
      update = undefined;
      if (row)
        submissions.table.update(
          row,
          { from: [row.status], set: { status: 'queued', attempt: 2 } },
          { writer: 'worker', now: time },
        );
    }
    return operation();
  };
  const made = await FanOutUpdate.of({ ids: ['a'], transport });
  update = made;
  const said = made.say({
    status: 'processing',
    attempt: 1,
    submission_results: [{ submission_id: 'a', status: 'failed' }],
  });
  await expect(said).rejects.toMatchObject({ code: 'stale_update', current: { attempt: 2 } });
  expect(made.submissions.table.of(made.store.assembly.assembly_id)).toMatchObject([
    { status: 'queued', attempt: 2 },
  ]);
});

test('results are refused as one where one has not the documented form', async () => {
  const fanOut = await FanOutUpdate.of({ ids: ['a', 'b'] });
  expect(() => fanOut.report([SUBMITTED, { submission_id: 'b', status: 'sent' }])).toThrow();
  expect(fanOut.row('a')).toMatchObject({ status: 'queued' });
});
