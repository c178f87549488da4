import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { ShownQueue } from '../lib/domain/shown-queue.ts';
import { useGatedCloud } from './gated-cloud.ts';
import {
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

const newGate = useGatedCloud('gated');
const user = newUser();

interface Job {
  readonly id: string;
  /** Ends the work. */
  open(): Promise<void>;
}

async function newJob(): Promise<Job> {
  const { path: gate, open } = newGate();
  const { json } = await submit(user, { template_id: 'text-statistics', fields: { gate } });
  return { id: json.assembly_id, open };
}

const queueOf = async ({ id }: Job): Promise<ShownQueue> => (await statusOf(user, id)).json.queue;

const cancel = async ({ id }: Job) =>
  api(`/assemblies/${id}`, { method: 'DELETE', headers: await bearer(user) });

/** The view as soon as it is like that. */
const view = (job: Job, expected: Partial<ShownQueue>): Promise<ShownQueue> =>
  eventually(
    async () => {
      const found = await queueOf(job);
      return Object.entries(expected).every(([name, value]) => found[name as keyof ShownQueue] === value)
        ? found
        : undefined;
    },
    `${job.id.slice(0, 8)} to be ${JSON.stringify(expected)}`,
  );

/** As many as there are workers, all in work. */
async function busyWorkers(): Promise<Job[]> {
  const jobs = [await newJob(), await newJob()];
  for (const job of jobs) await view(job, { state: 'active' });
  return jobs;
}

const finish = async (...jobs: Job[]): Promise<void> => {
  for (const job of jobs) await job.open();
  for (const { id } of jobs) await ended(user, id);
};

test('whoever waits is told the place, and it falls as others begin', async () => {
  const [first, second] = (await busyWorkers()) as [Job, Job];
  expect(await queueOf(first)).toEqual({
    ...{ state: 'active', position: null, ahead: null, depth: null, estimated_start_at: null, as_of: null },
    ...{ approximate: false, degraded: false },
  });
  const line: Job[] = [];
  for (let place = 1; place <= 4; place++) {
    const job = await newJob();
    line.push(job);
    const told = await view(job, { state: 'waiting', position: place, depth: place });
    expect(told).toMatchObject({ ahead: place - 1, approximate: true, degraded: false });
    expect(Date.parse(told.as_of ?? '')).toBeLessThanOrEqual(Date.now());
  }
  for (const [index, job] of line.entries()) await view(job, { position: index + 1, depth: 4 });

  await finish(first);
  for (const [index, job] of line.slice(1).entries()) await view(job, { position: index + 1, depth: 3 });
  await view(line[0] as Job, { state: 'active', position: null });

  await finish(second, ...line);
  expect(await queueOf(first)).toMatchObject({ state: 'completed', position: null, depth: null });
  // Nothing is left of them: the next one finds an empty line.
  const next = await newJob();
  await finish(next);
});

test('one that was canceled counts until the workers have passed it', async () => {
  const busy = await busyWorkers();
  const [gone, stays] = [await newJob(), await newJob()] as const;
  await view(stays, { position: 2 });
  await cancel(gone);
  expect(await queueOf(gone)).toMatchObject({ state: null, position: null });
  await finish(...busy, stays);
  const [one, two] = await busyWorkers();
  const waiting = await newJob();
  await view(waiting, { position: 1, depth: 1 });
  await finish(one as Job, two as Job, waiting);
});

test('many at once, and by direct call, are told the same', async () => {
  const busy = await busyWorkers();
  const line = [await newJob(), await newJob(), await newJob()];
  for (const [index, job] of line.entries()) await view(job, { position: index + 1, depth: 3 });
  const { json } = await api('/assemblies/batch-status', {
    headers: await bearer(user),
    body: { assembly_ids: line.map(({ id }) => id) },
  });
  expect(line.map(({ id }) => json.statuses[id].queue.position)).toEqual([1, 2, 3]);
  const lambda = new LambdaClient({ ...LOCAL_AWS, endpoint: localWaybill().lambda_endpoint });
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: localWaybill().functions.status,
      Payload: JSON.stringify({ assemblyId: line[1]?.id, userId: user }),
    }),
  );
  lambda.destroy();
  expect(JSON.parse(JSON.parse(Buffer.from(Payload ?? []).toString()).body).queue).toMatchObject({
    state: 'waiting',
    position: 2,
  });
  await finish(...busy, ...line);
});

test('without the rows of the queue the rest of the status is whole', async () => {
  const busy = await busyWorkers();
  const waiting = await newJob();
  await view(waiting, { position: 1 });
  const before = (await statusOf(user, waiting.id)).json;
  const documents = localDocuments();
  const TableName = localWaybill().tables.queue;
  const { Items = [] } = await documents.send(new ScanCommand({ TableName }));
  expect(Items.length).toBeGreaterThan(1);
  for (const { queue, at } of Items)
    await documents.send(new DeleteCommand({ TableName, Key: { queue, at } }));
  documents.destroy();
  await view(waiting, { degraded: true });
  const { status, json } = await statusOf(user, waiting.id);
  expect(status).toBe(202);
  expect(json).toEqual({
    ...before,
    queue: {
      ...{
        state: 'waiting',
        position: null,
        ahead: null,
        depth: null,
        estimated_start_at: null,
        as_of: null,
      },
      ...{ approximate: false, degraded: true },
    },
  });
  await finish(...busy, waiting);
  // And it begins anew.
  const [one, two] = await busyWorkers();
  const next = await newJob();
  await view(next, { degraded: false, position: 1 });
  await finish(one as Job, two as Job, next);
});
