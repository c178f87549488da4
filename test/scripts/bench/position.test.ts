import { ModelLine, NO_FAULTS } from '../../../scripts/bench/model-line.ts';
import { PlayedLine } from '../../../scripts/bench/played-line.ts';
import { POSITION_FAULTS, position } from '../../../scripts/bench/position.ts';
import { startQueueDatabase } from '../../../scripts/bench/queue-database.ts';

test('a short line is told nearly as it is, for one read unit', async () => {
  const { stages, batches, passed } = await position({ depths: [20] });
  expect(stages).toMatchObject([{ depth: 20, readUnits: { least: 1, most: 1 }, toldWhenEmpty: 1 }]);
  for (const { errors } of stages) expect(errors.median).toBeLessThanOrEqual(5);
  // To count a job that is put in, to write where it is, to count that it was taken; a batch of them costs no more.
  const [alone, together] = batches;
  expect(alone?.writeUnits).toBeGreaterThan(2.5);
  expect(alone?.writeUnits).toBeLessThanOrEqual(3);
  expect(together?.writeUnits).toBeLessThanOrEqual(0.03);
  expect(passed.errors.samples).toBeGreaterThan(0);
}, 120_000);

const START = Date.parse('2026-03-01T12:00:00.000Z');
const span = (seconds: number) => ({ from: START + 1000 * seconds, to: START + 1000 * (seconds + 1) });

function modelOf(faults = {}, busyOwner?: string): ModelLine {
  const options = { random: () => 0, shards: 1, patienceMs: 1_000 };
  return new ModelLine({ ...options, faults: { ...NO_FAULTS, ...faults }, busyOwner });
}

const readAll = (model: ModelLine): void => model.consumed(model.read(0, 100));
const owners = (model: ModelLine): string[] => model.inOrder(START + 60_000).map(({ user_id }) => user_id);

test('the model lets all others pass a busy owner', () => {
  const model = modelOf({}, 'busy');
  model.submit(2, span(0), () => 'busy');
  model.submit(1, span(1), () => 'ada');
  readAll(model);
  expect(owners(model)).toEqual(['ada', 'busy', 'busy']);
  model.work(2, span(2));
  expect(owners(model)).toEqual(['busy']);
});

test('whoever was canceled is before nobody, and his message takes no worker', () => {
  const model = modelOf({ cancels: 1 });
  model.submit(2, span(0));
  readAll(model);
  expect(model.depth).toBe(2);
  model.advance(START + 1_000);
  expect(model.depth).toBe(0);
  model.work(1, span(2));
  expect(model.claims).toBe(0);
});

test('a run that failed waits for its time before it is in the line again', () => {
  const model = modelOf({ retries: 1 });
  model.submit(1, span(0));
  readAll(model);
  model.work(1, span(1));
  model.advance(START + 3_000);
  readAll(model);
  expect(model.depth).toBe(1);
  expect(model.inOrder(START + 2_100)).toEqual([]);
  expect(model.inOrder(START + 60_000)).toHaveLength(1);
});

test('a message that comes twice is taken once', () => {
  const model = modelOf({ duplicates: 1 });
  model.submit(1, span(0));
  readAll(model);
  model.work(5, span(1));
  expect(model.claims).toBe(1);
});

test('without checkpoints everybody is told the end of the line, and without the table nothing', async () => {
  const database = await startQueueDatabase();
  try {
    const line = await PlayedLine.start({ faults: POSITION_FAULTS, perSecond: 1 }, database);
    await line.tick({ arrivals: 40, claims: 0 });
    const [first] = line.model.inOrder(line.now().getTime());
    if (first === undefined) throw new Error('Nobody waits');
    const whole = await line.view(first);
    const progress = () => line.store.progress();
    const missing = await line.view(first, { progress, checkpointsFrom: async () => [] });
    expect(missing).toEqual({ ...whole, position: whole.depth, ahead: (whole.depth ?? 0) - 1 });
    const refused = await line.view(first, {
      progress,
      checkpointsFrom: () => Promise.reject(new Error('refused')),
    });
    expect(refused).toMatchObject({ state: 'waiting', position: null, depth: null, degraded: true });
  } finally {
    await database.stop();
  }
});
