import { randomUUID } from 'node:crypto';
import type { AssemblyStatus } from '../../lib/domain/assembly-status.ts';
import { ERROR_CATEGORIES } from '../../lib/domain/error-category.ts';
import { expectProblem } from '../bad-input/expect-problem.ts';
import { useGatedCloud } from '../gated-cloud.ts';
import { api, bearer, ended, eventually, newUser, statusOf, submit } from '../local-cloud.ts';
import { announced, putFile, textFile } from '../pictures.ts';

/**
 * The story of seed 001, facnet's "Job Status API": CSV files of Quebec's health administrators, and whoever sent one asks
 * where it stands. Its `GET /api/validations/:id/job-status` is our `GET /assemblies/{id}`. Where names differ, it is said
 * beside them. Two workers, kept busy until the test says so, so that a file has to wait.
 */
const newGate = useGatedCloud('facnet');
const user = newUser();
const FRENCH = { 'accept-language': 'fr-CA,fr;q=0.9,en;q=0.5' };

/** What facnet knows by itself of its files, a submission says. */
const COLUMNS = [
  { name: 'numero', type: 'integer', unique: true },
  { name: 'date de service', type: 'date' },
  { name: 'montant', type: 'number', min: 0 },
];
const GOOD = 'numero;date de service;montant\n1;2025-10-14;120.50\n2;2025-10-14;80\n';

/** The seed's creation of a validation run: its `validationId` and its `jobId` are both `assembly_id` here. */
async function validationOf(csv: string): Promise<string> {
  const file = textFile(`factures-${randomUUID()}.csv`, csv, 'text/csv');
  const fields = { columns: COLUMNS, nonce: randomUUID() };
  const { status, json } = await submit(user, {
    template_id: 'csv-validation',
    uploads: [announced(file)],
    fields,
  });
  expect(status).toBe(202);
  await putFile(json.uploads[0], file);
  return json.assembly_id;
}

const jobStatus = async (id: string): Promise<AssemblyStatus> => (await statusOf(user, id, FRENCH)).json;

const until = (id: string, isSo: (status: AssemblyStatus) => boolean, what: string) =>
  eventually(async () => {
    const status = await jobStatus(id);
    return isSo(status) ? status : undefined;
  }, what);

/** Keeps both workers busy, and returns what lets them go. */
async function busyWorkers(): Promise<() => Promise<void>> {
  const { path: gate, open } = newGate();
  const ids: string[] = [];
  for (const nonce of ['1', '2']) {
    const { json } = await submit(user, { template_id: 'text-statistics', fields: { gate, nonce } });
    ids.push(json.assembly_id);
    await until(json.assembly_id, ({ queue }) => queue.state === 'active', 'a busy worker');
  }
  return async () => {
    await open();
    for (const id of ids) await ended(user, id);
  };
}

test('a file waits in the queue at a place that is told, is worked on, and ends', async () => {
  const free = await busyWorkers();
  const first = await validationOf(GOOD);
  await until(first, ({ queue }) => queue.position === 1, 'the first place');
  const second = await validationOf(GOOD);
  // Step 3 of the seed's walk: `jobState: 'waiting'` with a `queuePosition`, counted from 1, and `status: 'queued'` beside it.
  const waiting = await until(second, ({ queue }) => queue.position === 2, 'the second place');
  expect(waiting).toMatchObject({
    assembly_id: second,
    status: 'queued',
    queue: { state: 'waiting', position: 2, ahead: 1, depth: 2, approximate: true, degraded: false },
    message: 'En attente de traitement',
  });
  // The seed's `error: null` is an absent one.
  expect(waiting).not.toHaveProperty('error');
  await free();
  // Step 5: `completed`, and no place any more.
  for (const id of [first, second]) {
    await ended(user, id);
    expect(await jobStatus(id)).toMatchObject({
      status: 'completed',
      progress: 100,
      queue: { state: 'completed', position: null },
      message: 'Terminé',
      result: { valid: true, row_count: 2 },
    });
  }
});

test('while it is worked on, it has a state in the queue and no place', async () => {
  const { path: gate, open } = newGate();
  const { json } = await submit(user, { template_id: 'text-statistics', fields: { gate } });
  const active = await until(json.assembly_id, ({ status }) => status === 'processing', 'the work');
  expect(active.queue).toMatchObject({ state: 'active', position: null });
  await open();
  await ended(user, json.assembly_id);
});

test('a file that cannot be read fails in words for the administrator, with the rest for the developer', async () => {
  const id = await validationOf('numero;date de service;montant\n1;"2025-10-14;120.50\n');
  await ended(user, id);
  const failed = await jobStatus(id);
  expect(failed).toMatchObject({ status: 'failed', queue: { state: 'failed', position: null } });
  // The seed's `error.code` has two parts here: the category, with its words, and a code for programs.
  expect(ERROR_CATEGORIES).toEqual(['QUEUE_ERROR', 'FILE_ERROR', 'VALIDATION_ERROR', 'WORKER_ERROR']);
  expect(failed.error_category).toBe('FILE_ERROR');
  expect(failed.error_code).toBe('csv_quote_not_closed');
  // The seed's `error.message`.
  expect(failed.error).toMatch(/^Le fichier « factures-\S+ » .+ guillemet/);
  expect(failed.can_retry).toBe(false);
  expect((await statusOf(user, id)).json.error).toMatch(/^The file “factures-\S+” /);
});

test('data that breaks the rules is told by its row', async () => {
  const id = await validationOf(`${GOOD}2;2025-13-01;-5\n`);
  await ended(user, id);
  const { status, result } = await jobStatus(id);
  // The seed fails the run; here the file was read, and what is wrong with it is the result.
  expect(status).toBe('completed');
  expect(result).toMatchObject({ valid: false, row_count: 3, invalid_rows: 1, error_count: 3 });
});

test('who asks has to be known, and to be the one who sent it', async () => {
  const id = await validationOf(GOOD);
  expectProblem(await api(`/assemblies/${id}`), { status: 401, code: 'unauthenticated' });
  // The seed's 404 for what was not found; its ownership check answers the same here, so that nobody learns what exists.
  const stranger = await api(`/assemblies/${id}`, { headers: await bearer(newUser()) });
  const unknown = await api(`/assemblies/${'0'.repeat(64)}`, { headers: await bearer(newUser()) });
  expectProblem(stranger, { status: 404, code: 'not_found' });
  expectProblem(unknown, { status: 404, code: 'not_found' });
  await ended(user, id);
});

test('nothing of the file is in the status: only what is known about it', async () => {
  const secret = 'NAM-123456789';
  const id = await validationOf(`numero;date de service;montant\n${secret};2025-10-14;1\n`);
  await ended(user, id);
  const { result, ...metadata } = await jobStatus(id);
  expect(JSON.stringify(metadata)).not.toContain(secret);
  // Errors of rows are the result: `fields` are what the caller declared, and stay private.
  expect(JSON.stringify(metadata)).not.toContain('date de service');
  expect(result).toMatchObject({ error_count: 1 });
});
