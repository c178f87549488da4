import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { Facts, JobFacts, Receipt } from './facts.ts';

/** Something that breaks an invariant, by an assembly where there is one. */
export interface Breach {
  readonly id?: string;
  readonly why: string;
}

/** An invariant, and what breaks it. It holds where nothing does. */
export interface Check {
  readonly name: string;
  readonly breaches: readonly Breach[];
}

/** Whether all that was promised held, from what was seen of it. Pure, so that it can be shown to fail. */
export function verdict(facts: Facts): Check[] {
  const received = byAttempt(facts.receipts);
  const accepted = facts.jobs.filter((job): job is AcceptedJob => job.id !== undefined);
  const breaches = (why: (job: AcceptedJob) => Why): Breach[] =>
    accepted.flatMap((job) => [why(job)].flat().map((each) => ({ id: job.id, why: each })));
  return [
    {
      name: 'every submission was accepted in the end',
      breaches: facts.jobs
        .filter(({ id }) => id === undefined)
        .map(({ kind, strange }) => ({ why: `${kind}: ${strange.join('; ') || 'no answer'}` })),
    },
    {
      name: '0 lost: every accepted job can be looked up',
      breaches: breaches(({ end }) => (end ? [] : 'GET did not answer with a status')),
    },
    {
      name: '0 stuck: every job has ended',
      breaches: breaches(({ end }) => (!end || isTerminal(end.status) ? [] : `it is ${end.status}`)),
    },
    {
      name: 'no assembly is left in the index of open ones',
      breaches: facts.open.map((id) => ({ id, why: 'it is there' })),
    },
    {
      name: 'one terminal event id per attempt, however often it came',
      breaches: breaches((job) => attemptsOf(job).flatMap((attempt) => eventIdsOf(job, attempt, received))),
    },
    {
      name: 'an event comes with the same bytes each time',
      breaches: manyBodies(facts.receipts),
    },
    {
      name: 'every signature verifies',
      breaches: facts.receipts.flatMap(({ assemblyId: id, fault }) =>
        fault === undefined ? [] : { id, why: fault },
      ),
    },
    {
      name: 'every webhook was delivered, and its row says so',
      breaches: breaches((job) => deliveriesOf(job, received)),
    },
    { name: 'GET tells what the last webhook told', breaches: breaches((job) => lastWord(job, received)) },
    { name: 'versions never fall', breaches: breaches((job) => fallingVersions(job, received)) },
    {
      name: 'every answer is a documented one',
      breaches: breaches(({ strange }) => strange),
    },
    {
      name: 'the queues are empty',
      breaches: Object.entries(facts.queues)
        .filter(([, messages]) => messages > 0)
        .map(([queue, messages]) => ({ why: `${queue}: ${messages} messages` })),
    },
    {
      name: 'a dead letter is that of a failed job',
      breaches: facts.deadLetters
        .filter(({ assemblyId }) => accepted.find(({ id }) => id === assemblyId)?.end?.status !== 'failed')
        .map(({ queue, assemblyId: id }) => ({ id, why: `in ${queue}` })),
    },
    {
      name: 'no consumer has put anything aside',
      breaches: facts.putAside.map((key) => ({ why: key })),
    },
  ];
}

type AcceptedJob = JobFacts & { readonly id: string };
type Why = string | readonly string[];

/** The receipts of each attempt, in the order in which they came. */
type Received = ReadonlyMap<string, readonly Receipt[]>;

const attemptKey = (id: string, attempt: number): string => `${id} ${attempt}`;

const byAttempt = (receipts: readonly Receipt[]): Received =>
  Map.groupBy(receipts, ({ assemblyId, attempt }) => attemptKey(assemblyId, attempt));

/** 1 to the last that has ended; one that has not is a breach of its own. */
const attemptsOf = ({ end }: JobFacts): number[] =>
  Array.from({ length: end ? end.attempt : 0 }, (_, index) => index + 1);

function eventIdsOf({ id }: AcceptedJob, attempt: number, received: Received): string[] {
  const ids = new Set((received.get(attemptKey(id, attempt)) ?? []).map(({ eventId }) => eventId));
  if (ids.size === 1) return [];
  return [`attempt ${attempt} has ${ids.size} event ids${ids.size > 0 ? `: ${[...ids].join(', ')}` : ''}`];
}

function manyBodies(receipts: readonly Receipt[]): Breach[] {
  const events = Map.groupBy(receipts, ({ eventId }) => eventId);
  return [...events].flatMap(([eventId, same]) =>
    new Set(same.map(({ body }) => body)).size === 1
      ? []
      : { id: same[0]?.assemblyId, why: `${eventId} came with several bodies` },
  );
}

function deliveriesOf(job: AcceptedJob, received: Received): string[] {
  const { id, deliveries } = job;
  const events = attemptsOf(job).flatMap((attempt) => received.get(attemptKey(id, attempt)) ?? []);
  const rows = new Set(deliveries.map(({ eventId }) => eventId));
  return [
    ...deliveries
      .filter(({ state }) => state !== 'delivered')
      .map(({ eventId, state, attempts }) => `${eventId} is ${state} after ${attempts} attempts`),
    ...deliveries
      .filter(({ eventId }) => !events.some((event) => event.eventId === eventId && event.taken))
      .map(({ eventId }) => `the receiver never took ${eventId}`),
    ...[...new Set(events.map(({ eventId }) => eventId))]
      .filter((eventId) => !rows.has(eventId))
      .map((eventId) => `${eventId} has no row`),
    ...(deliveries.length === attemptsOf(job).length
      ? []
      : [`it has ${deliveries.length} rows for ${attemptsOf(job).length} attempts`]),
  ];
}

function lastWord({ id, end }: AcceptedJob, received: Received): Why {
  const last = end && received.get(attemptKey(id, end.attempt))?.at(-1);
  if (!last || !end) return [];
  return last.status === end.status ? [] : `GET says ${end.status}, the webhook ${last.status}`;
}

function fallingVersions(job: AcceptedJob, received: Received): Why {
  const { id, versions, end } = job;
  const told = attemptsOf(job).map((attempt) => received.get(attemptKey(id, attempt))?.at(-1)?.version ?? 0);
  const last = end ? [end.version] : [];
  const inOrder = [...told.filter((version) => version > 0), ...last];
  const falls = inOrder.some((version, index) => version < (inOrder[index - 1] ?? 0));
  return [
    ...versions
      .filter((answer) => answer.told < answer.known)
      .map((answer) => `an answer told ${answer.told} when ${answer.known} was known`),
    ...(falls ? [`webhooks, then GET: ${inOrder.join(', ')}`] : []),
  ];
}
