import * as fc from 'fast-check';
import { ROUTES } from '../../lib/bindings.ts';
import { ERROR_CODES } from '../../lib/domain/waybill-error.ts';
import { sampleAssembly } from '../lib/domain/sample-assembly.ts';
import { cancel, resubmit, retry, submitted } from './assembly-model.ts';
import { batchFaults, type KnownRecord } from './batch-faults.ts';
import { batchStatusFaults } from './batch-status-faults.ts';
import { FAULTS, type Fault, faultyDeployment } from './faulty-deployment.ts';
import { type Answer, fuzzFaults } from './fuzz-faults.ts';
import { listFaults } from './list-faults.ts';
import { type Model, modelCommands, Read, Submit, submission } from './model-commands.ts';
import { mutated } from './odd-json.ts';
import { CODE_STATUS, routeAnswers } from './route-answers.ts';

/**
 * What the fuzz tests would say of handlers with a fault in them: an oracle that finds nothing in these would find nothing
 * anywhere.
 */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': 'r' };

const health: Answer = {
  statusCode: 200,
  headers: { ...HEADERS, 'content-type': 'application/json' },
  body: '{"status":"ok","service":"waybill"}',
};

const problem = (status: number, code: string, more: object = {}): Answer => ({
  statusCode: status,
  headers: { ...HEADERS, 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
  body: JSON.stringify({
    type: `urn:waybill:problem:${code}`,
    title: 'A title',
    status,
    detail: 'A sentence.',
    code,
    timestamp: '2026-11-22T00:00:00.000Z',
    ...more,
  }),
});

const faultsOf = (answer: Answer, route: string): string[] =>
  fuzzFaults(answer, {
    route,
    sent: '{"what":"was sent"}',
    requestId: 'r',
    insideNames: ['Waybill-JobsTable', 'a-secret'],
    hidden: ['private-to-bob'],
  });

const HEALTH = 'GET /health';
const SUBMIT = 'POST /assemblies';

test('right answers have no fault', () => {
  expect(faultsOf(health, HEALTH)).toEqual([]);
  expect(
    faultsOf(problem(400, 'invalid_request', { errors: [{ pointer: '/a', detail: 'b' }] }), SUBMIT),
  ).toEqual([]);
});

test.each<[string, Answer, string]>([
  ['a 500', problem(500, 'internal_error'), SUBMIT],
  ['a 503 while every store answers', problem(503, 'unavailable'), SUBMIT],
  ['a status that the route does not have', problem(404, 'not_found'), SUBMIT],
  ['a success that the route does not have', { ...health, statusCode: 201 }, HEALTH],
  ['no status', { ...health, statusCode: undefined as unknown as number }, HEALTH],
  ['an unknown code', problem(400, 'oops'), SUBMIT],
  ['the code of another status', problem(400, 'not_found'), SUBMIT],
  ['a problem of another status than the answer', problem(400, 'invalid_request', { status: 401 }), SUBMIT],
  ['a text for a problem', { ...problem(400, 'invalid_request'), body: 'Bad Request' }, SUBMIT],
  ['a problem that is not declared', { ...problem(400, 'invalid_request'), headers: health.headers }, SUBMIT],
  [
    '21 places',
    problem(400, 'invalid_request', { errors: Array(21).fill({ pointer: '/a', detail: 'b' }) }),
    SUBMIT,
  ],
  [
    'a member more than documented',
    { ...health, body: '{"status":"ok","service":"waybill","pid":1}' },
    HEALTH,
  ],
  ['no body where there is one', { ...health, body: undefined }, HEALTH],
  [
    'a body that is kept',
    { ...health, headers: { ...health.headers, 'cache-control': 'max-age=60' } },
    HEALTH,
  ],
  ['the id of another request', { ...health, headers: { ...health.headers, 'x-request-id': 'q' } }, HEALTH],
  [
    'a type that is guessed',
    { ...health, headers: { ...health.headers, 'x-content-type-options': undefined } },
    HEALTH,
  ],
  [
    'a header with a line break',
    { ...health, headers: { ...health.headers, location: '/a\r\nset-cookie: b' } },
    HEALTH,
  ],
  ['a header that is no text', { ...health, headers: { ...health.headers, 'retry-after': 5 } }, HEALTH],
  ['a stack', problem(400, 'invalid_request', { detail: 'x\n    at run (file:///a/b.mjs:1:2)' }), SUBMIT],
  ['an error of the SDK', problem(400, 'invalid_request', { detail: 'ValidationException: no' }), SUBMIT],
  ['the name of a table', problem(400, 'invalid_request', { detail: 'Waybill-JobsTable is slow' }), SUBMIT],
  ['a secret in a header', { ...health, headers: { ...health.headers, location: '/?a-secret' } }, HEALTH],
  ['what is somebody else’s', problem(400, 'invalid_request', { detail: 'private-to-bob' }), SUBMIT],
])('%s is a fault', (_, answer, route) => {
  expect(faultsOf(answer, route)).not.toEqual([]);
});

test('every route has its documented answers, and every code its status', () => {
  for (const { method, path } of ROUTES)
    expect(routeAnswers(`${method} ${path}`).statuses).toContain(
      path === '/assemblies/{assembly_id}/results/{result_id}' ? 302 : 200,
    );
  expect(Object.keys(CODE_STATUS).sort()).toEqual([...ERROR_CODES].sort());
  expect(() => routeAnswers('GET /nothing')).toThrow('Nothing is documented of GET /nothing');
});

const RECORDS: readonly KnownRecord[] = [
  { id: 'good', kind: 'good' },
  { id: 'bad', kind: 'bad' },
  { id: 'odd', kind: 'odd' },
];
const failing = (...ids: unknown[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

test('a list that shows what is not theirs has a fault', () => {
  const answerWith = (...users: string[]) => ({
    statusCode: 200,
    body: JSON.stringify({ assemblies: users.map((userId) => ({ user: { userId } })) }),
  });
  expect(listFaults(answerWith('ada', 'ada'), 'ada')).toEqual([]);
  expect(listFaults({ statusCode: 400 }, 'ada')).toEqual([]);
  expect(listFaults(answerWith('ada', 'bob'), 'ada')).toEqual(['ada is shown one of bob']);
});

test('right answers to a batch have no fault', () => {
  expect(batchFaults(failing('bad'), RECORDS, { putsAside: false })).toEqual([]);
  expect(batchFaults(failing('odd', 'bad'), RECORDS, { putsAside: false })).toEqual([]);
  expect(batchFaults(failing(), RECORDS, { putsAside: true })).toEqual([]);
});

test.each<[string, unknown, boolean]>([
  ['nothing, which deletes the whole batch', null, false],
  ['an empty object, which does too', {}, false],
  ['a list that is none', { batchItemFailures: 'bad' }, false],
  ['a bad record that is left out', failing(), false],
  ['a good record with the bad one', failing('good', 'bad'), false],
  ['an id that is not of the batch', failing('bad', 'other'), false],
  ['an empty id, which gives all of it back', failing('bad', ''), false],
  ['no id', failing('bad', undefined), false],
  ['a failure that is the id alone', { batchItemFailures: ['bad'] }, false],
  ['an id twice', failing('bad', 'bad'), false],
  ['a bad record that blocks its shard', failing('bad'), true],
])('%s is a fault of a batch handler', (_, answer, putsAside) => {
  expect(batchFaults(answer, RECORDS, { putsAside })).not.toEqual([]);
});

/** As model.test.ts does it, on a deployment that is none. */
const playOn = (fault: Fault | undefined, numRuns: number) =>
  fc.check(
    fc.asyncProperty(submission, fc.commands(modelCommands, { maxCommands: 15 }), async (first, sequence) => {
      const model: Model = {};
      const real = faultyDeployment(fault);
      await new Submit(first).run(model, real);
      await fc.asyncModelRun(() => ({ model, real }), sequence);
      await new Read().run(model, real);
    }),
    { numRuns, endOnFailure: true },
  );

test('a deployment without a fault is where the model is', async () => {
  expect(await playOn(undefined, 200)).toMatchObject({ failed: false });
});

test.each(FAULTS)('a deployment that $what is found out', async (fault) => {
  expect(await playOn(fault, 1_000)).toMatchObject({ failed: true });
});

test('the model is the documented one in what states.md tells in figures', () => {
  const assembly = submitted({ max_retries: 1 });
  expect(cancel(assembly)).toEqual({ status: 200 });
  expect(retry(assembly, 7)).toMatchObject({ members: { restarted: false } });
  expect(retry(assembly, 1)).toMatchObject({ status: 202, members: { restarted: true } });
  expect(assembly).toMatchObject({ status: 'queued', version: 3, attempt: 2, claim: 0, retry_count: 1 });
  cancel(assembly);
  expect(retry(assembly, undefined)).toMatchObject({ status: 409, code: 'retries_exhausted' });
  expect(resubmit(assembly, {})).toMatchObject({ status: 202, members: { restarted: true } });
  expect(assembly).toMatchObject({ attempt: 3, retry_count: 0, max_retries: 3 });
});

test('mutations change what they are given, and leave the original alone', () => {
  const original = { a: [1, { b: 'c' }] };
  let changed = 0;
  fc.assert(
    fc.property(mutated(fc.constant(original)), (value) => {
      if (JSON.stringify(value) !== '{"a":[1,{"b":"c"}]}') changed += 1;
      expect(original).toEqual({ a: [1, { b: 'c' }] });
    }),
    { numRuns: 200 },
  );
  expect(changed).toBeGreaterThan(100);
});

describe('an answer that tells many statuses', () => {
  const stored = sampleAssembly({ status: 'failed', expires_at: 4_000_000_000 });
  const faults = (told: unknown, { expires_at = stored.expires_at, isTheirs = true } = {}): string[] =>
    batchStatusFaults(
      { stored: { ...stored, expires_at } },
      { statusCode: 200, body: JSON.stringify({ statuses: { [stored.assembly_id]: told } }) },
      isTheirs,
    );

  test('has no fault where it shows what is theirs, and null of the rest', () => {
    expect([faults({}), faults(null, { isTheirs: false }), faults(null, { expires_at: 1 })]).toEqual([
      [],
      [],
      [],
    ]);
  });

  test.each<[string, unknown, { isTheirs?: boolean; expires_at?: number }]>([
    ['has null for what is theirs', null, {}],
    ['shows what is not', {}, { isTheirs: false }],
    ['shows what is gone', {}, { expires_at: 1 }],
  ])('is found out where it %s', (_, told, more) => {
    expect(faults(told, more)).toHaveLength(1);
  });
});
