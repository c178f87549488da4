import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AssemblyStatus } from '../lib/domain/assembly-status.ts';
import type { ShownSubmission } from '../lib/domain/shown-submission.ts';
import { expectProblem } from './bad-input/expect-problem.ts';
import {
  type ApiAnswer,
  api,
  bearer,
  ended,
  eventually,
  LOCAL_AWS,
  localDocuments,
  localWaybill,
  newUser,
  statusOf,
  submit,
} from './local-cloud.ts';

/** What external workers say of recipients, over HTTP. Every case of it in memory: test/lambdas/status-update. */

const user = newUser();

const recipientsOf = (ids: readonly string[]) =>
  ids.map((id) => ({ id, name: 'Ada Quill', chamber: 'house' }));
const request = (ids: readonly string[], nonce: string = randomUUID()) => ({
  template_id: 'message-tracking',
  fields: { subject: 'S', message: 'M', recipients: recipientsOf(ids), nonce },
});

const update = (id: string, body: object): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, { headers: { 'x-webhook-secret': localWaybill().update_secret }, body });
const report = (
  id: string,
  submission_results: readonly object[],
  status = 'processing',
  more: object = {},
) => update(id, { status, submission_results, ...more });

const rowsOf = ({ submissions = [] }: AssemblyStatus): Record<string, ShownSubmission> =>
  Object.fromEntries(submissions.map((each) => [each.submission_id, each]));
const statusesOf = (status: AssemblyStatus): string[] =>
  (status.submissions ?? []).map((each) => each.status);

/** As soon as our worker has given it back. */
async function submitted(...ids: readonly string[]): Promise<string> {
  const { json } = await submit(user, request(ids));
  return inWork(json.assembly_id, ids.length);
}
const inWork = (id: string, count: number): Promise<string> =>
  eventually(async () => {
    const { json } = await statusOf(user, id);
    return json.status === 'processing' && json.submissions.length === count ? id : undefined;
  }, 'the submissions');

const A = { submission_id: 'a', status: 'submitted', confirmation: 'CWC-12345' };
const B = { submission_id: 'b', status: 'failed', error: 'No.', error_code: 'Vacant', error_details: '404' };

describe('results of recipients', () => {
  test('are taken before our worker has come, and hold', async () => {
    const { json } = await submit(user, request(['a', 'b']));
    const id = json.assembly_id;
    expect((await report(id, [A, B], 'completed')).status).toBe(200);
    const end = await ended(user, id);
    expect(end.status).toBe('partial');
    expect(rowsOf(end)).toMatchObject({
      a: { status: 'submitted', confirmation: 'CWC-12345', submitted_at: expect.stringMatching(/Z$/) },
      b: {
        status: 'failed',
        error: 'No.',
        error_code: 'Vacant',
        error_category: 'WORKER_ERROR',
        error_details: '404',
      },
    });
  });

  test('change nothing when they come again, and take nothing back when they come late', async () => {
    const id = await submitted('a', 'b', 'c');
    await report(id, [A, B]);
    const counted = await eventually(async () => {
      const { json } = await statusOf(user, id);
      return json.progress === 66 ? (json as AssemblyStatus) : undefined;
    }, 'the count');
    const late = ['a', 'b'].flatMap((submission_id) =>
      ['queued', 'processing', 'rate_limited'].map((status) => ({ submission_id, status })),
    );
    for (const results of [[A], [B, A], ...late.map((each) => [each])])
      expect((await report(id, results)).json).toMatchObject({
        version: counted.version,
        submissions: counted.submissions,
      });
    // Nothing is news to the count either.
    expect((await report(id, [A, B], 'completed')).json).toMatchObject({
      status: 'processing',
      version: counted.version,
    });
  });

  test('fill in what was left out, and contradict nothing', async () => {
    const id = await submitted('a', 'b');
    await report(id, [{ submission_id: 'a', status: 'submitted' }]);
    expect(rowsOf((await report(id, [A])).json).a).toMatchObject({ confirmation: 'CWC-12345' });
    const contradiction = await report(id, [
      { submission_id: 'b', status: 'processing' },
      { ...A, confirmation: 'CWC-2' },
    ]);
    expectProblem(contradiction, {
      status: 409,
      code: 'illegal_transition',
      pointers: ['/submission_results/1'],
    });
    expect(statusesOf(contradiction.json.current)).toEqual(['submitted', 'processing']);
    expectProblem(await report(id, [{ submission_id: 'a', status: 'failed' }]), {
      status: 409,
      code: 'illegal_transition',
      pointers: ['/submission_results/0'],
    });
  });

  test('of strangers are refused by their place, and all others are taken', async () => {
    const id = await submitted('a', 'b');
    expectProblem(await report(id, [{ ...A, submission_id: 'x' }, A, { ...B, submission_id: 'B' }]), {
      status: 400,
      code: 'invalid_request',
      pointers: ['/submission_results/0', '/submission_results/2'],
    });
    expect(statusesOf((await statusOf(user, id)).json)).toEqual(['submitted', 'queued']);
  });

  test('are known or refused after the end', async () => {
    const id = await submitted('a', 'b');
    const end = await report(id, [A, B], 'failed');
    expect(end).toMatchObject({ status: 200, json: { status: 'partial' } });
    for (const results of [[A, B], [B], [{ submission_id: 'a', status: 'processing' }], []])
      expect((await report(id, results)).json.version).toBe(end.json.version);
    for (const result of [
      { ...A, status: 'failed', confirmation: undefined },
      { ...A, submission_id: 'x' },
    ]) {
      const refused = await report(id, [result]);
      expectProblem(refused, { status: 409, code: 'already_ended' });
      expect(refused.json.current).toMatchObject({ status: 'partial', version: end.json.version });
    }
  });

  test('speak under the attempt that there is', async () => {
    const nonce = randomUUID();
    const { json } = await submit(user, request(['a', 'b'], nonce));
    const id = await inWork(json.assembly_id, 2);
    await report(id, [A, B], 'completed', { attempt: 1 });
    const again = await api(`/assemblies/${id}/retry?attempt=1`, {
      method: 'POST',
      headers: await bearer(user),
    });
    expect(again).toMatchObject({ status: 202, json: { attempt: 2 } });
    const stale = await report(id, [B], 'failed', { attempt: 1 });
    expectProblem(stale, { status: 409, code: 'stale_update' });
    expect(stale.json.current).toMatchObject({ attempt: 2 });
    await inWork(id, 2);
    expectProblem(await report(id, [B], 'failed', { claim: 1 }), { status: 409, code: 'stale_update' });
    const end = await report(id, [{ submission_id: 'b', status: 'submitted' }], 'completed', { attempt: 2 });
    expect(end.json).toMatchObject({ status: 'completed', attempt: 2 });
    // It keeps what the first attempt has reached.
    expect(rowsOf(end.json)).toMatchObject({ a: { confirmation: 'CWC-12345' }, b: { status: 'submitted' } });
    expect(rowsOf(end.json).b).not.toHaveProperty('error');
  });

  test('of a thousand recipients at once are taken', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `r-${n}`);
    const { json } = await submit(user, request(ids));
    const results = ids.map((submission_id, n) => ({
      submission_id,
      status: n % 4 ? 'submitted' : 'failed',
    }));
    expect((await report(json.assembly_id, results, 'completed')).status).toBe(200);
    expect(await ended(user, json.assembly_id)).toMatchObject({
      status: 'partial',
      submission_counts: { submitted: 750, failed: 250, queued: 0 },
    });
  });

  test('that come from many workers at once all count', async () => {
    const ids = Array.from({ length: 20 }, (_, n) => `r-${n}`);
    const { json } = await submit(user, request(ids));
    const id = json.assembly_id;
    const one = (submission_id: string) => report(id, [{ submission_id, status: 'submitted' }], 'completed');
    const answers = await Promise.all([...ids, ...ids].map(one));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
    const end = await ended(user, id);
    expect(end).toMatchObject({ status: 'completed', submission_counts: { submitted: 20 } });
    expect(end.attempts).toHaveLength(1);
  });
});

describe('an update is refused as one', () => {
  const twice = [A, { messageId: 'a', status: 'failed' }];
  const tooMany = Array.from({ length: 1_001 }, (_, n) => ({ submission_id: `${n}`, status: 'failed' }));
  test.each<[string, object, string[]]>([
    ['in both spellings', { submission_results: [], submissionResults: [A] }, ['/submissionResults']],
    [
      'a result in both spellings',
      { submission_results: [{ ...A, cwcConfirmation: 'CWC-12345' }] },
      ['/submission_results/0/cwcConfirmation'],
    ],
    ['a recipient twice', { submissionResults: twice }, ['/submission_results/1']],
    ['1,001 results', { submission_results: tooMany }, ['/submission_results']],
    ['no list', { submission_results: { a: A } }, ['/submission_results']],
    ['a text for a result', { submission_results: ['a'] }, ['/submission_results/0']],
    [
      'a result of nobody',
      { submission_results: [{ status: 'failed' }] },
      ['/submission_results/0/submission_id'],
    ],
    [
      'another status',
      { submission_results: [{ ...A, status: 'canceled' }] },
      ['/submission_results/0/status'],
    ],
    [
      'an error with submitted',
      { submission_results: [{ ...A, error: 'No.' }] },
      ['/submission_results/0/error'],
    ],
    [
      'a time that is none',
      { submission_results: [{ ...A, submitted_at: 'yesterday' }] },
      ['/submission_results/0/submitted_at'],
    ],
    [
      'a lone surrogate',
      { submission_results: [{ ...A, confirmation: '\ud800' }] },
      ['/submission_results/0/confirmation'],
    ],
    ['progress', { progress: 50, submission_results: [A] }, ['/progress']],
    ['a result', { status: 'completed', result: 1, submission_results: [A] }, ['/result']],
  ])('%s', async (_, body, pointers) => {
    const id = await submitted('a', 'b');
    expectProblem(await update(id, { status: 'processing', ...body }), {
      status: 400,
      code: 'invalid_request',
      pointers,
    });
    expect(statusesOf((await statusOf(user, id)).json)).toEqual(['queued', 'queued']);
  });

  test('of an assembly without recipients', async () => {
    const { json } = await submit(user, { template_id: 'human-review', fields: { title: randomUUID() } });
    expectProblem(await report(json.assembly_id, [A]), {
      status: 400,
      code: 'invalid_request',
      pointers: ['/submission_results'],
    });
  });

  test('of one that our own worker works', async () => {
    const fields = request(['a']).fields;
    const { json } = await submit(user, { template_id: 'message-delivery', fields });
    expectProblem(await report(json.assembly_id, [A]), { status: 409, code: 'not_external' });
    // The shared local cloud has no receiver, and says so.
    expect(rowsOf(await ended(user, json.assembly_id)).a).toMatchObject({ error_code: 'not_configured' });
  });

  test('of a canceled one, and nothing of it is taken', async () => {
    const id = await submitted('a', 'b');
    await report(id, [A]);
    await api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });
    for (const results of [[A], [B], []]) {
      const refused = await report(id, results);
      expectProblem(refused, { status: 409, code: 'already_ended' });
      expect(refused.json.current.status).toBe('canceled');
    }
    expect(statusesOf((await statusOf(user, id)).json)).toEqual(['submitted', 'canceled']);
  });
});

test('what its workers have not said by the deadline has failed', async () => {
  const documents = localDocuments();
  const lambda = new LambdaClient({ ...LOCAL_AWS, endpoint: localWaybill().lambda_endpoint });
  try {
    const [some, none] = [await submitted('a', 'b'), await submitted('a', 'b')];
    await report(some, [A]);
    const longAgo = Date.now() - 7_200_000;
    for (const assembly_id of [some, none])
      await documents.send(
        new UpdateCommand({
          TableName: localWaybill().tables.jobs,
          Key: { assembly_id },
          UpdateExpression: 'SET timeout_seconds = :hour, expanded_at = :then, deadline_at = :then_seconds',
          ExpressionAttributeValues: {
            ':hour': 3_600,
            ':then': new Date(longAgo).toISOString(),
            ':then_seconds': Math.floor(longAgo / 1000) + 3_600,
          },
        }),
      );
    await lambda.send(new InvokeCommand({ FunctionName: localWaybill().functions.sweep, Payload: '{}' }));
    const [partial, failed] = [await ended(user, some), await ended(user, none)];
    expect(partial).toMatchObject({
      status: 'partial',
      submission_counts: { submitted: 1, failed: 1 },
      can_retry: true,
    });
    expect(rowsOf(partial).b).toMatchObject({ status: 'failed', error_code: 'external_timeout' });
    expect(failed).toMatchObject({
      status: 'failed',
      error_code: 'external_timeout',
      submission_counts: { failed: 2 },
    });
    expectProblem(await report(none, [A]), { status: 409, code: 'already_ended' });
  } finally {
    documents.destroy();
    lambda.destroy();
  }
});
