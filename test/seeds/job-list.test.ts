import { report, stored, submitted } from '../listing.ts';
import { type ApiAnswer, api, bearer, newUser } from '../local-cloud.ts';

/** Seed 002's list of jobs, with its own values: `GET /jobs?page=1&limit=10&status=completed` is `GET /assemblies?…` here. */

const user = newUser();
const jobs = async (query: string): Promise<ApiAnswer> =>
  api(`/assemblies?${query}`, { headers: await bearer(user) });

/** One in each state of the seed, beside fifty that are completed. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  const created = (second: number) => new Date(Date.UTC(2022, 0, 1) + second * 1000).toISOString();
  for (let number = 0; number < 49; number++)
    await stored(user, {
      status: 'completed',
      progress: 100,
      created_at: created(number),
      started_at: created(number + 10),
      ended_at: created(number + 100),
    });
  ids.delayed = await stored(user, { status: 'queued', next_retry_at: '2099-01-01T00:00:00.000Z' });
  ids.waiting = await submitted(user);
  ids.active = await submitted(user);
  await report(ids.active, { status: 'processing', progress: 75 });
  ids.completed = await submitted(user);
  await report(ids.completed, { status: 'completed' });
  ids.failed = await submitted(user);
  await report(ids.failed, { status: 'failed', error: 'No.' });
});

test('?page=1&limit=10&status=completed: the first ten of fifty, on five pages', async () => {
  const { status, json } = await jobs('page=1&limit=10&status=completed');
  expect(status).toBe(200);
  expect(json.pagination).toMatchObject({ total: 50, page: 1, limit: 10, pages: 5 });
  expect(json.assemblies).toHaveLength(10);
  const [first] = json.assemblies;
  expect(first).toMatchObject({ assembly_id: ids.completed, state: 'completed', progress: 100 });
  // The seed's timestamp.created, .started and .finished.
  for (const name of ['created_at', 'execution_start', 'completed_at'])
    expect(json.assemblies[1][name]).toBe(new Date(json.assemblies[1][name]).toISOString());
});

test('its pages one after the other are all of them, once', async () => {
  const pages = await Promise.all(
    [1, 2, 3, 4, 5].map((page) => jobs(`page=${page}&limit=10&status=completed`)),
  );
  const seen = pages.flatMap(({ json }) =>
    json.assemblies.map((each: { assembly_id: string }) => each.assembly_id),
  );
  expect(seen).toHaveLength(50);
  expect(new Set(seen).size).toBe(50);
});

test('without anything, it is ten, as there', async () => {
  expect((await jobs('')).json.assemblies).toHaveLength(10);
  expect((await jobs('page=1')).json.pagination).toMatchObject({ page: 1, limit: 10, total: 54, pages: 6 });
});

test.each(['active', 'failed', 'waiting', 'delayed'])('?status=%s: those in that state', async (state) => {
  const { json } = await jobs(`page=1&limit=10&status=${state}`);
  expect(json.assemblies).toEqual([expect.objectContaining({ assembly_id: ids[state], state })]);
  expect(json.pagination).toMatchObject({ total: 1, pages: 1 });
});

test('a job that is active says how far it is', async () => {
  const { json } = await jobs('status=active');
  expect(json.assemblies[0]).toMatchObject({ state: 'active', progress: 75 });
});

test("users see their own: somebody else's list is empty", async () => {
  const { json } = await api('/assemblies?page=1&limit=10', { headers: await bearer(newUser()) });
  expect(json).toEqual({
    assemblies: [],
    pagination: { total: 0, total_exact: true, page: 1, limit: 10, pages: 0 },
  });
});

test('without a token there is none', async () => {
  expect((await api('/assemblies?page=1&limit=10')).status).toBe(401);
});
