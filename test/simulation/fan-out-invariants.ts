import { type Assembly, epochSeconds } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import {
  isSettled,
  NO_SUBMISSIONS,
  SUBMISSION_STATUSES,
  type Submission,
  type SubmissionCounts,
  type SubmissionMessage,
  statusIn,
} from '../../lib/domain/submission.ts';
import { tallyIntervalSeconds } from '../../lib/domain/submission-tally.ts';
import { type HistoryEvent, short } from './history.ts';
import { SENDS_PER_SECOND } from './job-templates.ts';
import type { World } from './world.ts';

/** The promises about assemblies with recipients. */
export const FAN_OUT_INVARIANTS = {
  F1: 'counts add up to the recipients, are those of the rows in the end, and an older count never follows a newer one',
  F2: 'an attempt ends when each recipient has settled, and none stays open after it',
  F3: 'a mailbox takes each recipient once over all attempts, and took whoever is called submitted',
  F4: 'nobody is sent to who has been sent to',
  F5: 'the rows are counted at most once in their interval',
  F6: 'no rate limit is exceeded',
  F7: 'a dead letter speaks of a submission that went on all the same or was buried, and only the dead are buried',
  F8: 'a submission is in one hand at a time, which alone writes what came of it',
  F9: 'tries are bounded by the retries',
} as const;
export type FanOutInvariant = keyof typeof FAN_OUT_INVARIANTS;

type Report = (invariant: FanOutInvariant, detail: string, assemblyId?: string) => void;
type Called = Extract<HistoryEvent, { type: 'called' }>;

/** Goes through what happened, with the rows as they were at each moment. */
export function checkFanOut(world: World, report: Report): void {
  new FanOutCheck(world, report).run();
}

const TOLD_BY_WORKER = /^submission-worker-/;

class FanOutCheck {
  private readonly world: World;
  private readonly report: Report;
  /** By assembly and recipient, as far as the history has been gone through. */
  private readonly rows = new Map<string, Map<string, Submission>>();
  private readonly assemblies = new Map<string, Assembly>();
  private readonly keys = new Map<string, string>();
  /** Those that a mailbox has taken. */
  private readonly taken = new Set<string>();
  /** Whose row has said so once. */
  private readonly submitted = new Set<string>();
  private readonly calls = new Map<string, Called[]>();
  private readonly disturbed = new Set<string>();
  /** Takes of a row in its attempt, less those that ended in the receiver's wish to wait. */
  private readonly tries = new Map<string, number>();
  /** Messages that ended in the dead letters, by submission and attempt. */
  private readonly dead = new Set<string>();
  private readonly buried = new Set<string>();
  private readonly lostTallies = new Set<string>();

  constructor(world: World, report: Report) {
    this.world = world;
    this.report = report;
  }

  run(): void {
    for (const event of this.world.history.events) this.see(event);
    for (const assembly of this.world.table.items.values())
      if (assembly.submission_count !== undefined) this.checkRest(assembly);
    for (const key of this.buried)
      if (!this.dead.has(key)) this.report('F7', `${key} was buried without a dead letter`);
    for (const [limit, calls] of this.calls) this.checkRate(limit, calls);
  }

  private see(event: HistoryEvent): void {
    switch (event.type) {
      case 'written':
        this.assemblies.set(event.after.assembly_id, event.after);
        if (event.after.submission_count !== undefined) this.seeAssembly(event.before, event.after);
        break;
      case 'row':
        this.seeRow(event.before, event.after, event.at);
        break;
      case 'called':
        this.seeCall(event);
        break;
      case 'taken':
        if (event.isNew && this.taken.has(nameOf(event)))
          this.report('F3', `${nameOf(event)} was taken twice`, event.assemblyId);
        this.taken.add(nameOf(event));
        break;
      case 'fault':
        // Its calls may come long after their turn.
        this.disturbed.add(event.where.split(' ')[0] ?? '');
        break;
      case 'trimmed':
        if (event.name === 'plan-tally') this.lostTallies.add(event.assemblyId);
        break;
      case 'dead': {
        if (event.queue === 'tally') this.lostTallies.add(JSON.parse(event.body).assembly_id);
        if (event.queue !== 'submissions') break;
        const { assembly_id, submission_id, attempt }: SubmissionMessage = JSON.parse(event.body);
        this.dead.add(`${assembly_id} ${submission_id} attempt ${attempt}`);
        break;
      }
    }
  }

  private seeAssembly(before: Assembly | undefined, after: Assembly): void {
    const { assembly_id, submission_count, submission_counts, submissions_version = 0 } = after;
    const report = (invariant: FanOutInvariant, detail: string): void =>
      this.report(invariant, `${short(assembly_id)} v${after.version}: ${detail}`, assembly_id);
    const sum = Object.values(submission_counts ?? {}).reduce((total, count) => total + count, 0);
    if (sum !== submission_count)
      report('F1', `counts ${sum} of ${submission_count}: ${told(submission_counts)}`);
    if (!before) return;
    if (submissions_version < (before.submissions_version ?? 0))
      report('F1', `a count of ${submissions_version} follows one of ${before.submissions_version}`);
    if (isTerminal(after.status) && !isTerminal(before.status)) this.checkEnd(before, after, report);
    const { counted_at } = after;
    if (counted_at === before.counted_at || counted_at === undefined || before.counted_at === undefined)
      return;
    // The end is told at once, and so is what somebody outside reports as the end.
    if (after.status !== before.status || !after.last_writer.startsWith('tally-')) return;
    const seconds = (Date.parse(counted_at) - Date.parse(before.counted_at)) / 1000;
    if (seconds < tallyIntervalSeconds(submission_count ?? 0))
      report('F5', `was counted again after ${seconds} s`);
  }

  /** The write that ends an attempt, where counting has ended it. */
  private checkEnd(
    before: Assembly,
    after: Assembly,
    report: (invariant: FanOutInvariant, detail: string) => void,
  ): void {
    const { assembly_id, submission_count = 0, submission_counts, submissions_version } = after;
    const isCounted = submissions_version !== before.submissions_version || after.progress === 100;
    if (after.status === 'canceled' || !isCounted || isTimedOut(after)) return;
    const rows = [...(this.rows.get(assembly_id)?.values() ?? [])];
    const settled = rows.filter((row) => isSettled(statusIn(before, row)));
    if (settled.length !== submission_count)
      report('F2', `${after.status} with ${settled.length} of ${submission_count} settled`);
    const { submitted } = countsOf(after, rows);
    if (submission_counts?.submitted !== submitted)
      report('F1', `ends with ${told(submission_counts)}, and ${submitted} are submitted`);
  }

  private seeRow(before: Submission | undefined, after: Submission, at: number): void {
    const { assembly_id, submission_id, attempt, status, last_writer } = after;
    const name = nameOf({ assemblyId: assembly_id, submissionId: submission_id });
    const report = (invariant: FanOutInvariant, detail: string): void =>
      this.report(invariant, `${name} v${after.version}: ${detail}`, assembly_id);
    const rows = this.rows.get(assembly_id) ?? new Map<string, Submission>();
    this.rows.set(assembly_id, rows.set(submission_id, after));
    if (after.version !== (before?.version ?? 0) + 1) report('F8', `follows ${before?.version}`);
    if (before?.status === 'submitted' && status !== 'submitted') report('F8', `submitted becomes ${status}`);
    if (before?.status === 'failed' && before.attempt === attempt && status !== 'failed')
      report('F8', `failed becomes ${status} in the same attempt`);
    if (status === 'submitted' && before?.status !== 'submitted' && !after.external && !this.taken.has(name))
      report('F3', 'is submitted, and no mailbox has it');
    if (status === 'submitted') this.submitted.add(name);
    if (after.error?.code === 'message_undeliverable' && before?.error?.code !== after.error.code)
      this.buried.add(`${assembly_id} ${submission_id} attempt ${attempt}`);
    if (!TOLD_BY_WORKER.test(last_writer)) return;
    const isTake = status === 'processing';
    if (before?.status === 'processing') {
      const isMine = invocationOf(before) === invocationOf(after) && !isTake;
      if (!isMine && (before.lease_until ?? 0) * 1000 > at)
        report('F8', `${before.last_writer} has it when ${last_writer} writes ${status}`);
    }
    this.countTries(name, before, after, report);
  }

  private countTries(
    name: string,
    before: Submission | undefined,
    { status, attempt, assembly_id }: Submission,
    report: (invariant: FanOutInvariant, detail: string) => void,
  ): void {
    const key = `${name} attempt ${attempt}`;
    const spent = status === 'processing' ? 1 : 0;
    const given = before?.status === 'processing' && status === 'rate_limited' ? 1 : 0;
    const tries = (this.tries.get(key) ?? 0) + spent - given;
    this.tries.set(key, tries);
    const { max_retries = 0 } = this.assemblies.get(assembly_id) ?? {};
    if (tries > max_retries + 1) report('F9', `was taken ${tries} times with ${max_retries} retries`);
  }

  private seeCall(call: Called): void {
    const { assemblyId, key, limit } = call;
    const name = nameOf(call);
    const known = this.keys.get(name) ?? key;
    this.keys.set(name, known);
    if (known !== key) this.report('F3', `${name} goes by ${known} and by ${key}`, assemblyId);
    if (this.submitted.has(name))
      this.report('F4', `${name} is sent to in attempt ${call.attempt} and has been`, assemblyId);
    if (limit !== undefined) this.calls.set(limit, [...(this.calls.get(limit) ?? []), call]);
  }

  /** When all has come to rest. */
  private checkRest(assembly: Assembly): void {
    const { assembly_id, status, submission_count, submission_counts, attempt, expanded_at } = assembly;
    const rows = this.world.submissionRows.of(assembly_id);
    const id = short(assembly_id);
    const counts = countsOf(assembly, rows);
    const isSame = SUBMISSION_STATUSES.every((each) => submission_counts?.[each] === counts[each]);
    // A correction after the end can be lost for good: in dead letters, which raise an alarm, or in a day without SQS.
    if (!isSame && !this.lostTallies.has(assembly_id))
      this.report('F1', `${id} ${status} says ${told(submission_counts)}, not ${told(counts)}`, assembly_id);
    if (status === 'canceled' || expanded_at === undefined || isTimedOut(assembly)) return;
    if (rows.length !== submission_count)
      this.report('F2', `${id} has ${rows.length} rows of ${submission_count}`, assembly_id);
    for (const row of rows)
      if (!isSettled(row.status) || (row.status === 'failed' && row.attempt !== attempt))
        this.report('F2', `${id} ${row.submission_id} is still ${row.status}`, assembly_id);
  }

  /** A turn is used up to 2 s late and a second early, by a worker that nothing holds up. */
  private checkRate(limit: string, calls: readonly Called[]): void {
    const SLACK_SECONDS = 3.2;
    const times = calls.filter(({ invocation }) => !this.disturbed.has(invocation)).map(({ at }) => at);
    for (const [first, from] of times.entries())
      for (let last = first + 1; last < times.length; last += 1) {
        const seconds = ((times[last] ?? 0) - from) / 1000;
        const most = SENDS_PER_SECOND * (seconds + SLACK_SECONDS) + Math.max(1, SENDS_PER_SECOND);
        if (last - first + 1 <= most) continue;
        this.report('F6', `${last - first + 1} sends to ${limit} in ${seconds} s`, calls[first]?.assemblyId);
        return;
      }
  }
}

/** What the rows mean, those that were never written included. */
function countsOf(assembly: Assembly, rows: readonly Submission[]): SubmissionCounts {
  const { submission_count = 0, attempt } = assembly;
  const counts = { ...NO_SUBMISSIONS };
  for (const row of rows) counts[statusIn(assembly, row)] += 1;
  counts[statusIn(assembly, { status: 'queued', attempt })] += submission_count - rows.length;
  return counts;
}

/** What an external worker has not reported in time has failed without a write. */
const isTimedOut = ({ external, expanded_at, timeout_seconds = 0, ended_at }: Assembly): boolean =>
  external &&
  expanded_at !== undefined &&
  ended_at !== undefined &&
  // Deadlines are whole seconds.
  epochSeconds(new Date(ended_at)) >= epochSeconds(new Date(expanded_at)) + timeout_seconds;

const nameOf = (of: { readonly assemblyId: string; readonly submissionId: string }): string =>
  `${short(of.assemblyId)} ${of.submissionId}`;

const invocationOf = ({ last_writer }: Submission): string => last_writer.slice(0, last_writer.indexOf('.'));

const told = (counts: SubmissionCounts | undefined): string =>
  Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
