import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { RunningWaybill } from '../../scripts/local-waybill.ts';
import { expectProblem } from '../bad-input/expect-problem.ts';
import { answeringJson, type BedrockAnswer, bedrockServer, refusing, silent } from '../bedrock-server.ts';
import { type ApiAnswer, api, eventually, localWaybill, newUser, tokenOf } from '../local-cloud.ts';
import { useOwnCloud } from '../own-cloud.ts';
import { sampleLead } from '../templates/sample-lead.ts';

/**
 * The story of seed 004, "Job Status API" for AI evaluations, over HTTP with its own values: a lead is evaluated with the help of a
 * model, which answers as Bedrock is documented to, and a frontend polls. Where our names differ, it is said beside them.
 */

const MODEL_ID = 'meta.llama3-2-11b-instruct-v1:0';
const user = newUser();
const { language: _, ...lead } = sampleLead();

let own: RunningWaybill;
let model: Awaited<ReturnType<typeof bedrockServer>>;
/** What the model does with the next question. */
let answer: BedrockAnswer = silent;

beforeAll(async () => {
  model = await bedrockServer((response, count) => answer(response, count));
  own = await useOwnCloud({
    tenants: true,
    siteIdRequired: true,
    retryBaseSeconds: 1,
    templateConfig: {
      'lead-evaluation': {
        model: { provider: 'bedrock', modelId: MODEL_ID, endpoint: model.endpoint, timeoutSeconds: 3 },
      },
    },
  });
}, 90_000);
afterAll(async () => {
  await own.stop();
  model.stop();
});

/** The seed's `site-id`; its token names it, too. */
const site = (): string => localWaybill().tenant ?? '';
const headers = async (more: object = {}): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await tokenOf(user, { tenant_id: site() })}`,
  'x-site-id': site(),
  ...more,
});
const worker = (): Record<string, string> => ({
  'x-webhook-secret': localWaybill().update_secret,
  'x-site-id': site(),
});

/** The seed's `POST /api/ops/leads/lead_xyz789/ai-evaluation`; the lead's id is the `reference` of the job. */
const evaluate = async (changes: object = {}, more: object = {}): Promise<ApiAnswer> => {
  const fields = { ...lead, nonce: randomUUID(), ...changes };
  const body = { template_id: 'lead-evaluation', reference: lead.lead_id, fields, ...more };
  return api('/assemblies', { headers: await headers(), body });
};
/** The seed's `GET /api/ops/ai-evaluation-jobs/:jobId`. */
const poll = async (job: string, more: object = {}): Promise<ApiAnswer> =>
  api(`/assemblies/${job}`, { headers: await headers(more) });
const until = (job: string, isSo: (answer: ApiAnswer) => boolean, what: string): Promise<ApiAnswer> =>
  eventually(
    async () => {
      const polled = await poll(job);
      return isSo(polled) ? polled : undefined;
    },
    what,
    25_000,
  );
const end = (job: string): Promise<ApiAnswer> =>
  until(job, ({ status }) => status === 200, `the end of ${job}`);

/** The documented answer of Converse, with an opinion that leaves the score as it is. */
const recorded = (): BedrockAnswer => {
  const file = join(import.meta.dirname, '../templates/bedrock-answers/converse.json');
  const body = JSON.parse(readFileSync(file, 'utf8'));
  const opinion = {
    points: 0,
    summary: 'Strong candidate with verified income...',
    risk_flags: [],
    fraud_signals: [],
  };
  body.output.message.content = [{ text: JSON.stringify(opinion) }];
  return answeringJson(JSON.stringify(body));
};

test('a job goes its way from pending to completed, as the states of the seed have it', async () => {
  let release = (): void => {};
  answer = (response, count) => {
    release = () => recorded()(response, count);
  };

  // 1. Pending (202): `queued` here. Its requested_at is `queued_at`, and lead_id `reference`.
  const pending = await evaluate();
  expect(pending.status).toBe(202);
  expect(pending.json).toMatchObject({
    assembly_id: expect.stringMatching(/^[0-9a-f]{64}$/), // job_id
    reference: 'lead_xyz789',
    status: 'queued',
    queued_at: expect.stringMatching(/Z$/),
  });
  const job = pending.json.assembly_id;

  // 2. Processing (202), with duration_ms, which grows. Its started_at is `execution_start`.
  const asked = model.asked.length;
  await eventually(() => (model.asked.length > asked ? true : undefined), 'the question to the model');
  const first = await until(job, ({ json }) => json.progress_message === 'Asking the model', 'the progress');
  await setTimeout(20);
  const second = await poll(job);
  for (const { status, json } of [first, second]) {
    expect(status).toBe(202);
    expect(json).toMatchObject({
      reference: 'lead_xyz789',
      status: 'processing',
      execution_start: expect.stringMatching(/Z$/),
      progress_message: 'Asking the model', // "Analyzing documents with AI..."
    });
    expect(json).not.toHaveProperty('result');
  }
  expect(first.json.duration_ms).toBeGreaterThan(0);
  expect(second.json.duration_ms).toBeGreaterThan(first.json.duration_ms);

  // 3. Completed (200): evaluation is `result`.
  release();
  const { json } = await end(job);
  expect(json).toMatchObject({
    status: 'completed',
    reference: 'lead_xyz789',
    completed_at: expect.stringMatching(/Z$/),
    result: {
      id: expect.stringMatching(/^eval_[0-9a-f]{16}$/),
      score: 82,
      label: 'A',
      recommendation: 'approve',
      summary: 'Strong candidate with verified income...',
      risk_flags: ['employment_duration_short'],
      fraud_signals: [],
      evaluated_at: expect.stringMatching(/Z$/),
      model_version: `scorecard-2026-11+${MODEL_ID}`,
    },
  });
  expect(json.duration_ms).toBe(Date.parse(json.completed_at) - Date.parse(json.execution_start));
  expect(json.result.evaluated_at >= json.execution_start).toBe(true);
  expect(json.result.evaluated_at <= json.completed_at).toBe(true);
  expect(json.result.points.map(({ points }: { points: number }) => points)).toEqual([
    26, 6, 20, 10, 15, 5, 0,
  ]);
});

describe('4. failed (200)', () => {
  /** A job of which the work is done elsewhere. */
  const elsewhere = async (): Promise<string> => {
    const fields = { title: 'Evaluate lead_xyz789', nonce: randomUUID() };
    const body = { template_id: 'human-review', reference: lead.lead_id, fields };
    return (await api('/assemblies', { headers: await headers(), body })).json.assembly_id;
  };
  const report = (job: string, body: object): Promise<ApiAnswer> =>
    api(`/assemblies/${job}/status`, { headers: worker(), body });
  const TIMEOUT = {
    status: 'failed',
    error_code: 'ModelTimeout',
    error: 'AI model took too long to respond. Please try again.',
    retryable: true,
  };

  test('after one of three retries, as the example of the seed has it', async () => {
    const job = await elsewhere();
    await report(job, TIMEOUT);
    const retried = await api(`/assemblies/${job}/retry`, { method: 'POST', headers: await headers() });
    expect([retried.status, retried.json.status]).toEqual([202, 'queued']);
    await report(job, TIMEOUT);
    const { status, json } = await poll(job);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      status: 'failed',
      error_code: 'ModelTimeout',
      error: 'AI model took too long to respond. Please try again.', // error_message
      can_retry: true,
      retry_count: 1,
      max_retries: 3,
    });
    expect(json).not.toHaveProperty('ok');
  });

  test('for good, where the worker says so', async () => {
    const job = await elsewhere();
    await report(job, { ...TIMEOUT, error_code: 'InsufficientData', retryable: false });
    expect((await poll(job)).json).toMatchObject({
      error_code: 'InsufficientData',
      can_retry: false,
      retry_count: 0,
    });
  });

  test('by a model that is too slow, again and again; and later not', async () => {
    answer = silent;
    const fields = { nonce: randomUUID() };
    const job: string = (await evaluate(fields, { max_retries: 1 })).json.assembly_id;
    const waiting = await until(job, ({ json }) => json.retry_count === 1, 'the retry');
    expect(waiting.status).toBe(202);
    expect(waiting.json.attempts).toMatchObject([
      { attempt: 1, status: 'queued', error_code: 'ModelTimeout' },
    ]);
    const { json } = await end(job);
    expect(json).toMatchObject({
      status: 'failed',
      error_code: 'ModelTimeout',
      error_category: 'WORKER_ERROR',
      error: 'The model took too long to answer. Submit it again later.',
      error_details: 'No answer within 3 s',
      // All that it had are spent; the seed's `retry_count < max_retries`.
      can_retry: false,
      retry_count: 1,
      max_retries: 1,
    });
    const french = await poll(job, { 'accept-language': 'fr' });
    expect(french.json.error).toBe(
      'Le modèle a mis trop de temps à répondre. Soumettez la demande à nouveau plus tard.',
    );

    answer = recorded();
    const again = await evaluate(fields);
    expect(again.json).toMatchObject({ assembly_id: job, restarted: true, retry_count: 0, max_retries: 3 });
    expect((await end(job)).json).toMatchObject({ status: 'completed', attempt: 2, result: { score: 82 } });
  }, 40_000);

  test.each<[string, BedrockAnswer, object]>([
    ['InsufficientData', silent, { monthly_income: undefined }],
    ['ModelNotAvailable', refusing(403, 'AccessDeniedException'), {}],
  ])('at once, as trying again would be of no use: %s', async (error_code, answering, changes) => {
    answer = answering;
    const { json } = await end((await evaluate(changes)).json.assembly_id);
    expect(json).toMatchObject({
      status: 'failed',
      error_code,
      can_retry: false,
      retry_count: 0,
      max_retries: 3,
    });
  });

  test.each<[string, BedrockAnswer]>([
    ['ModelThrottled', refusing(429, 'ThrottlingException')],
    ['InvalidModelAnswer', answeringJson('{"output":{}}')],
  ])('not yet, where a second try goes well: %s', async (error_code, answering) => {
    const before = model.asked.length;
    answer = (response, count) => (count === before + 1 ? answering : recorded())(response, count);
    const { json } = await end((await evaluate()).json.assembly_id);
    expect(json).toMatchObject({
      status: 'completed',
      attempt: 1,
      retry_count: 1,
      attempts: [
        { status: 'queued', error_code },
        { attempt: 1, status: 'completed' },
      ],
    });
  });
});

describe('what is wrong with a request', () => {
  test('a missing X-Site-Id is 400', async () => {
    const { 'x-site-id': _none, ...without } = await headers();
    const job = (await evaluate({ monthly_income: undefined })).json.assembly_id;
    expectProblem(await api(`/assemblies/${job}`, { headers: without }), {
      status: 400,
      code: 'invalid_site',
    });
    expectProblem(await poll(job, { 'x-site-id': 'another-site' }), { status: 400, code: 'invalid_site' });
  });

  test('a job of another site is none: JobNotFound, "Job not found or access denied"', async () => {
    const job = (await evaluate({ monthly_income: undefined })).json.assembly_id;
    const authorization = `Bearer ${await tokenOf(user, { tenant_id: 'another-site' })}`;
    const strange = await poll(job, { authorization, 'x-site-id': 'another-site' });
    expectProblem(strange, { status: 404, code: 'not_found' });
    expectProblem(await poll('0'.repeat(64)), { status: 404, code: 'not_found' });
  });
});

describe('the poller of the seed', () => {
  /** As the seed writes it, but for the names of `data`, `evaluation` and `error_message`, and the ten seconds between two polls. */
  async function pollJobStatus(jobId: string) {
    const maxAttempts = 360;
    let attempts = 0;

    while (attempts < maxAttempts) {
      const response = await fetch(`${localWaybill().url}/assemblies/${jobId}`, { headers: await headers() });

      const result = (await response.json()) as { status: string; result?: object; error?: string };

      if (result.status === 'completed') {
        return result.result; // Success!
      }

      if (result.status === 'failed') {
        throw new Error(result.error);
      }

      // Still pending/processing - wait and retry
      await setTimeout(50);
      attempts++;
    }

    throw new Error('Job timed out after 1 hour');
  }

  test('comes to the evaluation', async () => {
    answer = recorded();
    const { json } = await evaluate();
    expect(await pollJobStatus(json.assembly_id)).toMatchObject({ score: 82, label: 'A' });
  });

  test('comes to the error', async () => {
    const { json } = await evaluate({ monthly_income: undefined });
    await expect(pollJobStatus(json.assembly_id)).rejects.toThrow(
      'Without an income, nothing can be said of this application.',
    );
  });
});
