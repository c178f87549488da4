import type { SQSEvent } from 'aws-lambda';
import { toItem } from '../../lambdas/shared/assembly-item.ts';
import { jsonAttributes } from '../../lambdas/shared/json-attributes.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { Submission } from '../../lib/domain/submission.ts';
import { InMemoryDeliveriesTable } from '../lambdas/in-memory-deliveries-table.ts';
import { InMemoryJobsTable } from '../lambdas/in-memory-jobs-table.ts';
import { InMemorySubmissionsTable } from '../lambdas/in-memory-submissions-table.ts';
import { Client, type JobOptions } from './client.ts';
import { Faults, type Weather, weatherOf } from './faults.ts';
import { TIMEOUTS } from './functions.ts';
import { History } from './history.ts';
import type { Platform } from './invocation.ts';
import { Lambda, type Plant } from './lambda.ts';
import { Mailboxes } from './mailboxes.ts';
import type { Cloud } from './ports.ts';
import { QueueMapping } from './queue-mapping.ts';
import { Random } from './random.ts';
import { Receiver, type ReceiverKind } from './receiver.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedQueue } from './simulated-queue.ts';
import { SimulatedStream } from './simulated-stream.ts';
import { StreamMapping } from './stream-mapping.ts';
import { SweepSchedule } from './sweep-schedule.ts';

const START = new Date('2026-11-21T12:00:00.000Z');
/** What has not come to rest by then never will: before the first ended assembly expires. */
const END = new Date(START.getTime() + 28 * 86_400_000);
/** More than three times what they need in the worst weather: what needs more goes round in circles. */
const STEPS_PER_JOB = 1_500;
const STEPS_PER_RECIPIENT = 600;
/** AWS, and so the stack: a message comes again only when the function that has it is over for certain. */
const VISIBILITY_FACTOR = 6;

export interface SimulationOptions extends JobOptions {
  readonly jobs?: number;
  readonly plant?: Plant;
  readonly weather?: Weather;
}

/** A deployment after all has come to rest, with what happened until then. */
export interface World extends Cloud {
  readonly seed: number;
  /** False where something still went on at the end of virtual time. */
  readonly cameToRest: boolean;
}

/** One deployment and its users, from the first submission until nothing moves any more. All that is random comes from the seed. */
export async function simulate(
  seed: number,
  { jobs = 50, plant, weather, ...options }: SimulationOptions = {},
): Promise<World> {
  const random = new Random(seed);
  const scheduler = new Scheduler(random, START);
  const history = new History(scheduler);
  const faults = new Faults(weather ?? weatherOf(random), random, scheduler, history);
  const platform: Platform = { scheduler, random, faults, history };
  const streams: Streams = {
    jobs: new SimulatedStream<Assembly>({ itemOf: (assembly) => toItem(assembly) }),
    submissions: new SimulatedStream<Submission>({ itemOf: (row) => rowJson.toText({ ...row }) }),
  };
  /** Told when something wants to be looked at, in milliseconds. */
  let onDue: (at: number) => void = () => {};
  const previous = new Map<string, Assembly | undefined>();
  const cloud: Cloud = {
    ...platform,
    previous,
    ...queuesOf(platform),
    table: new InMemoryJobsTable((before, after) => {
      history.add({ type: 'written', before, after });
      previous.set(after.assembly_id, before);
      streams.jobs.append(scheduler.ms, before, after);
      if (after.deadline_at !== undefined) onDue(after.deadline_at * 1000);
    }),
    deliveries: new InMemoryDeliveriesTable(({ due_at }) => {
      if (due_at !== undefined) onDue(Date.parse(due_at));
    }),
    submissionRows: new InMemorySubmissionsTable((before, after) => {
      history.add({ type: 'row', before, after });
      streams.submissions.append(scheduler.ms, before, after);
    }),
    rowsPerPage: Math.max(5, (options.recipients ?? 0) / 5),
    rateLimitRows: new Map(),
    mailboxes: new Mailboxes(platform),
    objects: new Map(),
    receivers: receiverKinds(platform).map((kind, index) => new Receiver(index, kind, platform)),
  };
  const lambda = new Lambda(cloud, plant);
  connectQueues(lambda, cloud);
  if (!plant?.withoutStream) connectStreams(lambda, cloud, streams);
  if (!plant?.withoutSweep) {
    const sweeps = new SweepSchedule(lambda, cloud);
    onDue = (at) => sweeps.plan(at);
  }
  for (let index = 0; index < jobs; index += 1) void new Client(index, lambda, cloud, options).run();
  const cameToRest = await scheduler.run(
    END,
    jobs * (STEPS_PER_JOB + STEPS_PER_RECIPIENT * (options.recipients ?? 0)),
  );
  return { ...cloud, seed, cameToRest };
}

/** As the table holds them: what is free in form as text. */
const rowJson = jsonAttributes(['recipient', 'error'] satisfies readonly (keyof Submission)[]);

interface Streams {
  readonly jobs: SimulatedStream<Assembly>;
  readonly submissions: SimulatedStream<Submission>;
}

const receiverKinds = ({ random }: Platform): ReceiverKind[] => [
  'good',
  random.weighted({ good: 1, flaky: 3 }),
  random.weighted({ good: 3, 'down for hours': 1 }),
  random.weighted({ good: 8, gone: 1, dead: 1 }),
];

function queuesOf(platform: Platform) {
  const queue = (name: string, timeoutSeconds: number) => {
    const visibilitySeconds = VISIBILITY_FACTOR * timeoutSeconds;
    const deadLetters = new SimulatedQueue(`${name}-dead-letters`, { visibilitySeconds }, platform);
    return { deadLetters, live: new SimulatedQueue(name, { visibilitySeconds, deadLetters }, platform) };
  };
  const { live: jobs, deadLetters: jobsDeadLetters } = queue('jobs', TIMEOUTS.worker);
  const { live: submissions, deadLetters: submissionsDeadLetters } = queue(
    'submissions',
    TIMEOUTS['submission-worker'],
  );
  return {
    jobs,
    jobsDeadLetters,
    submissions,
    submissionsDeadLetters,
    tally: queue('tally', TIMEOUTS.tally).live,
    webhooks: queue('webhooks', TIMEOUTS['webhook-dispatcher']).live,
    uploads: queue('uploads', TIMEOUTS['receive-upload']).live,
  };
}

/** The event source mappings, as lib/waybill-stack.ts has them. */
function connectQueues(lambda: Lambda, cloud: Cloud): void {
  const one = { batchSize: 1, maxConcurrency: 50 };
  const ten = { batchSize: 10, maxConcurrency: 50 };
  new QueueMapping(cloud.jobs, (event) => lambda.invoke('worker', event), one, cloud);
  new QueueMapping(cloud.jobsDeadLetters, (event) => lambda.invoke('bury', event), ten, cloud);
  const submissions = { batchSize: 10, maxConcurrency: 20 };
  const worker = (event: SQSEvent) => lambda.invoke('submission-worker', event);
  new QueueMapping(cloud.submissions, worker, submissions, cloud);
  const bury = (event: SQSEvent) => lambda.invoke('bury-submission', event);
  new QueueMapping(cloud.submissionsDeadLetters, bury, ten, cloud);
  new QueueMapping(cloud.tally, (event) => lambda.invoke('tally', event), one, cloud);
  new QueueMapping(cloud.webhooks, (event) => lambda.invoke('webhook-dispatcher', event), ten, cloud);
  new QueueMapping(cloud.uploads, (event) => lambda.invoke('receive-upload', event), ten, cloud);
}

/** The same, of the streams. */
function connectStreams(lambda: Lambda, cloud: Cloud, { jobs, submissions }: Streams): void {
  new StreamMapping(
    jobs,
    (event) => lambda.invoke('enqueue', event),
    { name: 'enqueue', filter: (assembly) => assembly.status === 'queued' && isFedToWorker(assembly) },
    cloud,
  );
  new StreamMapping(
    jobs,
    (event) => lambda.invoke('notify', event),
    { name: 'notify', filter: ({ status }) => isTerminal(status) },
    cloud,
  );
  new StreamMapping(
    submissions,
    (event) => lambda.invoke('enqueue-submissions', event),
    { name: 'enqueue-submissions', filter: isWaitingHere },
    cloud,
  );
  new StreamMapping(
    submissions,
    (event) => lambda.invoke('plan-tally', event),
    { name: 'plan-tally', filter: () => true, batchSize: 100, windowMs: 1_000 },
    cloud,
  );
}

const isFedToWorker = ({ external, submission_count }: Assembly): boolean =>
  !external || submission_count !== undefined;

const isWaitingHere = ({ status, external }: Submission): boolean =>
  (status === 'queued' || status === 'rate_limited') && !external;
