import { randomUUID } from 'node:crypto';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import type { ShownSubmission } from '../../lib/domain/shown-submission.ts';
import { expectProblem } from '../bad-input/expect-problem.ts';
import { type ApiAnswer, api, bearer, ended, eventually, localWaybill, newUser } from '../local-cloud.ts';

/**
 * The story of seed 000, "CWC Job Status Tracking", over HTTP with its own values: a job for many members of a legislature,
 * workers elsewhere that report on each, and N8N and a frontend that watch. Where our names differ, it is said beside them.
 */

const user = newUser();
const SUBMITTED_AT = '2025-09-30T09:30:00Z';

/** The seed's `recipient`: `{ name, chamber, bioguideId }`. It names a submission by `messageId`; ours is the recipient's id. */
const recipient = (id: string, name = 'Ada Quill', chamber: 'senate' | 'house' = 'senate') => ({
  id,
  name,
  chamber,
  bioguideId: 'S000148',
});

/** The seed's `POST /api/cwc/submit`. Its workers send by themselves, so it is our external template with recipients. */
async function submit(recipients: readonly object[]): Promise<ApiAnswer> {
  const fields = { subject: 'A bridge', message: 'Please vote for it.', recipients, nonce: randomUUID() };
  return api('/assemblies', {
    headers: await bearer(user),
    body: { template_id: 'message-tracking', fields },
  });
}

async function jobOf(...ids: readonly string[]): Promise<string> {
  const { status, json } = await submit(ids.map((id) => recipient(id)));
  expect(status).toBe(202);
  return json.assembly_id;
}

/** The seed's `LAMBDA_WEBHOOK_SECRET`, and its `N8N_WEBHOOK_SECRET`. */
const lambdaWorker = (): Record<string, string> => ({ 'x-webhook-secret': localWaybill().update_secret });
const n8n = (): Record<string, string> => ({ 'x-webhook-secret': localWaybill().read_secret });

/** The seed's `POST /api/cwc/jobs/{jobId}`; ours has `/status` after it. */
const report = (job: string, body: object, headers = lambdaWorker()): Promise<ApiAnswer> =>
  api(`/assemblies/${job}/status`, { headers, body });

const poll = (job: string, query = '', headers = n8n()): Promise<ApiAnswer> =>
  api(`/assemblies/${job}${query}`, { headers });

/** The seed's `submissions[].status`, by `messageId`. */
const statuses = ({ submissions = [] }: AssemblyStatus): Record<string, string> =>
  Object.fromEntries(submissions.map((each: ShownSubmission) => [each.submission_id, each.status]));

/** Until every recipient has its submission. */
const expanded = (job: string): Promise<AssemblyStatus> =>
  eventually(async () => {
    const { json } = await poll(job);
    return json.submissions?.length === json.submission_count ? json : undefined;
  }, 'a submission for each recipient');

test('a job goes its way from the submission to the end, as the examples of the seed have it', async () => {
  const { status, json: job } = await submit([recipient('msg-001')]);
  expect(status).toBe(202);
  // The seed's jobId, `job-{8-char-hex}-{timestamp}`, is `assembly_id` here: 64 hex digits, the same for the same input.
  expect(job.assembly_id).toMatch(/^[0-9a-f]{64}$/);
  // The seed's submissionCount, createdAt, metadata.templateId and metadata.userId.
  expect(job).toMatchObject({
    status: 'queued',
    submission_count: 1,
    created_at: expect.stringMatching(/Z$/),
    template_id: 'message-tracking',
    user: { userId: user },
  });

  // The seed's example of a status update, with every name and value as it writes them.
  const updated = await report(job.assembly_id, {
    status: 'completed',
    submissionResults: [
      {
        messageId: 'msg-001',
        status: 'submitted',
        cwcConfirmation: 'CWC-12345',
        submittedAt: SUBMITTED_AT,
      },
    ],
    completedAt: SUBMITTED_AT,
  });
  expect(updated.status).toBe(200);

  const end = await ended(user, job.assembly_id);
  expect(end).toMatchObject({
    status: 'completed',
    ok: 'ASSEMBLY_COMPLETED',
    submission_count: 1,
    submissions: [
      {
        submission_id: 'msg-001', // messageId
        recipient: recipient('msg-001'),
        status: 'submitted',
        confirmation: 'CWC-12345', // cwcConfirmation
        submitted_at: '2025-09-30T09:30:00.000Z', // submittedAt
      },
    ],
    message_ids: ['msg-001'], // of the model CWCJob: messageIds
  });
  // The seed's completedAt. Here it is when the last submission was counted: the update's says when its sender was done.
  expect(end.completed_at).toMatch(/Z$/);
});

test('a recipient without an id of its own is known by its bioguideId', async () => {
  const { json } = await submit([
    { name: 'Ada Quill', chamber: 'senate', bioguideId: 'S000148' },
    { name: 'Bram Tolliver', chamber: 'house', bioguideId: 'H001090' },
  ]);
  const { status } = await report(json.assembly_id, {
    status: 'completed',
    submissionResults: ['S000148', 'H001090'].map((messageId) => ({ messageId, status: 'submitted' })),
  });
  expect(status).toBe(200);
  const { submissions } = await ended(user, json.assembly_id);
  expect(submissions?.map((each) => [each.submission_id, each.recipient, each.status])).toEqual([
    ['S000148', { name: 'Ada Quill', chamber: 'senate', bioguideId: 'S000148' }, 'submitted'],
    ['H001090', { name: 'Bram Tolliver', chamber: 'house', bioguideId: 'H001090' }, 'submitted'],
  ]);
});

test('submissions are queued, processing, submitted, failed and rate_limited, and counted', async () => {
  const ids = ['msg-001', 'msg-002', 'msg-003', 'msg-004', 'msg-005'];
  const job = await jobOf(...ids);
  expect(statuses(await expanded(job))).toEqual(Object.fromEntries(ids.map((id) => [id, 'queued'])));
  await report(job, {
    status: 'processing',
    submissionResults: [
      { messageId: 'msg-002', status: 'processing' },
      { messageId: 'msg-003', status: 'submitted', cwcConfirmation: 'CWC-12345' },
      { messageId: 'msg-004', status: 'failed', error: 'The office takes no messages.' },
      { messageId: 'msg-005', status: 'rate_limited', error: 'Too many messages.' },
    ],
  });
  const counts = { queued: 1, processing: 1, submitted: 1, failed: 1, rate_limited: 1, canceled: 0 };
  const running = await eventually(async () => {
    const { status, json } = await poll(job);
    expect([status, json.status]).toEqual([202, 'processing']);
    return JSON.stringify(json.submission_counts) === JSON.stringify(counts) ? json : undefined;
  }, 'the counts');
  expect(statuses(running)).toEqual({
    'msg-001': 'queued',
    'msg-002': 'processing',
    'msg-003': 'submitted',
    'msg-004': 'failed',
    'msg-005': 'rate_limited',
  });
  expect(running.submissions.map(({ error }: ShownSubmission) => error)).toEqual([
    undefined,
    undefined,
    undefined,
    'The office takes no messages.',
    'Too many messages.',
  ]);
  expect(running).not.toHaveProperty('completed_at');
});

describe('a job', () => {
  // The seed's job statuses `queued` and `processing` are in the tests above.
  test.each([
    ['completed', ['submitted', 'submitted']],
    ['partial', ['submitted', 'failed']],
    ['failed', ['failed', 'failed']],
  ] as const)('ends as %s when its submissions are %j', async (end, [first, second]) => {
    const job = await jobOf('msg-001', 'msg-002');
    const results = [
      { messageId: 'msg-001', status: first },
      { messageId: 'msg-002', status: second },
    ];
    await report(job, { status: end, submissionResults: results });
    const status = await ended(user, job);
    expect(status.status).toBe(end);
    expect(statuses(status)).toEqual({ 'msg-001': first, 'msg-002': second });
    // An error goes with the end that is one: a partial job has `ok`.
    expect([status.ok, typeof status.error]).toEqual(
      end === 'failed' ? [undefined, 'string'] : ['ASSEMBLY_COMPLETED', 'undefined'],
    );
  });

  test('follows its submissions, reported one by one, and not the word of one worker', async () => {
    const job = await jobOf('msg-001', 'msg-002');
    const one = (messageId: string) => ({
      status: 'completed',
      submissionResults: [{ messageId, status: 'submitted' }],
    });
    expect((await report(job, one('msg-001'))).status).toBe(200);
    expect((await poll(job)).status).toBe(202);
    expect((await report(job, one('msg-002'))).status).toBe(200);
    expect((await ended(user, job)).status).toBe('completed');
    // A worker whose answer was lost says it again.
    expect((await report(job, one('msg-002'))).status).toBe(200);
  });
});

test('batch=true answers many jobs at once, which the seed had left for later', async () => {
  const jobs = [await jobOf('msg-001'), await jobOf('msg-001', 'msg-002')];
  const { status, json } = await poll(jobs[0] ?? '', '?batch=true');
  expect([status, Object.keys(json.statuses)]).toEqual([200, [jobs[0]]]);
  const many = await api(`/status?batch=true&assemblyId=${jobs.join()}`, { headers: n8n() });
  expect(jobs.map((id) => many.json.statuses[id].submission_count)).toEqual([1, 2]);
});

test('the submissions of a job are listed, all and by status', async () => {
  const job = await jobOf('msg-001', 'msg-002', 'msg-003');
  await expanded(job);
  await report(job, {
    status: 'processing',
    submissionResults: [{ messageId: 'msg-002', status: 'failed' }],
  });
  const list = async (query: string) =>
    (await api(`/assemblies/${job}/submissions${query}`, { headers: n8n() })).json.submissions.map(
      ({ submission_id }: ShownSubmission) => submission_id,
    );
  expect(await list('')).toEqual(['msg-001', 'msg-002', 'msg-003']);
  expect(await list('?status=failed')).toEqual(['msg-002']);
  expect(await list('?status=queued')).toEqual(['msg-001', 'msg-003']);
});

describe('what is wrong is told with an error and its time', () => {
  // The seed's `{ error, jobId?, timestamp }` is a problem here (RFC 9457): `title` and `detail` are the text.
  const UNKNOWN = '0'.repeat(64);
  const SEEDS_ID = 'job-1a2b3c4d-1759224654713';
  const done = { status: 'completed' };

  test('an id of another form', async () => {
    for (const answer of [await poll(SEEDS_ID), await report(SEEDS_ID, done)])
      expectProblem(answer, { status: 400, code: 'invalid_id' });
  });

  test('a bad parameter', async () => {
    const job = await jobOf('msg-001');
    expectProblem(await poll(job, '?min_version=first'), { status: 400, code: 'invalid_request' });
    expectProblem(await report(job, { status: 'sent' }), {
      status: 400,
      code: 'invalid_request',
      pointers: ['/status'],
    });
  });

  test('a wrong secret, the secret for something else, and none', async () => {
    const job = await jobOf('msg-001');
    const answers = [
      await poll(job, '', { 'x-webhook-secret': 'guessed' }),
      await poll(job, '', lambdaWorker()),
      // Optional in the seed; here whoever reads says who they are.
      await poll(job, '', {}),
      await report(job, done, { 'x-webhook-secret': 'guessed' }),
      await report(job, done, n8n()),
      await report(job, done, {}),
      await report(job, done, await bearer(user)),
    ];
    for (const answer of answers) expectProblem(answer, { status: 401, code: 'unauthenticated' });
    expect((await poll(job)).json.status).not.toBe('completed');
  });

  test('a job that never was', async () => {
    for (const answer of [await poll(UNKNOWN), await report(UNKNOWN, done)])
      expectProblem(answer, { status: 404, code: 'not_found' });
  });
});
