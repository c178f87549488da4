import { assemblyStatus } from '../../lib/domain/assembly-status.ts';
import { ended, localWaybill, newUser, submit } from '../local-cloud.ts';
import { externalAssembly, statusForMachine, update, writeMarks } from './assembly-probe.ts';
import { type Expected, expectProblem } from './expect-problem.ts';
import { sendBytes } from './send-bytes.ts';

const user = newUser();
const KB = 1024;

interface Row extends Expected {
  readonly what: string;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

const refuse = (group: string, rows: readonly Row[]): void =>
  describe(group, () => {
    test.each(rows)('$what → $status $code', async ({ body, headers, ...expected }) => {
      const id = await externalAssembly(user);
      expectProblem(await update(id, body, headers), expected);
      expect(await writeMarks(id)).toMatchObject({ version: 1 });
    });
  });

const invalid = (body: object, ...pointers: string[]): Row => ({
  what: JSON.stringify(body).slice(0, 100),
  body,
  status: 400,
  code: 'invalid_request',
  pointers,
});
const processing = (changes: object, ...pointers: string[]): Row =>
  invalid({ status: 'processing', ...changes }, ...pointers);
const failed = (changes: object, ...pointers: string[]): Row =>
  invalid({ status: 'failed', ...changes }, ...pointers);
const completed = (changes: object, ...pointers: string[]): Row =>
  invalid({ status: 'completed', ...changes }, ...pointers);
const raw = (what: string, body: string, code: string, pointers?: string[]): Row => ({
  what,
  body,
  status: 400,
  code,
  ...(pointers && { pointers }),
});

refuse('a body that is no update', [
  raw('nothing', '', 'malformed_json'),
  raw('an open brace', '{"status":', 'malformed_json'),
  raw('__proto__', '{"status":"processing","__proto__":{"progress":50}}', 'malformed_json'),
  raw('constructor.prototype', '{"status":"processing","constructor":{"prototype":{}}}', 'malformed_json'),
  raw('null', 'null', 'invalid_request', ['']),
  raw('an array', '[{"status":"completed"}]', 'invalid_request', ['']),
  raw('a string', '"completed"', 'invalid_request', ['']),
  raw('a number', '100', 'invalid_request', ['']),
  raw('an empty object', '{}', 'invalid_request', ['/status']),
  raw('progress 1e400', '{"status":"processing","progress":1e400}', 'invalid_request', ['/progress']),
  raw('a result beyond 2^53', '{"status":"completed","result":{"n":9007199254740993}}', 'invalid_request', [
    '/result/n',
  ]),
  raw('a result of 1e400', '{"status":"completed","result":1e400}', 'invalid_request', ['/result']),
  raw('a result with a lone surrogate', '{"status":"completed","result":["\\ud800"]}', 'invalid_request', [
    '/result/0',
  ]),
  raw(
    'a result 65 levels deep',
    `{"status":"completed","result":${'['.repeat(65)}${']'.repeat(65)}}`,
    'invalid_request',
  ),
  raw(
    'a result 100,000 levels deep',
    `{"status":"completed","result":${'['.repeat(100_000)}`,
    'malformed_json',
  ),
  {
    what: 'text',
    body: '{"status":"completed"}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a body over 5.5 MB',
    body: '{"status":"completed"}'.padEnd(5.5 * KB * KB + 1),
    status: 413,
    code: 'payload_too_large',
  },
  {
    what: 'a result of 32 KB and a byte',
    body: { status: 'completed', result: 'x'.repeat(32 * KB - 1) },
    status: 413,
    code: 'payload_too_large',
    pointers: ['/result'],
  },
  {
    what: 'a result of few characters and many bytes',
    body: { status: 'completed', result: { text: '船'.repeat(12_000) } },
    status: 413,
    code: 'payload_too_large',
    pointers: ['/result'],
  },
]);

refuse(
  'a status that no worker can report',
  [
    'canceled',
    'queued',
    'uploading',
    'done',
    'COMPLETED',
    'completed ',
    '',
    'constructor',
    null,
    1,
    true,
    ['completed'],
    {},
  ].map((status) => invalid({ status }, '/status')),
);

refuse('values out of bounds', [
  ...[-1, -0.001, 100.001, 101, '50', null, true, [50], {}].map((progress) =>
    processing({ progress }, '/progress'),
  ),
  ...['', 'x'.repeat(1_001), '\ud800', 7, null, ['x']].map((progress_message) =>
    processing({ progress_message }, '/progress_message'),
  ),
  ...['', 'x'.repeat(1_001), 7, null, { message: 'x' }].map((error) => failed({ error }, '/error')),
  ...['', '1st', 'two words', 'é', '__proto__', 'x'.repeat(65), 7, null].map((error_code) =>
    failed({ error_code }, '/error_code'),
  ),
  ...['', 'OTHER_ERROR', 'worker_error', 'constructor', 7, null].map((error_category) =>
    failed({ error_category }, '/error_category'),
  ),
  ...['false', 0, null].map((retryable) => failed({ retryable }, '/retryable')),
  ...['x'.repeat(2_001), '\udc00', 7, null, {}].map((error_details) =>
    failed({ error_details }, '/error_details'),
  ),
  ...[0, -1, 1.5, '1', null, 2 ** 53].map((attempt) => processing({ attempt }, '/attempt')),
  ...[-1, 0.5, '0', null, true].map((claim) => processing({ claim }, '/claim')),
  ...[
    '',
    'yesterday',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-02-30T00:00:00Z',
    '2026-01-01T24:00:01Z',
    '2026-01-01T00:00:00+25:00',
    '01/02/2026',
    'Thu, 01 Jan 2026 00:00:00 GMT',
    1_767_225_600,
    null,
  ].map((completed_at) => completed({ completed_at }, '/completed_at')),
  { ...completed({ completedAt: 'yesterday' }), pointers: undefined },
  { ...processing({ progressMessage: 7 }), pointers: undefined },
]);

refuse('what does not go with the status', [
  failed({ result: { words: 1 } }, '/result'),
  failed({ result: null }, '/result'),
  ...['processing', 'completed', 'partial'].flatMap((status) => [
    invalid({ status, error: 'It broke.' }, '/error'),
    { ...invalid({ status, error_code: 'broken' }), pointers: undefined },
    { ...invalid({ status, errorCode: 'broken' }), pointers: undefined },
  ]),
]);

refuse(
  'members that an update does not have',
  [
    'version',
    'assembly_id',
    'user_id',
    'template_id',
    'last_writer',
    'external',
    'retry_count',
    'ok',
    'Status',
    '',
  ].map((name) => completed({ [name]: 'x' }, `/${name}`)),
);

describe('an update of an assembly that is not at that point', () => {
  const refused = async (id: string, body: object, code: string): Promise<void> => {
    const before = await statusForMachine(id);
    const answer = await update(id, body);
    expectProblem(answer, { status: 409, code });
    const current = assemblyStatus.parse(answer.json.current);
    const shown = ({ execution_duration, duration_ms, ...rest }: typeof before) => rest;
    expect(shown(current)).toEqual(shown(before));
    expect(await writeMarks(id)).toEqual({ version: before.version, updated_at: before.updated_at });
  };

  const inStatus = async (...updates: readonly object[]): Promise<string> => {
    const id = await externalAssembly(user);
    for (const body of updates) expect((await update(id, body)).status).toBe(200);
    return id;
  };

  test.each([
    ['an attempt that was never begun', { attempt: 2 }],
    ['a claim that was never taken', { claim: 1 }],
    ['a claim that is far off', { claim: Number.MAX_SAFE_INTEGER }],
    ['the right attempt and a wrong claim', { attempt: 1, claim: 9 }],
  ])('%s is stale', async (_, fence) => {
    await refused(await inStatus(), { status: 'processing', ...fence }, 'stale_update');
  });

  test.each(['processing', 'completed', 'failed'])(
    '%s under the claim from before the work began is stale',
    async (status) => {
      const id = await inStatus({ status: 'processing', claim: 0, attempt: 1 });
      await refused(id, { status, claim: 0, progress: 50 }, 'stale_update');
    },
  );

  test('an update of the first attempt is stale in the second', async () => {
    const request = { template_id: 'human-review', fields: { title: newUser() } };
    const id = (await submit(user, request)).json.assembly_id;
    await update(id, { status: 'failed', attempt: 1 });
    expect((await submit(user, request)).json).toMatchObject({ restarted: true, attempt: 2 });
    await refused(id, { status: 'completed', attempt: 1 }, 'stale_update');
    await refused(id, { status: 'failed', attempt: 1 }, 'stale_update');
  });

  const COMPLETED = { status: 'completed', result: { words: 3 } };
  const PARTIAL = { status: 'partial', result: { words: 2 } };
  const FAILED = { status: 'failed', error: 'It broke.', error_code: 'broken' };
  const late = (end: object, other: object) => ({ end, other, what: JSON.stringify(other) });

  test.each([
    late(COMPLETED, { status: 'processing' }),
    late(COMPLETED, { status: 'processing', progress: 10 }),
    late(COMPLETED, { status: 'partial' }),
    late(COMPLETED, { status: 'failed' }),
    late(COMPLETED, { ...COMPLETED, result: { words: 4 } }),
    late(COMPLETED, { ...COMPLETED, progress_message: 'Late.' }),
    late(PARTIAL, { status: 'completed' }),
    late(PARTIAL, { status: 'failed' }),
    late(PARTIAL, { ...PARTIAL, result: { words: 4 } }),
    late(FAILED, { status: 'processing' }),
    late(FAILED, { status: 'completed' }),
    late(FAILED, { status: 'partial' }),
    late(FAILED, { ...FAILED, error: 'It broke again.' }),
    late(FAILED, { ...FAILED, error_details: 'at line 1' }),
  ])('after $end.status, $what comes too late', async ({ end, other }) => {
    await refused(await inStatus({ status: 'processing' }, end), other, 'already_ended');
  });

  test('after partial, processing comes too late', async () => {
    await refused(
      await inStatus({ status: 'processing' }, PARTIAL),
      { status: 'processing' },
      'already_ended',
    );
  });

  test('an assembly of our own worker takes no updates', async () => {
    const { json } = await submit(user, { template_id: 'text-statistics', fields: { text: newUser() } });
    const { version } = await ended(user, json.assembly_id);
    for (const status of ['processing', 'completed', 'failed'])
      expectProblem(await update(json.assembly_id, { status }), { status: 409, code: 'not_external' });
    expect(await writeMarks(json.assembly_id)).toMatchObject({ version });
  });
});

describe('the same update again', () => {
  test.each<[string, object]>([
    ['processing', { status: 'processing' }],
    ['processing with progress', { status: 'processing', progress: 40, progress_message: 'Reading' }],
    ['completed', { status: 'completed', result: { words: 3, terms: [] } }],
    [
      'completed, in camelCase',
      { status: 'completed', progressMessage: 'Done.', completedAt: '2026-01-01T00:00:00Z' },
    ],
    ['partial', { status: 'partial', result: null }],
    ['failed', { status: 'failed' }],
    [
      'failed with all that it can say',
      {
        status: 'failed',
        error: 'It broke.',
        errorCode: 'Broken.Hard',
        errorCategory: 'FILE_ERROR',
        errorDetails: 'raw',
        progress: 70,
      },
    ],
  ])('is 200 and no new version: %s', async (_, body) => {
    const id = await externalAssembly(user);
    const first = await update(id, body);
    expect([first.status, first.json.version]).toEqual([200, 2]);
    for (let time = 0; time < 2; time++) {
      const again = await update(id, body);
      expect([again.status, again.json.version, again.json.claim]).toEqual([200, 2, first.json.claim]);
    }
  });

  test('with less progress than there is changes nothing', async () => {
    const id = await externalAssembly(user);
    await update(id, { status: 'processing', progress: 60 });
    const { status, json } = await update(id, { status: 'processing', progress: 20 });
    expect([status, json.version, json.progress]).toEqual([200, 2, 60]);
  });
});

describe('what only looks bad is accepted', () => {
  test('a result of exactly 32 KB', async () => {
    const result = 'x'.repeat(32 * KB - 2);
    const { status, json } = await update(await externalAssembly(user), { status: 'completed', result });
    expect([status, json.result]).toEqual([200, result]);
  });

  test('values at their bounds', async () => {
    const id = await externalAssembly(user);
    const body = {
      status: 'processing',
      progress: 100,
      progress_message: 'x'.repeat(1_000),
      attempt: 1,
      claim: 0,
    };
    expect((await update(id, body)).json).toMatchObject({ status: 'processing', progress: 100, claim: 1 });
  });

  test('duplicate keys, of which the last counts', async () => {
    const body = '{"status":"failed","status":"completed","progress":"x","progress":5}';
    expect((await update(await externalAssembly(user), body)).json).toMatchObject({ status: 'completed' });
  });

  test('a status that is sent with the wrong secret first', async () => {
    const id = await externalAssembly(user);
    const headers = { 'content-type': 'application/json', 'x-webhook-secret': localWaybill().read_secret };
    const answer = await sendBytes(`/assemblies/${id}/status`, { headers, body: '{"status":"completed"}' });
    expect(answer.status).toBe(401);
    expect((await update(id, { status: 'completed' })).status).toBe(200);
  });
});

describe('odd values', () => {
  test('names of Object.prototype are named as they were sent', async () => {
    expectProblem(
      await update(await externalAssembly(user), { status: 'processing', constructor: 1, toString: 2 }),
      {
        status: 400,
        code: 'invalid_request',
        pointers: ['/constructor', '/toString'],
      },
    );
  });

  test.each(['constructor', 'hasOwnProperty', 'toString', 'valueOf', 'isPrototypeOf'])(
    'the error code %s is one like any other',
    async (error_code) => {
      const { json } = await update(await externalAssembly(user), { status: 'failed', error_code });
      expect(json).toMatchObject({
        status: 'failed',
        error: expect.stringMatching(/^The .+\.$/),
        error_code,
      });
    },
  );

  test.each(['step_failed', 'template_missing', 'result_too_large'])(
    'the error code %s of an external worker makes a whole sentence',
    async (error_code) => {
      const { json } = await update(await externalAssembly(user), { status: 'failed', error_code });
      expect(json.error).not.toContain('undefined');
    },
  );

  test.each(['9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59'])(
    'completed_at %s leaves a status that has its documented form',
    async (completed_at) => {
      const id = await externalAssembly(user);
      await update(id, { status: 'completed', completed_at });
      assemblyStatus.parse(await statusForMachine(id));
    },
  );

  test.each(['error_details', 'error_category'])('%s with completed is refused, not lost', async (name) => {
    const body = { status: 'completed', [name]: 'WORKER_ERROR' };
    expect((await update(await externalAssembly(user), body)).status).toBe(400);
  });
});

test.each([5e-324, 1e-131, 4e-7])('progress %d is as good as none', async (progress) => {
  const id = await externalAssembly(user);
  const { status, json } = await update(id, { status: 'processing', progress });
  expect([status, json.progress]).toEqual([200, 0]);
});
