import { randomUUID } from 'node:crypto';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { assemblyId, fieldsMd5 } from '../lib/domain/identifier.ts';
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
import { cutInHalf, picture, putFile, submitPictures, thumbnailsOf, uploadPictures } from './pictures.ts';

const documents = localDocuments();
const lambda = new LambdaClient({ ...LOCAL_AWS, endpoint: localWaybill().lambda_endpoint });
const sqs = new SQSClient({ ...LOCAL_AWS, endpoint: localWaybill().sqs_endpoint });
afterAll(() => {
  for (const client of [documents, lambda, sqs]) client.destroy();
});

const cancel = async (user: string, id: string): Promise<ApiAnswer> =>
  api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });

const retry = async (user: string, id: string, query = ''): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/retry${query}`, { method: 'POST', headers: await bearer(user) });

const report = (id: string, body: object): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, { headers: { 'x-webhook-secret': localWaybill().update_secret }, body });

/** An assembly that somebody else works on. */
async function reviewed(user: string, more: object = {}): Promise<string> {
  const fields = { title: 'Is it good?', nonce: randomUUID() };
  return (await submit(user, { template_id: 'human-review', fields, ...more })).json.assembly_id;
}

/** The minute that the schedule waits for. */
async function sweep(): Promise<void> {
  const { FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName: localWaybill().functions.sweep }),
  );
  expect(FunctionError).toBeUndefined();
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

/** Writes past the product, as only a test may. */
async function become(id: string, members: Record<string, unknown>): Promise<void> {
  const names = Object.keys(members);
  await documents.send(
    new UpdateCommand({
      TableName: localWaybill().tables.jobs,
      Key: { assembly_id: id },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, members[name]])),
    }),
  );
}

/** A stored assembly of our own worker, as if it had come to this by itself. */
async function storedAssembly(user: string, members: Record<string, unknown>): Promise<string> {
  const fields = { text: `One ship. ${randomUUID()}` };
  const md5 = fieldsMd5(JSON.stringify(fields));
  const id = assemblyId({ md5s: [md5], templateId: 'text-statistics', owner: user });
  const now = new Date().toISOString();
  await documents.send(
    new PutCommand({
      TableName: localWaybill().tables.jobs,
      Item: {
        assembly_id: id,
        template_id: 'text-statistics',
        user_id: user,
        status: 'processing',
        attempt: 1,
        claim: 1,
        version: 2,
        last_writer: 'a worker that died',
        external: false,
        branch: 'main',
        fields: JSON.stringify(fields),
        fields_md5: md5,
        progress: 40,
        progress_message: 'Counting words',
        retry_count: 0,
        max_retries: 3,
        created_at: now,
        updated_at: now,
        queued_at: now,
        started_at: now,
        deadline_at: inSeconds(-1),
        open_shard: id.charAt(0),
        ...members,
      },
    }),
  );
  return id;
}

describe('what stands still is moved on by sweep', () => {
  test('a worker that died: the same attempt waits for another run, and completes', async () => {
    const user = newUser();
    const id = await storedAssembly(user, {});
    await sweep();
    const { json: waiting } = await statusOf(user, id);
    expect(waiting).toMatchObject({
      status: 'queued',
      attempt: 1,
      progress: 0,
      retry_count: 1,
      attempts: [{ attempt: 1, status: 'queued', error_code: 'worker_lost', error_category: 'WORKER_ERROR' }],
    });
    expect(Date.parse(waiting.next_retry_at)).toBeGreaterThan(Date.now());
    expect(waiting).not.toHaveProperty('error');
    const status = await eventually(
      async () => {
        const { json } = await statusOf(user, id);
        return json.status === 'completed' ? json : undefined;
      },
      'the second run',
      25_000,
    );
    expect(status.attempts.map((run: { status: string }) => run.status)).toEqual(['queued', 'completed']);
    expect(status).not.toHaveProperty('next_retry_at');
  });

  test('a worker that died once too often: failed, and who waits is told', async () => {
    const user = newUser();
    const id = await storedAssembly(user, { retry_count: 3 });
    await sweep();
    expect((await statusOf(user, id)).json).toMatchObject({
      status: 'failed',
      error: 'The worker stopped in the middle of the work.',
      error_code: 'worker_lost',
      can_retry: false,
    });
  });

  test('a message that was lost is sent again', async () => {
    const user = newUser();
    // Not ours while it is written: so the stream sends nothing.
    const id = await storedAssembly(user, { status: 'queued', external: true, deadline_at: inSeconds(900) });
    await become(id, { external: false });
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'queued' });
    // Only now: the sweep of the schedule would take the external one for late, and send the other before it is looked at.
    await become(id, { deadline_at: inSeconds(-1) });
    await sweep();
    expect(await ended(user, id)).toMatchObject({ status: 'completed', attempt: 1, retry_count: 0 });
  });

  test('an external worker that never came back: failed when its time is over', async () => {
    const user = newUser();
    const id = await reviewed(user);
    await report(id, { status: 'processing', progress: 50 });
    await sweep();
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'processing' });
    await become(id, { deadline_at: inSeconds(-1) });
    await sweep();
    expect((await statusOf(user, id)).json).toMatchObject({
      status: 'failed',
      error_code: 'external_timeout',
      can_retry: true,
    });
    const late = await report(id, { status: 'completed' });
    expect([late.status, late.json.code]).toEqual([409, 'already_ended']);
  });

  test('files that never came: failed when the time for uploads is over', async () => {
    const user = newUser();
    const [one, two] = [await picture('a.jpg', {}), await picture('b.jpg', { seed: 2 })];
    const { json } = await submitPictures(user, [one, two]);
    await putFile(json.uploads[0], one);
    const id = json.assembly_id;
    await eventually(
      async () => (await statusOf(user, id)).json.bytes_received > 0 || undefined,
      'the first file',
    );
    await become(id, { deadline_at: inSeconds(-1) });
    await sweep();
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'uploading' });
    await become(id, { deadline_at: inSeconds(-1), uploading_since: '2026-01-01T00:00:00.000Z' });
    await sweep();
    expect((await statusOf(user, id)).json).toMatchObject({
      status: 'failed',
      error: 'Files that were never uploaded: 1 of 2.',
      error_code: 'uploads_missing',
      error_category: 'FILE_ERROR',
    });
  });
});

describe('a message that no worker could take', () => {
  const bury = (id: string, claim: number): Promise<unknown> =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: localWaybill().queues.jobs_dead_letters,
        MessageBody: JSON.stringify({ assembly_id: id, attempt: 1, claim }),
      }),
    );

  test('fails its assembly, with the reason', async () => {
    const user = newUser();
    const id = await storedAssembly(user, { status: 'queued', external: true, deadline_at: inSeconds(900) });
    await become(id, { external: false });
    await bury(id, 1);
    expect(await ended(user, id)).toMatchObject({
      status: 'failed',
      error_code: 'message_undeliverable',
      error_category: 'WORKER_ERROR',
      can_retry: true,
      attempts: [{ attempt: 1, status: 'failed', error_code: 'message_undeliverable' }],
    });
  });

  test('fails no assembly that is past it', async () => {
    const user = newUser();
    const members = { status: 'queued', external: true, deadline_at: inSeconds(900) };
    const [old, current] = [await storedAssembly(user, members), await storedAssembly(user, members)];
    for (const id of [old, current]) await become(id, { external: false });
    await bury(old, 0);
    await bury(current, 1);
    await ended(user, current);
    expect((await statusOf(user, old)).json).toMatchObject({ status: 'queued', version: 2 });
  });
});

describe('DELETE /assemblies/{id}', () => {
  test('cancels at once, again without harm, and no update comes through afterwards', async () => {
    const user = newUser();
    const id = await reviewed(user);
    await report(id, { status: 'processing', progress: 50 });
    const canceled = await cancel(user, id);
    expect(canceled.status).toBe(200);
    expect(canceled.json).toMatchObject({
      status: 'canceled',
      error: 'The assembly was canceled.',
      can_retry: true,
      attempts: [{ attempt: 1, status: 'canceled', started_at: expect.any(String) }],
    });
    const again = await cancel(user, id);
    expect([again.status, again.json.version]).toEqual([200, canceled.json.version]);
    const late = await report(id, { status: 'completed' });
    expect([late.status, late.json.current.status]).toEqual([409, 'canceled']);
  });

  test('what has ended is refused with how it ended', async () => {
    const user = newUser();
    const id = await reviewed(user);
    await report(id, { status: 'completed' });
    const refused = await cancel(user, id);
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code: 'already_ended', current: { status: 'completed' } });
  });

  test('racing the end, it has one winner', async () => {
    const user = newUser();
    for (let round = 0; round < 10; round++) {
      const id = await reviewed(user);
      const [canceled, completed] = await Promise.all([
        cancel(user, id),
        report(id, { status: 'completed' }),
      ]);
      expect([canceled.status, completed.status].sort()).toEqual([200, 409]);
      const { status } = (await statusOf(user, id)).json;
      expect(status).toBe(canceled.status === 200 ? 'canceled' : 'completed');
    }
  });

  test('of one that our own worker has: it is ended at once, and can be submitted again', async () => {
    const user = newUser();
    // Half a minute of work.
    const long = { template_id: 'text-statistics', fields: { text: 'A ship came in. '.repeat(250_000) } };
    const { json } = await submit(user, long);
    const id = json.assembly_id;
    await eventually(
      async () => (await statusOf(user, id)).json.status === 'processing' || undefined,
      'the worker',
    );
    const { json: canceled } = await cancel(user, id);
    expect(canceled.status).toBe('canceled');
    expect((await submit(user, long)).json).toMatchObject({ restarted: true, attempt: 2, status: 'queued' });
    expect((await cancel(user, id)).json).toMatchObject({ status: 'canceled', attempt: 2 });
  });
});

describe('POST /assemblies/{id}/retry', () => {
  test('begins a new attempt out of the same retries, once', async () => {
    const user = newUser();
    const id = await reviewed(user, { max_retries: 2, reference: 'kept' });
    await report(id, { status: 'failed' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry(user, id, '?attempt=1')));
    expect(answers.filter(({ json }) => json.restarted)).toHaveLength(1);
    for (const { status, json } of answers)
      expect([status, json.attempt, json.retry_count, json.reference]).toEqual([202, 2, 1, 'kept']);
    await report(id, { status: 'failed' });
    expect((await retry(user, id, '?attempt=1')).json).toMatchObject({ status: 'failed', restarted: false });
    expect((await retry(user, id)).json).toMatchObject({ attempt: 3, retry_count: 2, restarted: true });
    await report(id, { status: 'failed' });
    const spent = await retry(user, id);
    expect(spent.status).toBe(409);
    expect(spent.json).toMatchObject({
      code: 'retries_exhausted',
      current: { status: 'failed', can_retry: false },
    });
  });

  test('leaves what completed as it is', async () => {
    const user = newUser();
    const id = await reviewed(user);
    await report(id, { status: 'completed', result: 1 });
    const { status, json } = await retry(user, id);
    expect([status, json.status, json.restarted, json.result]).toEqual([200, 'completed', false, 1]);
  });

  test('of a partial assembly redoes the failed files alone', async () => {
    const user = newUser();
    const good = await picture('good.jpg', { seed: 5 });
    const bad = cutInHalf(await picture('bad.jpg', { seed: 6 }));
    const id = await uploadPictures(user, [good, bad], { fields: { sizes: { s: 16 } } });
    const partial = await ended(user, id);
    expect(partial).toMatchObject({ status: 'partial', result: { pictures: 1, thumbnails: 2 } });
    const { status, json: restarted } = await retry(user, id);
    expect([status, restarted.status, restarted.attempt]).toEqual([202, 'queued', 2]);
    expect(keptThumbnails(restarted)).toEqual(keptThumbnails(partial));
    const again = await ended(user, id);
    // The half picture is half again, and what was made of the whole one is what it was.
    expect(again).toMatchObject({ status: 'partial', attempt: 2, result: { pictures: 1, thumbnails: 2 } });
    expect(keptThumbnails(again)).toEqual(keptThumbnails(partial));
    const [old] = thumbnailsOf(partial);
    expect((await fetch(old?.ssl_url ?? '')).status).toBe(200);
    expect(again.file_errors).toEqual(partial.file_errors);
    expect(again.attempts.map((run) => [run.attempt, run.status])).toEqual([
      [1, 'partial'],
      [2, 'partial'],
    ]);
  });
});

/** Links are made anew with each attempt. */
const keptThumbnails = (status: Parameters<typeof thumbnailsOf>[0]) =>
  thumbnailsOf(status).map(({ ssl_url: _, ...thumbnail }) => thumbnail);

describe.each([
  ['DELETE', (id: string) => `/assemblies/${id}`],
  ['POST', (id: string) => `/assemblies/${id}/retry`],
])('%s of what is not one’s own', (method, path) => {
  const ask = async (id: string, headers: Record<string, string>): Promise<ApiAnswer> =>
    api(path(id), { method, headers });

  test('is answered like what never was, and changes nothing', async () => {
    const owner = newUser();
    const id = await reviewed(owner);
    const stranger = await bearer(newUser());
    const [theirs, none] = [await ask(id, stranger), await ask('0'.repeat(64), stranger)];
    const { timestamp: _1, ...theirProblem } = theirs.json;
    const { timestamp: _2, ...noProblem } = none.json;
    expect([theirs.status, theirProblem]).toEqual([404, noProblem]);
    expect((await statusOf(owner, id)).json).toMatchObject({ status: 'queued', version: 1 });
  });

  test('without a token is refused, also with a machine’s secrets', async () => {
    const owner = newUser();
    const id = await reviewed(owner);
    const { update_secret, read_secret } = localWaybill();
    for (const headers of [{}, { 'x-webhook-secret': update_secret }, { 'x-webhook-secret': read_secret }])
      expect((await ask(id, headers as Record<string, string>)).status).toBe(401);
    expect((await statusOf(owner, id)).json).toMatchObject({ status: 'queued', version: 1 });
  });

  test('by an id that is none is 400', async () => {
    const headers = await bearer(newUser());
    for (const id of ['A'.repeat(64), '0'.repeat(63), 'x'])
      expect((await ask(id, headers)).json).toMatchObject({ status: 400, code: 'invalid_id' });
  });
});

test.each(['0', '-1', '1.5', 'x', ''])('an attempt that is %p is refused', async (attempt) => {
  const user = newUser();
  const id = await reviewed(user);
  const { status, json } = await retry(user, id, `?attempt=${attempt}`);
  expect([status, json.code]).toEqual([400, 'invalid_request']);
});
