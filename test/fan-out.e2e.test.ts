import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { StatusLambdaClient } from '../lib/client/status-lambda-client.ts';
import type { AssemblyStatus } from '../lib/domain/assembly-status.ts';
import type { ShownSubmission } from '../lib/domain/shown-submission.ts';
import {
  type Behaviour,
  type MessageReceiver,
  type MessageRequest,
  startMessageReceiver,
} from '../scripts/demo/delivery/message-receiver.ts';
import type { RunningWaybill } from '../scripts/local-waybill.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';
import { useOwnCloud } from './own-cloud.ts';
import { answering, webhookReceiver } from './webhook-receiver.ts';

/** message-delivery as it is deployed, with a receiver that does what each test says. */

/** By the name of the recipient: what each try meets. */
const plans = new Map<string, (tries: number) => Behaviour | Promise<Behaviour>>();
let gateway: MessageReceiver;
let cloud: RunningWaybill;
beforeAll(async () => {
  gateway = await startMessageReceiver(({ name }, tries) => plans.get(name)?.(tries) ?? 'accept');
  cloud = await useOwnCloud({
    templateConfig: { 'message-delivery': { urls: gateway.urls } },
    retryBaseSeconds: 0,
    submissionTimeoutSeconds: 5,
  });
}, 120_000);
afterAll(async () => {
  gateway?.stop();
  await cloud?.stop();
});

const user = newUser();

interface Recipient {
  readonly id: string;
  readonly name: string;
  readonly chamber: string;
}

/** Recipients `id-0`, `id-1`, …, each with what its tries meet; a name is nobody else's. */
function recipients(
  ...met: readonly (Behaviour | ((tries: number) => Behaviour | Promise<Behaviour>))[]
): Recipient[] {
  return met.map((behaviour, index) => {
    const name = `N ${randomUUID()}`;
    plans.set(name, typeof behaviour === 'function' ? behaviour : () => behaviour);
    return { id: `id-${index}`, name, chamber: index % 2 ? 'house' : 'senate' };
  });
}

const ACCEPT = 'accept';
const REFUSE: Behaviour = { status: 422, body: 'No.' };
const firstTry =
  (behaviour: Behaviour) =>
  (tries: number): Behaviour =>
    tries === 1 ? behaviour : ACCEPT;

const sendTo = (to: readonly Recipient[], more: object = {}, as = user): Promise<ApiAnswer> =>
  submit(as, {
    template_id: 'message-delivery',
    fields: { subject: 'A bridge', message: 'Please vote for it.', recipients: to },
    ...more,
  });

const act = async (method: string, path: string): Promise<ApiAnswer> =>
  api(path, { method, headers: await bearer(user) });

const requestsFor = (id: string): MessageRequest[] =>
  gateway.requests.filter(({ body }) => body.assembly_id === id);
const triesOf = (id: string): Record<string, number> => {
  const tries: Record<string, number> = {};
  for (const { body } of requestsFor(id)) tries[body.submission_id] = (tries[body.submission_id] ?? 0) + 1;
  return tries;
};
const takenBy = (id: string): Map<string, string> =>
  new Map(
    [...gateway.taken.values()]
      .filter(({ body }) => body.assembly_id === id)
      .map(({ body, confirmation }) => [body.submission_id, confirmation]),
  );

const submissionsOf = ({ submissions = [] }: AssemblyStatus): ShownSubmission[] => [...submissions];
const statusesOf = (status: AssemblyStatus): string[] => submissionsOf(status).map((each) => each.status);

/** The status as soon as it is so. */
const when = (id: string, what: string, isSo: (status: AssemblyStatus) => boolean): Promise<AssemblyStatus> =>
  eventually(async () => {
    const { json } = await statusOf(user, id);
    return isSo(json) ? json : undefined;
  }, what);

/** What is told of an end agrees with itself and with the receiver. */
function expectTruth(status: AssemblyStatus, to: readonly Recipient[]): void {
  const listed = submissionsOf(status);
  expect(listed.map(({ submission_id, recipient }) => ({ submission_id, recipient }))).toEqual(
    to.map((recipient) => ({ submission_id: recipient.id, recipient })),
  );
  expect(status.message_ids).toEqual(to.map(({ id }) => id));
  expect(status.submission_count).toBe(to.length);
  const counts: Record<string, number> = {};
  for (const each of listed) counts[each.status] = (counts[each.status] ?? 0) + 1;
  expect(Object.fromEntries(Object.entries(status.submission_counts ?? {}).filter(([, n]) => n > 0))).toEqual(
    counts,
  );
  const submitted = listed.filter((each) => each.status === 'submitted');
  expect(new Map(submitted.map((each) => [each.submission_id, each.confirmation]))).toEqual(
    takenBy(status.assembly_id),
  );
  for (const each of listed)
    expect([each.submitted_at !== undefined, each.error !== undefined]).toEqual(
      each.status === 'submitted' ? [true, false] : [false, each.status === 'failed'],
    );
}

describe('an assembly with recipients ends', () => {
  test('as completed when all of them have their message, some at the second try', async () => {
    const to = recipients(
      ACCEPT,
      ACCEPT,
      firstTry({ status: 500 }),
      firstTry('hang_up'),
      firstTry('lose_answer'),
    );
    const sent = await sendTo(to);
    expect(sent).toMatchObject({
      status: 202,
      json: { status: 'queued', submission_count: 5, submission_counts: { queued: 5, submitted: 0 } },
    });
    const end = await ended(user, sent.json.assembly_id);
    expect(end).toMatchObject({
      status: 'completed',
      ok: 'ASSEMBLY_COMPLETED',
      progress: 100,
      can_retry: false,
    });
    expectTruth(end, to);
    expect(triesOf(end.assembly_id)).toEqual({ 'id-0': 1, 'id-1': 1, 'id-2': 2, 'id-3': 2, 'id-4': 2 });
    expect(submissionsOf(end).map(({ retry_count }) => retry_count)).toEqual([0, 0, 1, 1, 1]);
  });

  test('as partial when some do not', async () => {
    const to = recipients(ACCEPT, REFUSE, { status: 500 });
    const { json } = await sendTo(to, { max_retries: 1 });
    const end = await ended(user, json.assembly_id);
    expect(end).toMatchObject({ status: 'partial', ok: 'ASSEMBLY_COMPLETED', can_retry: true });
    expectTruth(end, to);
    expect(submissionsOf(end).map(({ error_code }) => error_code)).toEqual([
      undefined,
      'message_refused',
      'receiver_unavailable',
    ]);
    // What no try could better is tried once, and the other as often as was asked for.
    expect(triesOf(end.assembly_id)).toEqual({ 'id-0': 1, 'id-1': 1, 'id-2': 2 });
  });

  test('as failed when none does', async () => {
    const to = recipients(REFUSE, REFUSE);
    const { json } = await sendTo(to);
    const end = await ended(user, json.assembly_id);
    expect(end).toMatchObject({
      status: 'failed',
      error_code: 'submissions_failed',
      error: expect.stringMatching(/./),
      can_retry: false,
    });
    expect(end).not.toHaveProperty('ok');
    expectTruth(end, to);
  });

  test('although a receiver hangs: the try is given up after its time', async () => {
    const to = recipients(firstTry('hang'), ACCEPT);
    const { json } = await sendTo(to);
    const end = await ended(user, json.assembly_id);
    expect(end.status).toBe('completed');
    expectTruth(end, to);
    expect(triesOf(json.assembly_id)).toEqual({ 'id-0': 2, 'id-1': 1 });
  });
});

test('each receiver gets what was submitted, under a key that is the same for every try', async () => {
  const [senator, member] = recipients(firstTry({ status: 500 }), ACCEPT) as [Recipient, Recipient];
  const { json } = await sendTo([senator, member]);
  await ended(user, json.assembly_id);
  const requests = requestsFor(json.assembly_id);
  expect(new Set(requests.map(({ path, body }) => `${body.submission_id} ${path}`))).toEqual(
    new Set(['id-0 /senate', 'id-1 /house']),
  );
  expect(requests.find(({ body }) => body.submission_id === 'id-1')?.body).toEqual({
    assembly_id: json.assembly_id,
    submission_id: 'id-1',
    recipient: member,
    subject: 'A bridge',
    message: 'Please vote for it.',
  });
  const keys = (id: string) =>
    requests.filter(({ body }) => body.submission_id === id).map(({ idempotencyKey }) => idempotencyKey);
  expect(keys('id-0')).toEqual([keys('id-0')[0], keys('id-0')[0]]);
  expect(keys('id-0')[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys('id-1')[0]).not.toBe(keys('id-0')[0]);
});

test('a receiver that asks to wait is not asked again before', async () => {
  const throttled: Behaviour = { status: 429, headers: { 'retry-after': '2' } };
  const to = recipients(firstTry(throttled), ACCEPT);
  const { json } = await sendTo(to);
  const waiting = await when(
    json.assembly_id,
    'a wait',
    (status) => statusesOf(status)[0] === 'rate_limited',
  );
  const [first] = submissionsOf(waiting);
  expect(first).toMatchObject({ retry_count: 0, error: expect.stringMatching(/./) });
  const due = Date.parse(first?.next_retry_at ?? '');
  const end = await ended(user, json.assembly_id);
  expect(end.status).toBe('completed');
  expectTruth(end, to);
  expect(submissionsOf(end)[0]).not.toHaveProperty('next_retry_at');
  const [refused, taken] = requestsFor(json.assembly_id).filter(({ body }) => body.submission_id === 'id-0');
  expect(due - (refused?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
  // SQS counts whole seconds: a message may come up to one of them early, and is taken then.
  expect(taken?.at).toBeGreaterThanOrEqual(due - 1_000);
});

describe('a new attempt', () => {
  test('at a partial one sends to those alone that were not reached', async () => {
    let isOpen = false;
    const to = recipients(ACCEPT, () => (isOpen ? ACCEPT : REFUSE), ACCEPT);
    const { json } = await sendTo(to);
    const id = json.assembly_id;
    const partial = await ended(user, id);
    expect(partial.status).toBe('partial');
    isOpen = true;
    const again = await act('POST', `/assemblies/${id}/retry?attempt=1`);
    expect(again).toMatchObject({
      status: 202,
      json: { attempt: 2, restarted: true, submission_counts: { submitted: 2, queued: 1, failed: 0 } },
    });
    const end = await ended(user, id);
    expect(end).toMatchObject({ status: 'completed', attempt: 2 });
    expectTruth(end, to);
    expect(triesOf(id)).toEqual({ 'id-0': 1, 'id-1': 2, 'id-2': 1 });
    const confirmed = (status: AssemblyStatus) => submissionsOf(status)[0]?.confirmation;
    expect(confirmed(end)).toBe(confirmed(partial));
  });

  test('after a cancel sends to the rest, and nothing is sent between the two', async () => {
    let isOpen = false;
    const throttled: Behaviour = { status: 429, headers: { 'retry-after': '1' } };
    const to = recipients(ACCEPT, REFUSE, () => (isOpen ? ACCEPT : throttled));
    const { json } = await sendTo(to);
    const id = json.assembly_id;
    await when(id, 'two that have settled', (status) =>
      ['submitted', 'failed', 'rate_limited'].every((each, index) => statusesOf(status)[index] === each),
    );
    const canceled = await act('DELETE', `/assemblies/${id}`);
    expect(canceled).toMatchObject({
      status: 200,
      json: {
        status: 'canceled',
        submission_counts: { submitted: 1, failed: 1, canceled: 1, rate_limited: 0 },
      },
    });
    expect(statusesOf(canceled.json)).toEqual(['submitted', 'failed', 'canceled']);
    const before = requestsFor(id).length;
    isOpen = true;
    await setTimeout(2_500); // its turn comes, and goes
    expect(requestsFor(id)).toHaveLength(before);
    expect(statusesOf((await statusOf(user, id)).json)).toEqual(['submitted', 'failed', 'canceled']);

    const again = await sendTo(to);
    expect(again).toMatchObject({ status: 202, json: { restarted: true, attempt: 2 } });
    const end = await ended(user, id);
    expect(statusesOf(end)).toEqual(['submitted', 'failed', 'submitted']);
    expectTruth(end, to);
    expect(triesOf(id)['id-0']).toBe(1);
  });

  test('of what is partial is not started by submitting it again', async () => {
    const to = recipients(ACCEPT, REFUSE);
    const { json } = await sendTo(to);
    const end = await ended(user, json.assembly_id);
    const again = await sendTo(to);
    expect(again).toMatchObject({
      status: 200,
      json: { restarted: false, status: 'partial', version: end.version },
    });
    expect(triesOf(json.assembly_id)).toEqual({ 'id-0': 1, 'id-1': 1 });
  });
});

test('a message that is on its way when its assembly is canceled counts as what became of it', async () => {
  const answer = Promise.withResolvers<Behaviour>();
  const to = recipients(() => answer.promise, REFUSE);
  const { json } = await sendTo(to);
  const id = json.assembly_id;
  await when(id, 'one in work', (status) => statusesOf(status).join() === 'processing,failed');
  await act('DELETE', `/assemblies/${id}`);
  answer.resolve(ACCEPT);
  const settled = await when(id, 'the answer', (status) => statusesOf(status)[0] === 'submitted');
  expect(settled.status).toBe('canceled');
  expectTruth(settled, to);
});

test('the direct call of the status function and the webhook list the submissions too', async () => {
  const receiver = await webhookReceiver(answering(204));
  try {
    const to = recipients(ACCEPT, REFUSE);
    const { json } = await sendTo(to, { webhook_url: receiver.url });
    const end = await ended(user, json.assembly_id);
    const { lambda_endpoint: endpoint, functions } = localWaybill();
    const client = new StatusLambdaClient({ ...LOCAL_AWS, endpoint, functionName: functions.status });
    expect(await client.getStatus(json.assembly_id, user)).toEqual({ success: true, status: end });
    const [hook] = await eventually(
      () => (receiver.received.length > 0 ? receiver.received : undefined),
      'the webhook',
    );
    expect(JSON.parse(hook?.body ?? '')).toEqual(end);
    expectTruth(JSON.parse(hook?.body ?? ''), to);
  } finally {
    receiver.stop();
  }
});

test('one end is told once, however many submissions came to theirs', async () => {
  const receiver = await webhookReceiver(answering(204));
  try {
    const to = recipients(...Array(30).fill(ACCEPT));
    const { json } = await sendTo(to, { webhook_url: receiver.url });
    const end = await ended(user, json.assembly_id);
    await setTimeout(1_500); // what would come twice comes with the next count
    expect(receiver.received.map(({ body }) => JSON.parse(body).version)).toEqual([end.version]);
    expect(end.attempts).toHaveLength(1);
  } finally {
    receiver.stop();
  }
});
