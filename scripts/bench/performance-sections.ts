import type { BilledCalls } from './billed-life.ts';
import type { ColdStatus } from './cold-status.ts';
import { costOf } from './cost-of.ts';
import type { EndToEnd } from './end-to-end.ts';
import type { FanOutFigures, FanOutRun } from './fan-out.ts';
import type { Growth, Units } from './growth.ts';
import { DELIVERY_SHARE, OPEN_SHARE } from './growth-rows.ts';
import { anchorRows, type LifeOfAJob, purposeOf } from './life-of-a-job.ts';
import { markdownTable } from './markdown-table.ts';
import type { PlaceErrors, PositionFigures } from './position.ts';
import type { FileReport } from './run-file-job.ts';
import { section } from './section.ts';
import type { WarmStatus } from './warm-status.ts';

const WARM_GOAL = 0.8;
const COLD_GOALS = { time: 1.35, size: 1.5 };

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const kb = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;
const ratio = (value: number): string => value.toFixed(2);
const perSecond = (value: number): string => value.toFixed(0);
const reached = (isReached: boolean): string => (isReached ? 'reached' : 'not reached');

export const warmSection = ({ rounds, modes }: WarmStatus): string =>
  section(
    'A warm status',
    'warm',
    `The status of a completed job of one file, through the export of the deployed bundle: a real token is verified, the item is read, and the links to its two results are signed. Beside it, a bare \`GetCommand\` of the SDK's DocumentClient for the same key. Each in a process of its own, both straight to the database. Medians of ${rounds} rounds in turns, requests per second.`,
    markdownTable(
      [
        'in flight',
        'status',
        'bare read',
        'ratio',
        'of the rounds',
        'CPU of a status',
        'of a bare read',
        `goal ${WARM_GOAL}`,
      ],
      modes.map((mode) => [
        mode.inFlight,
        perSecond(mode.statusPerSecond),
        perSecond(mode.barePerSecond),
        ratio(mode.ratio),
        `${ratio(mode.lowestRatio)} to ${ratio(mode.highestRatio)}`,
        `${mode.statusCpuMs.toFixed(2)} ms`,
        `${mode.bareCpuMs.toFixed(2)} ms`,
        reached(mode.ratio >= WARM_GOAL),
      ]),
    ),
  );

export const coldSection = ({ processes, variants }: ColdStatus): string =>
  section(
    'A cold status',
    'cold',
    `A fresh process each: the import of a bundle and its first answer. The baseline is a bundle with one \`GetItemCommand\` and nothing else, built with the very options of \`scripts/build.ts\`. Medians of ${processes} processes in turns; the start of Node is not in it. CPU is the time of the processor, which other work on the machine changes least. What a fetch of a secret costs on top stands apart: a deployment whose \`jwt\` setting is a key set has the keys in the environment, and links to results need the master secret. Why the SDK stays: [ADR 0016](decisions/0016-sdk-on-the-status-path.md).`,
    markdownTable(
      ['', 'bundle', 'loaded', 'import', 'first answer', 'in all', 'CPU', 'time', 'CPU', 'loaded'],
      variants.map((each) => [
        each.name,
        kb(each.size.whole),
        kb(each.size.loaded),
        `${ms(each.importMs)} ms`,
        `${ms(each.answerMs)} ms`,
        `${ms(each.totalMs)} ms`,
        `${ms(each.cpuMs)} ms`,
        `${ratio(each.timeRatio)}x`,
        `${ratio(each.cpuRatio)}x`,
        `${ratio(each.sizeRatio)}x`,
      ]),
    ),
    coldGoals(variants),
  );

function coldGoals(variants: ColdStatus['variants']): string {
  const held = variants.find(({ isHeldToGoals }) => isHeldToGoals);
  if (!held) throw new Error('No variant is held to the goals');
  const isFast = held.timeRatio <= COLD_GOALS.time;
  const isSmall = held.sizeRatio <= COLD_GOALS.size;
  return `Goals, for "${held.name}": time at most ${COLD_GOALS.time}x, ${reached(isFast)}; loaded bundle at most ${COLD_GOALS.size}x, ${reached(isSmall)}.`;
}

export const lifeSection = (life: LifeOfAJob): string =>
  section(
    'The life of a job',
    'life',
    `One file, two results, one poll. What functions, the user and S3 ask of AWS, counted where it arrives. The units of indexes are those that the write costs on top of the table's own. [What it costs](costs.md).`,
    callTable(life.file.calls),
    indexLine(life),
    'Beside a system of the same kind that was measured elsewhere:',
    markdownTable(['', 'Waybill', 'the other'], anchorRows(life)),
    more(life),
    `Lambda's own receives and deletes, one each per batch, are not among these calls; they are in the costs. ${invocationLine(life)}`,
    'A webhook adds:',
    callTable(addedCalls(life)),
    `A poll costs ${life.poll.usage.dynamoDbReadUnits} read units while the item has at most 4 KB; that of the job above has ${life.file.itemBytes} bytes.`,
    '### Many results',
    'The list of results is an attribute of the item, and each write of the item pays for all of it. Write units of one run, indexes included, for steps of a second:',
    markdownTable(
      ['steps', 'result files', 'writes', 'write units', 'of the last write'],
      life.rewritten.map((each) => [
        each.steps,
        each.files,
        each.writes,
        each.writeUnits,
        each.lastWriteUnits,
      ]),
    ),
  );

const callTable = (calls: readonly BilledCalls[]): string =>
  markdownTable(
    ['who', 'call', 'calls', 'units of the table', 'of indexes', 'what for'],
    calls.map((each) => [
      each.by,
      `${each.service} ${each.operation}`,
      each.calls,
      each.service === 'dynamodb' ? each.units : '',
      each.service === 'dynamodb' ? each.indexUnits : '',
      purposeOf(each),
    ]),
  );

function addedCalls({ file, fileWithWebhook }: LifeOfAJob): BilledCalls[] {
  const isBefore = (each: BilledCalls): boolean =>
    file.calls.some(
      ({ by, service, operation }) =>
        by === each.by && service === each.service && operation === each.operation,
    );
  return fileWithWebhook.calls.filter((each) => !isBefore(each));
}

function indexLine({ file: { calls, usage } }: LifeOfAJob): string {
  const ofIndexes = calls.reduce((sum, { indexUnits }) => sum + indexUnits, 0);
  return `Indexes take ${ofIndexes} of the ${usage.dynamoDbWriteUnits} write units.`;
}

/** What the other does without. */
function more(life: LifeOfAJob): string {
  const worse = anchorRows(life).filter(
    ([, ours, theirs]) => Number(ours) > Number(String(theirs).split(' ').at(-1)),
  );
  return worse.length === 0
    ? 'Waybill needs no more of anything.'
    : `Waybill needs more ${worse.map(([what]) => what).join(', ')}: see the column "what for".`;
}

const invocationLine = ({ file }: LifeOfAJob): string =>
  `Invocations: ${file.invocations.map((each) => `${each.invocations} of ${each.function} (${ms(each.milliseconds)} ms)`).join(', ')}.`;

export const growthSection = ({ due, stages }: Growth): string =>
  section(
    'Growth',
    'growth',
    `Units consumed, not time, with so many jobs in the table, and a webhook delivery for one in ${DELIVERY_SHARE}. Of the jobs one in ${OPEN_SHARE} is open with a deadline ahead, ${due} have one that has passed, and all others have ended. \`growth --full\` goes on to a million. The units must not grow with the table.`,
    markdownTable(
      ['jobs', 'status', 'status of none', 'submission', `sweep, ${due} due`, 'sweep, none due'],
      stages.map((stage) => [
        stage.jobs.toLocaleString('en'),
        ...[stage.status, stage.statusOfNone, stage.submit, stage.sweepWithDue, stage.sweep].map(unitsCell),
      ]),
    ),
    growthVerdict(stages),
  );

const unitsCell = ({ calls, read, write }: Units): string => {
  const units = [read > 0 ? `${read} read` : '', write > 0 ? `${write} write` : '']
    .filter(Boolean)
    .join(', ');
  return `${units} (${calls} ${calls === 1 ? 'call' : 'calls'})`;
};

function growthVerdict(stages: Growth['stages']): string {
  const seen = new Set(
    stages.map(({ jobs: _, open: __, deliveries: ___, ...units }) => JSON.stringify(units)),
  );
  return seen.size === 1 ? 'They are the same at every size.' : '**They are not the same at every size.**';
}

export const fanOutSection = ({ runs }: FanOutFigures): string =>
  section(
    'Many recipients',
    'fan-out --full',
    `One message to so many recipients, of which each has a row. The receiver is on the same machine and takes everything at once. The template is \`message-delivery\` without its rate limit, which would decide how long everything takes; the last column has it: 50 a second for each of two chambers, and whoever comes too early is written once more, to wait. Counts read all rows and go by time, at most one a second and with more than 500 recipients one in 2 s per thousand: the slower the receiver, or this machine, the more of them.`,
    markdownTable(
      [
        'recipients',
        ...runs.map(({ recipients, isLimited }) => `${count(recipients)}${isLimited ? ', limited' : ''}`),
      ],
      FAN_OUT_ROWS.map(([what, of]) => [what, ...runs.map(of)]),
    ),
    fanOutVerdict(runs),
    'Invocations, and records or messages in each:',
    markdownTable(
      [
        'recipients',
        ...runs.map(({ recipients, isLimited }) => `${count(recipients)}${isLimited ? ', limited' : ''}`),
      ],
      FAN_OUT_FUNCTIONS.map((name) => [name, ...runs.map((run) => batchesCell(run, name))]),
    ),
  );

const count = (value: number): string => value.toLocaleString('en');
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
const perRecipient = (value: number, { recipients }: FanOutRun): string => (value / recipients).toFixed(2);

/** The row itself, its take and its outcome. */
const UNITS_PER_RECIPIENT = 3;

const FAN_OUT_ROWS: readonly (readonly [what: string, of: (run: FanOutRun) => string | number])[] = [
  ['write units of rows per recipient', (run) => perRecipient(run.rowWriteUnits, run)],
  ['– to write the row', (run) => perRecipient(run.rowWritesTo.queued ?? 0, run)],
  ['– to take it', (run) => perRecipient(run.rowWritesTo.processing ?? 0, run)],
  ['– to write what came of it', (run) => perRecipient(run.rowWritesTo.submitted ?? 0, run)],
  ['– to wait for a turn', (run) => perRecipient(run.rowWritesTo.rate_limited ?? 0, run)],
  ['write units of turns per recipient', (run) => perRecipient(run.turnWriteUnits, run)],
  ['read units of counts per recipient', (run) => perRecipient(run.countReadUnits, run)],
  ['writes of the item', (run) => run.itemWrites],
  ['– their units', (run) => run.itemWriteUnits],
  ['– by counts', (run) => run.itemWritesByCounts],
  ['– by counts, the most in a second', (run) => run.itemWritesInASecond],
  ['read units of the item', (run) => run.itemReadUnits],
  ['writes that a condition refused', (run) => run.refusedWrites],
  ['counts put off', (run) => run.postponedCounts],
  ['requests to SQS per recipient', (run) => perRecipient(run.usage.sqsRequests ?? 0, run)],
  ['invocations per recipient', (run) => perRecipient(run.usage.lambdaRequests ?? 0, run)],
  ['all rows written after', (run) => seconds(run.writtenMs)],
  ['all sent after', (run) => seconds(run.sentMs)],
  ['ended after another', (run) => seconds(run.closingMs)],
  [
    'dollars per 1,000 recipients',
    (run) => (costOf(run.usage).dollars * (1_000 / run.recipients)).toFixed(4),
  ],
];

const FAN_OUT_FUNCTIONS = [
  'worker',
  'enqueue-submissions',
  'submission-worker',
  'plan-tally',
  'tally',
] as const;

function batchesCell({ batches }: FanOutRun, name: (typeof FAN_OUT_FUNCTIONS)[number]): string {
  const found = batches.find((each) => each.function === name);
  return found ? `${found.invocations} (${(found.records / found.invocations).toFixed(1)})` : '';
}

function fanOutVerdict(runs: readonly FanOutRun[]): string {
  const isFlat = (run: FanOutRun): boolean =>
    run.rowWriteUnits - (run.rowWritesTo.rate_limited ?? 0) === UNITS_PER_RECIPIENT * run.recipients;
  const goals = [
    [`${UNITS_PER_RECIPIENT} write units of rows per recipient, and one for each wait`, runs.every(isFlat)],
    ['counts below one read unit per recipient', runs.every((run) => run.countReadUnits < run.recipients)],
    ['one write of the item a second by counts', runs.every((run) => run.itemWritesInASecond <= 1)],
  ] as const;
  return `Goals, at every size: ${goals.map(([what, isReached]) => `${what}, ${reached(isReached)}`).join('; ')}.`;
}

/** What was canceled or counted twice stays in the line until it has passed; nobody could tell the order of a batch. */
const PLACE_GOAL = { share: 0.07, batch: 100 };
const POSITION_READ_GOAL = 1;

export const positionSection = ({ stages, batches, passed }: PositionFigures): string =>
  section(
    'The place in the queue',
    'position',
    'What waiting jobs are told beside what is true, in lines of so many: four fifths come in a burst, the rest while others are taken, then the line empties, and on the way jobs of all its parts are asked. The stream is read in four shards, and its batches are given to the code of `enqueue`, with a real table. 5 % of the jobs are canceled while they wait, 5 % are repeated after a time, 2 % of the batches and of the messages come twice, and the next job that is taken is any of the first five. The units are those of the place alone; the status reads the item as well.',
    markdownTable(
      [
        'jobs in line',
        'asked',
        'error, median',
        'p95',
        'most',
        'most too few',
        'p95 of the line',
        'read units',
        'write units per job',
        'told when empty',
      ],
      stages.map(({ depth, errors, readUnits, writeUnitsPerJob, toldWhenEmpty }) => [
        count(depth),
        errors.samples,
        ...errorCells(errors),
        `${((100 * errors.p95) / depth).toFixed(1)} %`,
        readUnits.least === readUnits.most ? readUnits.most : `${readUnits.least} to ${readUnits.most}`,
        writeUnitsPerJob.toFixed(2),
        toldWhenEmpty,
      ]),
    ),
    positionVerdict(stages),
    `For each job that is put in and taken out: ${batches.map(({ batch, writeUnits, readUnits }) => `${writeUnits.toFixed(2)} write units and ${readUnits.toFixed(2)} read units where ${batch === 1 ? 'it comes alone' : `${batch} come at once`}`).join(', ')}.`,
    `Where one owner has put ${count(passed.depth)} into the line and SQS lets the others pass: the error of what that owner is told is ${passed.errors.median} in the median, p95 ${passed.errors.p95}, and ${passed.errors.tooFew} places too few at most. The others are told as if they came after all of them, ${count(passed.othersTold)} in the median, and it is their turn within ${passed.othersTruth}.`,
  );

const errorCells = ({ median, p95, most, tooFew }: PlaceErrors): string[] =>
  [median, p95, most, tooFew].map(count);

function positionVerdict(stages: PositionFigures['stages']): string {
  const allowed = (depth: number): number => PLACE_GOAL.share * depth + PLACE_GOAL.batch;
  const goals = [
    [
      `p95 of the error within ${Math.round(100 * PLACE_GOAL.share)} % of the line and a batch of ${PLACE_GOAL.batch}`,
      stages.every(({ depth, errors }) => errors.p95 <= allowed(depth)),
    ],
    [
      `${POSITION_READ_GOAL} read unit`,
      stages.every(({ readUnits }) => readUnits.most <= POSITION_READ_GOAL),
    ],
    ['a line that was empty leaves no error', stages.every(({ toldWhenEmpty }) => toldWhenEmpty === 1)],
  ] as const;
  return `Goals, at every length: ${goals.map(([what, isReached]) => `${what}, ${reached(isReached)}`).join('; ')}.`;
}

export const endToEndSection = ({ modes }: EndToEnd): string =>
  section(
    'End to end',
    'end-to-end',
    'From the submission to the poll that shows the end, warm, with a poll every 5 ms. The whole local cloud, database, queues and all functions, shares these cores with the client, so this says how fast a developer sees a result and what the parts cost together, not what AWS would take. Beside it, a bare round trip to `GET /health`, with as many in flight.',
    markdownTable(
      ['job', 'in flight', 'p50', 'p99', 'jobs/s', 'health p50', 'health p99', 'health/s'],
      modes.map((mode) => [
        mode.kind === 'text' ? 'text, two steps' : 'one file',
        mode.inFlight,
        `${ms(mode.p50Ms)} ms`,
        `${ms(mode.p99Ms)} ms`,
        perSecond(mode.perSecond),
        `${ms(mode.healthP50Ms)} ms`,
        `${ms(mode.healthP99Ms)} ms`,
        perSecond(mode.healthPerSecond),
      ]),
    ),
  );

export const memorySection = (copied: FileReport, validated: FileReport): string =>
  section(
    'The memory of a worker',
    'memory',
    "The most that a worker's process had while a file passed through a step: one that copies it, and `csv-validation` with a million rows of eight columns, a pattern, a unique key, a rule, and the good rows as a file of their own. The baseline is the same process before the first byte. V8 may keep as much garbage as on a machine of 1 GB.",
    markdownTable(
      ['step', 'bytes written', 'most memory', 'before', 'time'],
      [
        ['copy', ...memoryCells(copied)],
        ['csv-validation', ...memoryCells(validated)],
      ],
    ),
  );

const memoryCells = ({ bytes, seconds, maxRssMb, maxRssMbBefore }: FileReport): string[] => [
  `${Math.round(bytes / 2 ** 20)} MB`,
  `${maxRssMb} MB`,
  `${maxRssMbBefore} MB`,
  `${seconds} s`,
];
