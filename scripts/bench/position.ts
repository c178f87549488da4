import { type LineFaults, NO_FAULTS } from './model-line.ts';
import { PlayedLine, type Told } from './played-line.ts';
import { type QueueDatabase, startQueueDatabase } from './queue-database.ts';
import { quantile } from './statistics.ts';

/** How wrong the places are that waiting jobs are told, in places. */
export interface PlaceErrors {
  readonly samples: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
  /** By how many places somebody was told too few. */
  readonly tooFew: number;
}

export interface PositionStage {
  readonly depth: number;
  readonly errors: PlaceErrors;
  /** Of the place alone: the status reads the item as well. */
  readonly readUnits: { readonly least: number; readonly most: number };
  /** For each job that was put in and taken out, of either kind. */
  readonly writeUnitsPerJob: number;
  /** What a job is told that comes when everything has been taken, and one has been since. */
  readonly toldWhenEmpty: number;
}

/** What a job costs that is put in and taken out, where so many come at once. */
export interface BatchUnits {
  readonly batch: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** An owner has put so many into the line, and SQS lets everybody else pass. */
export interface PassedOwner {
  readonly depth: number;
  readonly errors: PlaceErrors;
  /** What those are told who will pass, and what is true; medians. */
  readonly othersTold: number;
  readonly othersTruth: number;
}

export interface PositionFigures {
  readonly stages: readonly PositionStage[];
  readonly batches: readonly BatchUnits[];
  readonly passed: PassedOwner;
}

export const POSITION_FAULTS: LineFaults = {
  ...{ cancels: 0.05, retries: 0.05, replays: 0.02, duplicates: 0.02 },
  disorder: 5,
};

const DEPTHS = [10, 100, 1_000, 10_000, 100_000] as const;
const SAMPLES = 200;
/** What one partition of a table takes, of two. */
const BURST_PER_SECOND = 2_000;
/** Parts of the line that are left when it is looked at while it empties. */
const LEFT = [0.75, 0.5, 0.25, 0.1] as const;
const PASSED_DEPTH = 1_000;
const BUSY = 'busy';

/** Plays lines of these lengths, and asks on the way what waiting jobs are told. */
export async function position({
  depths = DEPTHS,
}: {
  readonly depths?: readonly number[];
} = {}): Promise<PositionFigures> {
  const database = await startQueueDatabase();
  try {
    const stages: PositionStage[] = [];
    for (const depth of depths) stages.push(await stageOf(depth, database));
    return {
      stages,
      batches: [await batchUnits(1, database), await batchUnits(100, database)],
      passed: await passedOwner(Math.min(PASSED_DEPTH, Math.max(...depths)), database),
    };
  } finally {
    await database.stop();
  }
}

/** Most come in a burst, then some more while they are taken, then as many as are taken; then the line empties. */
async function stageOf(depth: number, database: QueueDatabase): Promise<PositionStage> {
  const line = await PlayedLine.start({ faults: POSITION_FAULTS, perSecond: paceOf(depth) }, database);
  const looks: Told[] = [];
  let written = 0;
  const look = async (count: number): Promise<void> => {
    written += database.units().written;
    looks.push(...(await line.sample(count)));
    database.units();
  };
  // A short line has few to ask: it is played again, until enough were.
  while (looks.length < SAMPLES) await playStage(line, depth, look);
  written += database.units().written;
  return {
    depth,
    errors: errorsOf(looks),
    readUnits: {
      least: Math.min(...looks.map(({ readUnits }) => readUnits)),
      most: Math.max(...looks.map(({ readUnits }) => readUnits)),
    },
    writeUnitsPerJob: written / line.model.claims,
    toldWhenEmpty: await toldWhenEmpty(line),
  };
}

/** A line is taken within some two minutes: longer would be the same, and slower. */
const paceOf = (depth: number): number => Math.max(2, depth / 100);

async function playStage(
  line: PlayedLine,
  depth: number,
  look: (count: number) => Promise<void>,
): Promise<void> {
  const pace = paceOf(depth);
  const each = Math.ceil(SAMPLES / (LEFT.length + 3));
  const burst = Math.min(BURST_PER_SECOND, depth * 3.2);
  while (line.model.depth < 0.8 * depth) await line.tick({ arrivals: burst });
  await look(each);
  while (line.model.depth < depth) await line.tick({ arrivals: 3 * pace });
  await look(each);
  for (let quarters = 0; quarters < 80; quarters++) await line.tick();
  await look(each);
  for (const left of LEFT) {
    while (line.model.depth > left * depth) await line.tick({ arrivals: pace / 10 });
    await look(each);
  }
  await empty(line);
}

async function empty(line: PlayedLine): Promise<void> {
  while (line.model.depth > 0) await line.tick({ arrivals: 0 });
}

async function toldWhenEmpty(line: PlayedLine): Promise<number> {
  // One that is taken in its turn; the next one is asked before.
  for (let come = 0; come < 3; come++) {
    await line.tick({ arrivals: 4 });
    await empty(line);
  }
  await line.tick({ arrivals: 4, claims: 0 });
  return (await line.sample(1))[0]?.told ?? Number.NaN;
}

async function batchUnits(batch: number, database: QueueDatabase): Promise<BatchUnits> {
  const line = await PlayedLine.start(
    { faults: NO_FAULTS, perSecond: 4 * batch, batch, shards: 1 },
    database,
  );
  const jobs = 10 * batch;
  database.units();
  while (line.model.claims < jobs)
    await line.tick({
      arrivals: line.model.depth < jobs ? 4 * batch : 0,
      claims: line.model.depth > batch ? 4 * batch : 0,
    });
  await empty(line);
  const { written, read } = database.units();
  return { batch, writeUnits: written / line.model.claims, readUnits: read / line.model.claims };
}

async function passedOwner(depth: number, database: QueueDatabase): Promise<PassedOwner> {
  const pace = paceOf(depth);
  const line = await PlayedLine.start({ faults: NO_FAULTS, perSecond: pace, busyOwner: BUSY }, database);
  while (line.model.depth < depth) await line.tick({ arrivals: 40 * pace, owner: () => BUSY });
  const busy: Told[] = [];
  const others: Told[] = [];
  for (const left of LEFT) {
    while (line.model.depth > left * depth || others.length === 0) {
      await line.tick({ arrivals: 0.4 * pace });
      others.push(...(await line.sample(1, ({ user_id }) => user_id !== BUSY)));
    }
    busy.push(...(await line.sample(SAMPLES / LEFT.length, ({ user_id }) => user_id === BUSY)));
  }
  return {
    depth,
    errors: errorsOf(busy),
    othersTold: quantile(
      others.map(({ told }) => told),
      0.5,
    ),
    othersTruth: quantile(
      others.map(({ truth }) => truth),
      0.5,
    ),
  };
}

function errorsOf(looks: readonly Told[]): PlaceErrors {
  const errors = looks.map(({ told, truth }) => told - truth);
  const sizes = errors.map(Math.abs);
  return {
    samples: looks.length,
    median: quantile(sizes, 0.5),
    p95: quantile(sizes, 0.95),
    most: Math.max(...sizes),
    tooFew: Math.max(0, ...errors.map((error) => -error)),
  };
}
