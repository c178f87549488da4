import type { Assembly } from '../../lib/domain/assembly.ts';
import type { JobMessage } from '../../lib/domain/events.ts';
import { WEBHOOK_SCHEDULE } from '../../lib/domain/retry-schedule.ts';
import { canTransition, isTerminal } from '../../lib/domain/state-machine.ts';
import { checkFanOut, FAN_OUT_INVARIANTS } from './fan-out-invariants.ts';
import { type HistoryEvent, type Post, short } from './history.ts';
import type { World } from './world.ts';

/** The promises that hold whatever goes wrong. */
export const INVARIANTS = {
  I1: 'every accepted job ends',
  I2: 'an attempt ends once, and an end is left only by a new attempt',
  I3: 'versions count up by one, progress never falls in one claim, and a stale claim writes nothing',
  I5: 'every end reaches its receiver, or its delivery shows that it did not',
  I6: 'one version has one webhook-id, and an attempt one version that ends it',
  I11: 'nothing is left over: queues are empty, the dead have a reason, no open index entry of what has ended',
  I12: 'work is bounded: runs by the retries, webhooks by their schedule',
  ...FAN_OUT_INVARIANTS,
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
  /** What it is about, to find its events. */
  readonly assemblyId?: string;
}

type Written = Extract<HistoryEvent, { type: 'written' }>;

/** What the history has on one assembly. */
interface Life {
  readonly assemblyId: string;
  readonly writes: Written[];
  readonly posts: { readonly post: Post; readonly told: Told }[];
  readonly deadLetters: Pick<Assembly, 'attempt' | 'claim'>[];
}

type Told = Pick<Assembly, 'assembly_id' | 'version' | 'attempt' | 'status'>;

/** Looks at everything that happened. Empty where every promise was kept. */
export function violationsOf(world: World): Violation[] {
  const lives = livesOf(world);
  const violations: Violation[] = [];
  for (const life of lives.values()) {
    const report = (invariant: Invariant, detail: string): void => {
      violations.push({
        invariant,
        detail: `${short(life.assemblyId)}: ${detail}`,
        assemblyId: life.assemblyId,
      });
    };
    checkEnd(life, world, report);
    checkWrites(life, report);
    checkClaims(life, report);
    checkDeliveries(life, world, report);
    checkEventIds(life, report);
    checkBuried(life, report);
    checkBounds(life, world, report);
  }
  checkFanOut(world, (invariant, detail, assemblyId) =>
    violations.push({ invariant, detail, ...(assemblyId !== undefined && { assemblyId }) }),
  );
  checkRest(world, (invariant, detail) => violations.push({ invariant, detail }));
  return violations;
}

type Report = (invariant: Invariant, detail: string) => void;

function livesOf({ history }: World): Map<string, Life> {
  const lives = new Map<string, Life>();
  const lifeOf = (assemblyId: string): Life => {
    const life = lives.get(assemblyId) ?? { assemblyId, writes: [], posts: [], deadLetters: [] };
    lives.set(assemblyId, life);
    return life;
  };
  for (const event of history.events) {
    if (event.type === 'accepted') lifeOf(event.assemblyId);
    if (event.type === 'written') lifeOf(event.after.assembly_id).writes.push(event);
    if (event.type === 'dead' && event.queue === 'jobs') {
      const message: JobMessage = JSON.parse(event.body);
      lifeOf(message.assembly_id).deadLetters.push(message);
    }
    if (event.type === 'posted') {
      const told: Told = JSON.parse(event.post.body);
      lifeOf(told.assembly_id).posts.push({ post: event.post, told });
    }
  }
  return lives;
}

function checkEnd({ assemblyId }: Life, { table }: World, report: Report): void {
  const stored = table.items.get(assemblyId);
  if (!stored) report('I1', 'was accepted and is not there');
  else if (!isTerminal(stored.status)) report('I1', `is still ${stored.status} when all has come to rest`);
}

function checkWrites({ writes }: Life, report: Report): void {
  for (const { before, after } of writes) {
    if (after.version !== (before?.version ?? 0) + 1)
      report('I3', `version ${after.version} follows ${before?.version ?? 'nothing'}`);
    if (!before) continue;
    const { status, attempt, claim, progress } = before;
    const isSameRun = after.attempt === attempt && after.claim === claim;
    if (isSameRun && after.status === status && after.progress < progress)
      report('I3', `progress falls from ${progress} to ${after.progress} in claim ${claim}`);
    if (after.claim < claim || after.attempt < attempt) report('I3', `version ${after.version} goes back`);
    if (isTerminal(status) && after.attempt !== attempt + 1 && !isCorrection(before, after))
      report('I2', `${status} becomes ${after.status} in the same attempt`);
    // Buried in a retry, one whose recipients were reached in part before ends as what it is.
    const isBuriedPart =
      status === 'queued' && after.status === 'partial' && (before.submission_counts?.submitted ?? 0) > 0;
    if (after.status !== status && !isBuriedPart && !canTransition(status, after.status, after))
      report('I2', `${status} becomes ${after.status}`);
  }
}

/** What a message that was on its way when the attempt ended has made of its submission. */
const COUNTED: readonly (keyof Assembly)[] = [
  ...(['submission_counts', 'submissions_version', 'retryable_submissions'] as const),
  ...(['counted_at', 'counted_from'] as const),
  ...(['version', 'updated_at', 'last_writer'] as const),
];

/** Of an attempt that has ended, the counts alone may be corrected. */
const isCorrection = (before: Assembly, after: Assembly): boolean =>
  after.submission_count !== undefined &&
  (Object.keys(after) as (keyof Assembly)[]).every(
    (name) => after[name] === before[name] || COUNTED.includes(name),
  );

/** Each invocation of the worker writes to what it has taken, for as long as it has it. */
function checkClaims({ writes }: Life, report: Report): void {
  const taken = new Map<string, { attempt: number; claim: number }>();
  for (const { before, after } of writes) {
    const worker = invocationOf(after);
    if (!worker.startsWith('worker-') || !before) continue;
    const mine = taken.get(worker);
    if (!mine) {
      taken.set(worker, { attempt: after.attempt, claim: after.claim });
      if (after.claim !== before.claim + 1) report('I3', `${worker} writes without a claim`);
    } else if (
      before.claim !== mine.claim ||
      before.attempt !== mine.attempt ||
      before.status !== 'processing'
    )
      report(
        'I3',
        `${worker} writes under claim ${mine.claim} when it is ${before.status}, claim ${before.claim}`,
      );
  }
}

/** Writers are named after their invocation. */
const invocationOf = ({ last_writer }: Assembly): string => last_writer.slice(0, last_writer.indexOf('.'));

const endsOf = ({ writes }: Life): Assembly[] =>
  writes
    .filter(({ before, after }) => isTerminal(after.status) && !(before && isTerminal(before.status)))
    .map(({ after }) => after);

function checkDeliveries(life: Life, world: World, report: Report): void {
  for (const end of endsOf(life)) {
    if (end.webhook_url === undefined) continue;
    const posts = life.posts.filter(({ told }) => told.version === end.version);
    if (posts.some(({ post }) => post.statusCode >= 200 && post.statusCode < 300)) continue;
    const row = rowsOf(life, world).find(({ payload }) => versionIn(payload) === end.version);
    if (row?.state !== 'exhausted' && row?.state !== 'gone')
      report(
        'I5',
        `nobody was told of version ${end.version}, ${end.status}: ${row?.state ?? 'no delivery'}`,
      );
  }
}

const rowsOf = ({ assemblyId }: Life, { deliveries }: World) =>
  [...deliveries.rows.values()].filter(({ assembly_id }) => assembly_id === assemblyId);

const versionIn = (payload: string): number => (JSON.parse(payload) as Told).version;

function checkEventIds({ posts }: Life, report: Report): void {
  const ids = new Map<string, Set<string>>();
  const note = (key: string, eventId: string): void => {
    const known = ids.get(key) ?? new Set();
    ids.set(key, known.add(eventId));
  };
  for (const { post, told } of posts) {
    note(`version ${told.version} for ${post.url}`, post.eventId);
    if (isTerminal(told.status)) note(`the end of attempt ${told.attempt} for ${post.url}`, post.eventId);
  }
  for (const [what, known] of ids)
    if (known.size > 1) report('I6', `${what} came as ${[...known].join(' and ')}`);
}

/** Copies of a message, and dispatchers that die between sending and recording, make some more than the schedule. */
const POSTS_PER_ATTEMPT = 6;

function checkBounds(life: Life, world: World, report: Report): void {
  const runs = new Map<number, number>();
  for (const { before, after } of life.writes)
    if (after.status === 'processing' && before?.status !== 'processing')
      runs.set(after.attempt, (runs.get(after.attempt) ?? 0) + 1);
  const { max_retries = 0 } = world.table.items.get(life.assemblyId) ?? {};
  for (const [attempt, count] of runs)
    if (count > maxRetriesOf(life, attempt, max_retries) + 1)
      report('I12', `attempt ${attempt} has run ${count} times`);
  const scheduled = WEBHOOK_SCHEDULE.length + 1;
  for (const { attempt_count, attempts, event_id } of rowsOf(life, world)) {
    if (attempt_count > scheduled || attempts.length !== attempt_count)
      report(
        'I12',
        `${event_id} has ${attempts.length} attempts, and counts ${attempt_count} of ${scheduled}`,
      );
    const sent = life.posts.filter(({ post }) => post.eventId === event_id).length;
    const isCalm = Object.keys(world.faults.weather.rates).length === 0;
    if (sent > (isCalm ? attempt_count : scheduled * POSTS_PER_ATTEMPT))
      report('I12', `${event_id} was sent ${sent} times in ${attempt_count} attempts`);
  }
}

/** Of that attempt: a restart may have brought another. */
const maxRetriesOf = ({ writes }: Life, attempt: number, otherwise: number): number =>
  writes.find(({ after }) => after.attempt === attempt)?.after.max_retries ?? otherwise;

function checkRest(world: World, report: Report): void {
  if (!world.cameToRest) report('I12', 'something still goes on after four weeks, or goes round in circles');
  for (const queue of [
    world.jobs,
    world.webhooks,
    world.uploads,
    world.jobsDeadLetters,
    world.submissions,
    world.submissionsDeadLetters,
    world.tally,
  ])
    if (queue.messages.size > 0)
      report('I11', `the queue ${queue.name} holds ${queue.messages.size} messages`);
  for (const assembly of world.table.items.values())
    if (isTerminal(assembly.status) && assembly.deadline_at !== undefined)
      report('I11', `${short(assembly.assembly_id)} has ended and has a deadline`);
  for (const { state, due_at, event_id } of world.deliveries.rows.values())
    if (state === 'pending' || due_at !== undefined) report('I11', `${event_id} is ${state}, due ${due_at}`);
}

/** A dead letter speaks of work that went on all the same or was buried, and only the dead are buried. */
function checkBuried({ writes, deadLetters }: Life, report: Report): void {
  const keyOf = ({ attempt, claim }: Pick<Assembly, 'attempt' | 'claim'>): string =>
    `attempt ${attempt}, claim ${claim}`;
  const dead = new Set(deadLetters.map(keyOf));
  const leftQueue = writes.filter(
    ({ before, after }) => before?.status === 'queued' && after.status !== 'queued',
  );
  const left = new Set(leftQueue.map(({ before, after }) => keyOf(before ?? after)));
  // Those of a look after its submissions: the next look is planned already.
  for (const { after } of writes) if (after.expanded_at !== undefined) left.add(keyOf(after));
  for (const key of dead)
    if (!left.has(key)) report('I11', `has a dead letter of ${key}, which nothing came of`);
  for (const { before, after } of leftQueue)
    if (after.error?.code === 'message_undeliverable' && !dead.has(keyOf(before ?? after)))
      report('I11', `was buried at ${keyOf(before ?? after)} without a dead letter`);
}
