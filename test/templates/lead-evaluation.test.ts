import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyErrorOf, isTransientFailure } from '../../lib/domain/assembly-error.ts';
import { ERROR_CATEGORIES } from '../../lib/domain/error-category.ts';
import type { Json } from '../../lib/domain/json.ts';
import { LEAD_ERRORS, leadError } from '../../templates/lead-errors.ts';
import { leadEvaluation } from '../../templates/lead-evaluation.ts';
import { answeringJson, type BedrockAnswer, bedrockServer, refusing, silent } from '../bedrock-server.ts';
import { sampleLead } from './sample-lead.ts';
import { RUN_AT, runSteps } from './step-context.ts';

/** In the form that the documentation of Converse gives: no AWS was asked for it. */
const RECORDED = readFileSync(join(import.meta.dirname, 'bedrock-answers/converse.json'), 'utf8');
const MODEL_ID = 'eu.amazon.nova-lite-v1:0';

const fields = JSON.parse(JSON.stringify(sampleLead()));
const saved = { ...process.env };
beforeAll(() => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
});
afterAll(() => {
  process.env = saved;
});

/** Evaluates the sample with a model that answers so. */
async function evaluateWith(
  answer: BedrockAnswer,
  { signal, ...model }: { timeoutSeconds?: number; signal?: AbortSignal } = {},
) {
  const server = await bedrockServer(answer);
  const config: Json = {
    model: {
      provider: 'bedrock',
      modelId: MODEL_ID,
      region: 'eu-central-1',
      endpoint: server.endpoint,
      ...model,
    },
  };
  try {
    const { result, progress } = await runSteps(leadEvaluation, fields, { config, signal });
    return { result, progress, asked: server.asked };
  } finally {
    server.stop();
  }
}

const failureOf = (evaluating: Promise<unknown>) =>
  evaluating.then(
    () => undefined,
    (error: unknown) => assemblyErrorOf(error, 'evaluate'),
  );

/** The recorded answer with another text, or with other members. */
const answerWith = (text: string, more: object = {}): BedrockAnswer => {
  const recorded = JSON.parse(RECORDED);
  recorded.output.message.content = [{ text }];
  return answeringJson(JSON.stringify({ ...recorded, ...more }));
};

describe('without a model', () => {
  test('the scorecard evaluates, by the clock of the run', async () => {
    const { result, progress } = await runSteps(leadEvaluation, fields);
    expect(result).toMatchObject({
      score: 82,
      label: 'A',
      recommendation: 'approve',
      evaluated_at: RUN_AT.toISOString(),
      model_version: 'scorecard-2026-11',
    });
    expect(progress).toEqual({ evaluate: [] });
    expect((await runSteps(leadEvaluation, fields)).result).toEqual(result);
  });

  test('a lead without an income is no lead to evaluate', async () => {
    const { monthly_income: _, ...rest } = fields;
    const error = await failureOf(runSteps(leadEvaluation, rest));
    expect(error).toMatchObject({
      code: 'InsufficientData',
      category: 'VALIDATION_ERROR',
      retryable: false,
    });
  });
});

describe('with a model', () => {
  test('the recorded answer takes part in the evaluation', async () => {
    const { result, progress, asked } = await evaluateWith(answeringJson(RECORDED));
    expect(result).toMatchObject({
      score: 78,
      label: 'B',
      recommendation: 'approve',
      summary: expect.stringMatching(/^A good candidate/),
      risk_flags: ['employment_duration_short', 'income_unstable'],
      model_version: `scorecard-2026-11+${MODEL_ID}`,
    });
    expect(progress.evaluate).toEqual([{ fraction: 0.1, message: 'Asking the model' }]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      path: `/model/${MODEL_ID}/converse`,
      body: {
        system: [{ text: expect.stringContaining('JSON Schema') }],
        messages: [{ role: 'user', content: [{ text: expect.stringMatching(/^<lead>/) }] }],
        inferenceConfig: { temperature: 0 },
      },
    });
  });

  test.each<[string, BedrockAnswer, string, number | undefined]>([
    ['is throttled', refusing(429, 'ThrottlingException'), 'ModelThrottled', undefined],
    ['is over its quota', refusing(400, 'ServiceQuotaExceededException'), 'ModelThrottled', undefined],
    ['is not ready', refusing(429, 'ModelNotReadyException'), 'ModelUnavailable', undefined],
    ['gives up by itself', refusing(408, 'ModelTimeoutException'), 'ModelTimeout', undefined],
    ['is down', refusing(503, 'ServiceUnavailableException'), 'ModelUnavailable', undefined],
    ['fails in a way that nobody has named', refusing(500, 'Odd'), 'ModelUnavailable', undefined],
    ['may not be used', refusing(403, 'AccessDeniedException'), 'ModelNotAvailable', undefined],
    ['does not exist', refusing(404, 'ResourceNotFoundException'), 'ModelNotAvailable', undefined],
    ['cannot be asked so', refusing(400, 'ValidationException'), 'ModelNotAvailable', undefined],
    ['takes too long', silent, 'ModelTimeout', 1],
    ['hangs up', (response) => response.stream.destroy(), 'ModelUnavailable', undefined],
    ['speaks no JSON', answeringJson('<html>'), 'InvalidModelAnswer', undefined],
    ['says nothing', answeringJson('{}'), 'InvalidModelAnswer', undefined],
    ['chats', answerWith('I like it.'), 'InvalidModelAnswer', undefined],
    ['is cut off', answerWith('{"points":', { stopReason: 'max_tokens' }), 'InvalidModelAnswer', undefined],
    [
      'is stopped by a guardrail',
      answerWith('No.', { stopReason: 'guardrail_intervened' }),
      'InvalidModelAnswer',
      undefined,
    ],
  ])('that %s, it fails as declared', async (_, answer, code, timeoutSeconds) => {
    const error = await failureOf(evaluateWith(answer, { timeoutSeconds }));
    const declared = LEAD_ERRORS[code as keyof typeof LEAD_ERRORS];
    expect(error).toMatchObject({ code, category: declared.category, message: declared.sentence });
    expect(error?.retryable).toBe(declared.retryable ? undefined : false);
    expect(error?.details).toMatch(/./);
    // What the applicant wrote, and what the model made of it, stays out of the error.
    expect(error?.details).not.toMatch(/Quill|I like it/);
  });

  test('it is asked once: trying again is for the assembly, whose status shows it', async () => {
    const server = await bedrockServer(refusing(503, 'ServiceUnavailableException'));
    const model = {
      provider: 'bedrock',
      modelId: MODEL_ID,
      region: 'eu-central-1',
      endpoint: server.endpoint,
    };
    await failureOf(runSteps(leadEvaluation, fields, { config: { model } }));
    server.stop();
    expect(server.asked).toHaveLength(1);
  });

  test('a canceled run ends at once, by its own reason', async () => {
    const abort = new AbortController();
    const reason = new Error('canceled');
    const evaluating = evaluateWith(() => abort.abort(reason), { signal: abort.signal });
    await expect(evaluating).rejects.toBe(reason);
  });
});

test.each(Object.entries(LEAD_ERRORS))('%s is retried by itself as it is declared', (code, declared) => {
  expect(code).toMatch(/^[A-Z][A-Za-z]+$/);
  expect(ERROR_CATEGORIES).toContain(declared.category);
  const error = assemblyErrorOf(leadError(code as keyof typeof LEAD_ERRORS), 'evaluate');
  expect(isTransientFailure(error)).toBe(declared.retryable);
  for (const sentence of Object.values(declared.sentence)) expect(sentence).toMatch(/^\p{Lu}.+\.$/u);
  expect(declared.sentence.en).not.toBe(declared.sentence.fr);
});

describe('the configuration', () => {
  const parse = (config: unknown) => {
    if (leadEvaluation.external) throw new Error('lead-evaluation is worked here');
    return leadEvaluation.config?.safeParse(config);
  };
  const model = { provider: 'bedrock', modelId: 'amazon.nova-lite-v1:0' };

  test('may be absent, or name a model', () => {
    expect(parse(undefined)?.data).toEqual({});
    expect(parse({ model })?.data).toEqual({ model: { ...model, timeoutSeconds: 60 } });
    const arn = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0';
    expect(parse({ model: { ...model, modelId: arn, region: 'us-gov-west-1' } })?.success).toBe(true);
  });

  test.each<[string, object]>([
    ['another provider', { provider: 'openai' }],
    ['no model', { modelId: '' }],
    ['a region that is none', { region: 'Frankfurt' }],
    ['an endpoint that is none', { endpoint: 'bedrock' }],
    ['no time', { timeoutSeconds: 0 }],
    ['more time than a worker has', { timeoutSeconds: 601 }],
    ['more', { apiKey: 'x' }],
  ])('has not %s', (_, changes) => {
    expect(parse({ model: { ...model, ...changes } })?.success).toBe(false);
  });
});
