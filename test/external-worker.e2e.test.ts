import { assemblyStatus } from '../lib/domain/assembly-status.ts';
import { type ApiAnswer, api, ended, localWaybill, newUser, statusOf, submit } from './local-cloud.ts';

const REVIEW = { template_id: 'human-review', fields: { title: 'Is it good?' } };

async function submitted(): Promise<{ user: string; id: string }> {
  const user = newUser();
  const { json } = await submit(user, REVIEW);
  return { user, id: json.assembly_id };
}

const update = (id: string, body: object): Promise<ApiAnswer> =>
  api(`/assemblies/${id}/status`, { headers: { 'x-webhook-secret': localWaybill().update_secret }, body });

describe('an assembly of an external template', () => {
  test('goes through the states that its worker reports', async () => {
    const { user, id } = await submitted();
    const taken = await update(id, { status: 'processing', progress: 30, progressMessage: 'Reading' });
    expect(taken).toMatchObject({ status: 200, json: { status: 'processing', claim: 1, version: 2 } });
    const running = await statusOf(user, id);
    expect(running).toMatchObject({
      status: 202,
      json: { status: 'processing', progress: 30, progress_message: 'Reading' },
    });
    await update(id, {
      status: 'completed',
      result: { verdict: 'yes' },
      completedAt: '2025-09-30T09:30:00Z',
    });
    const end = await statusOf(user, id);
    expect(end.status).toBe(200);
    expect(assemblyStatus.parse(end.json)).toMatchObject({
      ok: 'ASSEMBLY_COMPLETED',
      progress: 100,
      result: { verdict: 'yes' },
      completed_at: '2025-09-30T09:30:00.000Z',
    });
    expect(end.json).not.toHaveProperty('progress_message');
  });

  test('may be ended by the first word', async () => {
    const { user, id } = await submitted();
    expect((await update(id, { status: 'partial' })).status).toBe(200);
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'partial', ok: 'ASSEMBLY_COMPLETED' });
  });

  test('fails in the words of its worker', async () => {
    const { user, id } = await submitted();
    await update(id, {
      status: 'failed',
      error: 'AI model took too long to respond. Please try again.',
      error_code: 'ModelTimeout',
    });
    expect((await statusOf(user, id)).json).toMatchObject({
      status: 'failed',
      error: 'AI model took too long to respond. Please try again.',
      error_code: 'ModelTimeout',
      error_category: 'WORKER_ERROR',
      can_retry: true,
    });
  });

  test.each<[Readonly<Record<string, string>>, string, string]>([
    [{ error_details: 'ECONNREFUSED 10.0.0.7' }, 'QUEUE_ERROR', 'Un service nécessaire'],
    [{ error_details: 'The CSV is too wide' }, 'FILE_ERROR', 'Erreur de format CSV.'],
    // A code is somebody's choice, and no text.
    [{ error_code: 'CsvTooWide' }, 'WORKER_ERROR', 'Le traitement externe a signalé un échec.'],
    [{ error: 'La règle 12 n’est pas respectée.' }, 'VALIDATION_ERROR', 'La règle 12 n’est pas'],
    [{ error_details: 'OOMKilled' }, 'WORKER_ERROR', 'L’exécutant est tombé en panne'],
    [{ error_details: 'paper jam' }, 'WORKER_ERROR', 'Le traitement externe a signalé un échec.'],
    [{ error_details: 'OOMKilled', error_category: 'FILE_ERROR' }, 'FILE_ERROR', 'Le traitement externe a'],
  ])('fails with the category that its worker leaves to its text: %j', async (said, category, fr) => {
    const { user, id } = await submitted();
    const failure = { status: 'failed', ...said };
    const { json } = await update(id, failure);
    expect((await update(id, failure)).json.version).toBe(json.version);
    const told = await statusOf(user, id, { 'accept-language': 'fr-CA,fr;q=0.9' });
    expect(told.json).toMatchObject({
      error: expect.stringMatching(`^${fr}`),
      error_code: said.error_code ?? 'external_failure',
      error_category: category,
      can_retry: true,
    });
  });

  test('takes the same update again without a new version', async () => {
    const { id } = await submitted();
    for (const body of [
      { status: 'processing', progress: 40, progress_message: 'Reading' },
      { status: 'completed', result: { a: [1, 2] } },
    ]) {
      const first = await update(id, body);
      const again = await update(id, body);
      expect(again.status).toBe(200);
      expect(again.json.version).toBe(first.json.version);
    }
  });

  test('keeps its progress where a report is late', async () => {
    const { id } = await submitted();
    await update(id, { status: 'processing', progress: 80 });
    expect((await update(id, { status: 'processing', progress: 20 })).json.progress).toBe(80);
  });

  test('answers another end with 409 and how it stands', async () => {
    const { id } = await submitted();
    await update(id, { status: 'completed' });
    for (const body of [{ status: 'failed' }, { status: 'processing' }, { status: 'completed', result: 1 }])
      expect(await update(id, body)).toMatchObject({
        status: 409,
        json: { code: 'already_ended', current: { status: 'completed', version: 2 } },
      });
  });

  test('refuses an update from before its restart', async () => {
    const { user, id } = await submitted();
    const taken = await update(id, { status: 'processing' });
    await update(id, { status: 'failed', error: 'Reviewer is ill' });
    const again = await submit(user, REVIEW);
    expect(again).toMatchObject({ status: 202, json: { restarted: true, attempt: 2, status: 'queued' } });
    for (const fence of [{ attempt: 1 }, { claim: taken.json.claim - 1 }])
      expect(await update(id, { status: 'completed', ...fence })).toMatchObject({
        status: 409,
        json: { code: 'stale_update', current: { status: 'queued', attempt: 2 } },
      });
    expect((await update(id, { status: 'completed', attempt: 2 })).status).toBe(200);
  });

  test('is won by one of two different ends', async () => {
    const { user, id } = await submitted();
    const bodies = [...Array(10).keys()].map((n) => ({ status: 'completed', result: n }));
    const answers = await Promise.all(bodies.map((body) => update(id, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await statusOf(user, id)).json).toMatchObject({ version: 2, result: winner?.json.result });
  });

  test('is left alone by our own worker', async () => {
    const { id, user } = await submitted();
    const { json } = await submit(user, { template_id: 'text-statistics', fields: { text: 'After it.' } });
    await ended(user, json.assembly_id);
    expect((await statusOf(user, id)).json).toMatchObject({ status: 'queued', version: 1 });
  });
});

test('a machine reads every status with the read secret', async () => {
  const { id } = await submitted();
  const { status, json } = await api(`/assemblies/${id}`, {
    headers: { 'x-webhook-secret': localWaybill().read_secret },
  });
  expect([status, json.assembly_id]).toEqual([202, id]);
});
