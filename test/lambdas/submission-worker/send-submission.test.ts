import * as z from 'zod';
import { RateLimitedError, StepError, ValidationError } from '../../../lib/domain/assembly-error.ts';
import { idempotencyKey } from '../../../lib/domain/idempotency-key.ts';
import type { SendContext } from '../../../lib/domain/template.ts';
import { epochIn, inSeconds, LEASE_SECONDS, NOW, SEND_SECONDS, submissionWorker } from './run-submission.ts';

const throwing = (error: unknown) => async () => {
  throw error;
};
const LOST = { status: 'processing', lease_until: epochIn(0) } as const;
const FOR_GOOD = { retryable: false } as const;

describe('what became of a call is written', () => {
  test('submitted, with the proof', async () => {
    const { run, row } = await submissionWorker({
      row: { error: { code: 'old', category: 'WORKER_ERROR' }, next_retry_at: inSeconds(0), has_turn: true },
    });
    expect(await run()).toBe('submitted');
    expect(row()).toMatchObject({
      status: 'submitted',
      confirmation: 'c-1',
      submitted_at: NOW.toISOString(),
      version: 3,
    });
    for (const name of ['error', 'lease_until', 'next_retry_at', 'has_turn'])
      expect(row()).not.toHaveProperty(name);
  });

  test('failed at once, where no other try can help', async () => {
    const { run, row } = await submissionWorker({
      send: throwing(new ValidationError('no_address', 'None')),
    });
    expect(await run()).toBe('failed');
    expect(row()).toMatchObject({ error: { code: 'no_address', retryable: false }, retry_count: 0 });
    expect(row()).not.toHaveProperty('lease_until');
  });

  test('queued again after an error that may pass, each time for longer, and failed in the end', async () => {
    const { run, row, clock } = await submissionWorker({ send: throwing(new Error('ECONNRESET')) });
    expect(await run()).toBe('queued');
    expect(row()).toMatchObject({
      retry_count: 1,
      next_retry_at: inSeconds(10),
      error: { code: 'step_failed', details: 'Error: ECONNRESET' },
    });
    expect(row()).not.toHaveProperty('lease_until');
    await clock.advance(10_000);
    expect([await run(), row().next_retry_at]).toEqual(['queued', inSeconds(30)]);
    await clock.advance(20_000);
    expect([await run(), row().retry_count]).toEqual(['failed', 2]);
    expect(row()).not.toHaveProperty('next_retry_at');
  });

  test.each([
    ['ENOENT: no such file', 'file_unreadable', 'FILE_ERROR'],
    ['Validation failed', 'data_invalid', 'VALIDATION_ERROR'],
    ['Network is down', 'connection_failed', 'QUEUE_ERROR'],
  ])('told by the text of an error that nobody named, and tried again: %s', async (text, code, category) => {
    const { run, row } = await submissionWorker({ send: throwing(new Error(text)) });
    expect(await run()).toBe('queued');
    expect(row()).toMatchObject({ retry_count: 1, error: { code, category } });
  });

  test.each([
    [120, 120],
    [0, 1],
    [-5, 1],
    [0.2, 1],
    [1.5, 2],
    [1e9, 86_400],
    [Number.POSITIVE_INFINITY, 86_400],
    [undefined, 5],
    [Number.NaN, 5],
  ])(
    'rate_limited where the receiver asks to wait for %p s: %d s later, and no retry is spent',
    async (told, waited) => {
      const { run, row } = await submissionWorker({ send: throwing(new RateLimitedError(told)) });
      expect(await run()).toBe('rate_limited');
      expect(row()).toMatchObject({
        next_retry_at: inSeconds(waited),
        retry_count: 0,
        error: { code: 'rate_limited' },
      });
      for (const name of ['lease_until', 'has_turn']) expect(row()).not.toHaveProperty(name);
    },
  );

  test('failed where the receiver asks to wait for more than a day in all', async () => {
    const { run, row, clock } = await submissionWorker({ send: throwing(new RateLimitedError(3_600)) });
    for (let hour = 0; hour < 25; hour++) {
      expect([hour, await run()]).toEqual([hour, 'rate_limited']);
      await clock.advance(3_600_000);
    }
    expect(await run()).toBe('failed');
    expect(row()).toMatchObject({ error: { code: 'waited_too_long', params: { hours: 24 } } });
    expect(row()).not.toHaveProperty('asked_to_wait_at');
  });

  test('where nobody says how long, it waits longer each time', async () => {
    const { run, row, clock } = await submissionWorker({ send: throwing(new RateLimitedError()) });
    const waits: number[] = [];
    for (let round = 0; round < 20; round++) {
      await run();
      const wait = Date.parse(row().next_retry_at ?? '') - clock.now().getTime();
      waits.push(wait / 1000);
      await clock.advance(wait);
    }
    expect(waits.slice(0, 5)).toEqual([5, 5, 5, 8, 12]);
    expect(Math.max(...waits)).toBe(900);
  });

  test.each([
    ['nothing', undefined, undefined],
    ['a long name', { confirmation: `${'x'.repeat(199)}😀` }, `${'x'.repeat(199)}\uFFFD`],
    ['a number, as JSON has them', { confirmation: 7 }, '7'],
    ['an object, which says nothing', { confirmation: { id: 1 } }, undefined],
    ['null for all of it', null, undefined],
  ])('a receipt with %s', async (_, receipt, confirmation) => {
    const { run, row } = await submissionWorker({ send: (async () => receipt) as never });
    expect([await run(), row().confirmation]).toEqual(['submitted', confirmation]);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'no'],
    ['what cannot be shown', Object.create(null)],
    ['an error without end', new Error('x'.repeat(100_000))],
    ['half a character', new Error(`${'x'.repeat(192)}😀`)],
  ])('a call that throws %s is tried again', async (_, thrown) => {
    const { run, row } = await submissionWorker({ send: throwing(thrown) });
    expect(await run()).toBe('queued');
    const { details = '' } = row().error ?? {};
    expect([details.length <= 200, details.isWellFormed()]).toEqual([true, true]);
  });

  test('a call that throws before it returns a promise, too', async () => {
    const { run } = await submissionWorker({
      send: () => {
        throw new Error('at once');
      },
    });
    expect(await run()).toBe('queued');
  });

  test('lost, where somebody else has taken the submission meanwhile', async () => {
    const { run, row, submissions, message } = await submissionWorker({
      send: async () => {
        const set = { status: 'queued', attempt: 2 } as const;
        await submissions.change(message, { from: ['processing'], set }, NOW);
        return {};
      },
    });
    expect([await run(), row().status, row().attempt]).toEqual(['lost', 'queued', 2]);
  });

  test('submitted, though it was canceled while it was on its way', async () => {
    const { run, assemblies } = await submissionWorker({
      send: async () => {
        await assemblies.change(
          assemblies.assembly.assembly_id,
          { owner: { user_id: 'user-1' }, set: { status: 'canceled' } },
          NOW,
        );
        return {};
      },
    });
    expect(await run()).toBe('submitted');
  });
});

test('a call is given its recipient, the key, the configuration and who it is', async () => {
  const given: SendContext[] = [];
  const { run, row } = await submissionWorker({
    row: { submission_id: 'bob', position: 1, attempt: 3 },
    assembly: { attempt: 3 },
    config: z.object({ url: z.string() }) as z.ZodType,
    configs: { 'test-template': { url: 'https://a' }, other: 1 },
    send: async (context) => void given.push(context) as undefined,
  });
  const key = idempotencyKey(row());
  expect(await run()).toBe('submitted');
  expect(given).toEqual([
    {
      assemblyId: row().assembly_id,
      submissionId: 'bob',
      attempt: 3,
      recipient: { id: 'bob' },
      fields: { subject: 'Hello', recipients: [{ id: 'ada' }, { id: 'bob' }] },
      config: { url: 'https://a' },
      idempotencyKey: key,
      signal: expect.any(AbortSignal),
      log: expect.anything(),
    },
  ]);
});

describe('a call that hangs', () => {
  test('is left behind when its time is over, and its submission is tried again', async () => {
    const { run, row, clock } = await submissionWorker({ send: () => new Promise(() => {}) });
    const running = run();
    await clock.advance(SEND_SECONDS * 1000 - 1);
    expect(row()).toMatchObject({ status: 'processing', lease_until: epochIn(LEASE_SECONDS) });
    await clock.advance(1);
    expect(await running).toBe('queued');
    expect(row().error).toMatchObject({ code: 'worker_timeout' });
  });

  test('hears of it, and what it then throws does not count', async () => {
    const { run, row, clock } = await submissionWorker({
      send: ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new ValidationError('odd', 'Odd')));
        }),
    });
    const running = run();
    await clock.advance(SEND_SECONDS * 1000);
    expect([await running, row().error?.code]).toEqual(['queued', 'worker_timeout']);
  });

  test('leaves no timer where it did not hang', async () => {
    const { run, clock } = await submissionWorker();
    await run();
    expect(clock.planned).toBe(0);
  });
});

describe('a message', () => {
  test.each([
    [60, 60],
    [1.2, 2],
    [899.5, 900],
    [36_000, 900],
  ])('that comes %d s early is sent on, for %d s', async (early, delaySeconds) => {
    const { run, row, sent, message } = await submissionWorker();
    const not_before = inSeconds(early);
    expect(await run({ not_before, has_turn: true })).toBe('early');
    expect(sent).toEqual([
      { ...message, not_before, has_turn: true, delaySeconds, group: message.assembly_id },
    ]);
    expect(row().version).toBe(1);
  });

  test('that comes within a second of its time is as good as in time', async () => {
    const { run } = await submissionWorker({ row: { next_retry_at: inSeconds(0.9) } });
    expect(await run({ not_before: inSeconds(0.9) })).toBe('submitted');
  });

  test.each([
    ['of an older attempt', { attempt: 2 }, { attempt: 2 }, { attempt: 1 }],
    ['of an attempt that is not there yet', {}, {}, { attempt: 2 }],
    ['of a submission that is queued for another attempt', {}, { attempt: 2 }, { attempt: 1 }],
    ['of a canceled assembly', { status: 'canceled' }, {}, {}],
    ['of one that has ended', { status: 'partial' }, {}, {}],
    ['of one that is past its time to live', { expires_at: epochIn(0) }, {}, {}],
    ['of a submission that was sent', {}, { status: 'submitted' }, {}],
    ['of one that failed', {}, { status: 'failed' }, {}],
    ['of one that waits for another time', {}, { next_retry_at: inSeconds(2) }, {}],
    ['that somebody has in work', {}, { status: 'processing', lease_until: epochIn(1) }, {}],
    ['of nobody', {}, {}, { submission_id: 'nobody' }],
    ['of nothing', {}, {}, { assembly_id: 'nothing' }],
  ] as const)('%s is skipped', async (_, assembly, row, changes) => {
    let calls = 0;
    const worker = await submissionWorker({
      assembly,
      row,
      send: async () => void calls++ as undefined,
    });
    const before = worker.row();
    expect(await worker.run(changes)).toBe('skipped');
    expect([calls, worker.row()]).toEqual([0, before]);
  });

  test('of an older attempt of its own is one for the new attempt', async () => {
    const { run, row } = await submissionWorker({
      assembly: { attempt: 2 },
      row: { status: 'rate_limited', retry_count: 1, next_retry_at: inSeconds(60), attempt: 1 },
    });
    expect(await run({ attempt: 1 })).toBe('queued');
    expect(row()).toMatchObject({ status: 'queued', attempt: 2, retry_count: 0 });
    expect(row()).not.toHaveProperty('next_retry_at');
  });

  test('that fails while a new attempt begins is queued for that one', async () => {
    const worker = await submissionWorker({
      send: async () => {
        const { assemblies } = worker;
        const { assembly } = assemblies;
        assemblies.assembly = { ...assembly, attempt: 2, version: assembly.version + 1 };
        throw new ValidationError('message_refused', 'No.');
      },
    });
    expect(await worker.run()).toBe('failed');
    expect(worker.row()).toMatchObject({ status: 'queued', attempt: 2, retry_count: 0 });
    expect(worker.row()).not.toHaveProperty('error');
  });

  test('that comes twice at once is sent once', async () => {
    let calls = 0;
    const { run } = await submissionWorker({ send: async () => void calls++ as undefined });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => run()));
    expect([outcomes.filter((outcome) => outcome === 'submitted').length, calls]).toEqual([1, 1]);
    expect(await run()).toBe('skipped');
    expect(calls).toBe(1);
  });

  test('for an attempt younger than the copy in memory is not skipped', async () => {
    const { run, assemblies, message } = await submissionWorker({ row: { attempt: 2 } });
    expect(await run({ attempt: 1 })).toBe('skipped');
    assemblies.assembly = { ...assemblies.assembly, attempt: 2 };
    expect(await run({ attempt: message.attempt })).toBe('submitted');
  });
});

describe('after a worker that stopped', () => {
  test('the message that comes again takes over, which spends a retry', async () => {
    const { run, row } = await submissionWorker({ row: LOST });
    expect([await run(), row().retry_count]).toEqual(['submitted', 1]);
  });

  test('it fails where no retry is left, and is not sent', async () => {
    let calls = 0;
    const { run, row } = await submissionWorker({
      row: { ...LOST, retry_count: 2 },
      send: async () => void calls++ as undefined,
    });
    expect([await run(), calls]).toEqual(['failed', 0]);
    expect(row()).toMatchObject({ error: { code: 'submission_lost' }, retry_count: 2 });
  });

  test('one of many messages takes over', async () => {
    let calls = 0;
    const { run, row } = await submissionWorker({ row: LOST, send: async () => void calls++ as undefined });
    await Promise.all(Array.from({ length: 20 }, () => run()));
    expect([calls, row().retry_count, row().status]).toEqual([1, 1, 'submitted']);
  });

  test('it waits for its turn like any other, and is not left in work', async () => {
    const rateLimit = { perSecond: 0.1 };
    const { run, row, limits } = await submissionWorker({ row: LOST, rateLimit });
    await limits.reserve({ limitKey: 'test-template', perSecond: 0.1, count: 1 }, NOW);
    expect(await run()).toBe('rate_limited');
    expect(row()).toMatchObject({ next_retry_at: inSeconds(10), has_turn: true, retry_count: 1 });
    expect(row()).not.toHaveProperty('lease_until');
  });

  test('it fails where by now no try could go better', async () => {
    const { run, row } = await submissionWorker({ row: LOST, assembly: { template_id: 'former' } });
    expect([await run(), row().error?.code]).toEqual(['failed', 'template_missing']);
    expect(row()).not.toHaveProperty('lease_until');
  });
});

describe('without what a try needs', () => {
  test.each([
    ['template_missing', { assembly: { template_id: 'former' } }],
    ['fields_invalid', { assembly: { fields: { recipients: 'ada' } } }],
    ['fields_missing', { assembly: { fields: undefined } }],
    ['not_configured', { config: z.object({ url: z.string() }) as z.ZodType }],
  ])('it fails for good: %s', async (code, options) => {
    let calls = 0;
    const send = async () => void calls++ as undefined;
    const { run, row } = await submissionWorker({ ...options, send });
    expect(await run()).toBe('failed');
    expect(row().error).toMatchObject({ code, retryable: false });
    expect(calls).toBe(0);
  });

  test('a template that has no recipients any more, or somebody else’s, is missing', async () => {
    const external = { id: 'test-template', fields: z.any(), external: true, fanOut: true } as const;
    const stepped = {
      id: 'test-template',
      fields: z.any(),
      steps: [{ name: 'one', title: 'One', run: () => undefined }],
    };
    for (const template of [external, stepped]) {
      const { run, row } = await submissionWorker({ templates: [template] });
      expect([await run(), row().error?.code]).toEqual(['failed', 'template_missing']);
    }
  });

  test('what may pass brings the message again, and nothing is written', async () => {
    const unreadable = { of: () => Promise.reject(new Error('S3 is away')) };
    const { run, row } = await submissionWorker({ dependencies: { parsedFields: unreadable } });
    await expect(run()).rejects.toThrow('S3 is away');
    expect(row().version).toBe(1);
  });

  test('of a recipient that is not among the fields any more, it fails for good', async () => {
    const { run, row } = await submissionWorker({
      row: { position: 5 },
      assembly: { max_retries: 3 },
      rateLimit: { perSecond: 1 },
    });
    expect(await run()).toBe('failed');
    expect(row().error).toMatchObject({ code: 'fields_invalid', retryable: false });
  });
});

describe('with a rate limit', () => {
  const rateLimit = { perSecond: 0.1, key: ({ id }: { readonly id?: unknown }) => String(id) };

  test('a turn in more than thirty days is none', async () => {
    const { run, row } = await submissionWorker({
      rateLimit: { perSecond: 1 / 86_400 },
      dependencies: { turns: { take: async () => new Date(Date.parse(inSeconds(31 * 86_400))) } },
    });
    expect(await run()).toBe('failed');
    expect(row().error).toMatchObject({ code: 'turn_too_late', retryable: false });
  });

  test('whoever’s turn it is goes at once', async () => {
    const { run, limits } = await submissionWorker({ rateLimit });
    expect(await run()).toBe('submitted');
    expect([...limits.rows.keys()]).toEqual(['test-template:ada']);
  });

  test('another waits until then, and has the turn', async () => {
    const { run, row, limits, clock } = await submissionWorker({ rateLimit });
    await limits.reserve({ limitKey: 'test-template:ada', perSecond: 0.1, count: 1 }, NOW);
    expect(await run()).toBe('rate_limited');
    const { next_retry_at: not_before, has_turn } = row();
    expect([not_before, has_turn]).toEqual([inSeconds(10), true]);
    await clock.advance(9_500);
    const taken = { ...limits.rows.get('test-template:ada') };
    expect(await run({ not_before, has_turn })).toBe('submitted');
    expect(limits.rows.get('test-template:ada')).toEqual(taken);
  });

  test.each([
    [12_000, 'submitted', 0],
    [12_001, 'submitted', 1],
  ] as const)(
    'a turn that is used %d ms after it was given: %s, with %d turns taken anew',
    async (ms, outcome, anew) => {
      const worker = await submissionWorker({
        rateLimit,
        row: { status: 'rate_limited', next_retry_at: inSeconds(10), has_turn: true },
      });
      await worker.clock.advance(ms);
      expect(await worker.run({ not_before: inSeconds(10), has_turn: true })).toBe(outcome);
      expect(worker.limits.rows.size).toBe(anew);
    },
  );

  test('a retry has no turn of its own, and asks for one', async () => {
    const { run, limits } = await submissionWorker({ rateLimit, row: { next_retry_at: inSeconds(0) } });
    expect(await run({ not_before: inSeconds(0) })).toBe('submitted');
    expect(limits.rows.size).toBe(1);
  });

  test('a second copy of the message does not put off the first', async () => {
    const { run, row, limits } = await submissionWorker({ rateLimit });
    await limits.reserve({ limitKey: 'test-template:ada', perSecond: 0.1, count: 1 }, NOW);
    expect([await run(), await run()]).toEqual(['rate_limited', 'skipped']);
    expect(row().next_retry_at).toBe(inSeconds(10));
  });

  test('that cannot be asked brings the message again', async () => {
    const { run, row } = await submissionWorker({
      rateLimit,
      dependencies: { turns: { take: () => Promise.reject(new Error('throttled')) } },
    });
    await expect(run()).rejects.toThrow('throttled');
    expect(row().version).toBe(1);
  });
});

test('an error of its own words keeps them', async () => {
  const error = new StepError('full', 'WORKER_ERROR', { en: 'Full.', fr: 'Pleine.' }, FOR_GOOD);
  const { run, row } = await submissionWorker({ send: throwing(error) });
  await run();
  expect(row().error).toEqual({
    code: 'full',
    category: 'WORKER_ERROR',
    message: { en: 'Full.', fr: 'Pleine.' },
    retryable: false,
  });
});
