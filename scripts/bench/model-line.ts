import type { AssemblyWritten } from '../../lambdas/shared/stream-consumer.ts';
import type { Assembly } from '../../lib/domain/assembly.ts';
import { queuedAt } from '../../lib/domain/deadline.ts';
import { becameQueued } from '../../lib/domain/events.ts';

/** What goes wrong in a line, as shares of its jobs, batches and messages. */
export interface LineFaults {
  /** Jobs that are canceled while they wait. */
  readonly cancels: number;
  /** Jobs that fail at first, and are to be repeated later. */
  readonly retries: number;
  /** Batches of the stream that come twice. */
  readonly replays: number;
  /** Messages that come twice. */
  readonly duplicates: number;
  /** Among how many of the first messages the next one is drawn: 1 keeps the order. */
  readonly disorder: number;
}

export const NO_FAULTS: LineFaults = { cancels: 0, retries: 0, replays: 0, duplicates: 0, disorder: 1 };

export interface LineOptions {
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly faults: LineFaults;
  readonly shards: number;
  /** SQS takes the messages of everybody else before those of this owner. */
  readonly busyOwner?: string;
  /** In how many milliseconds a job is canceled at most, and when a run is repeated. */
  readonly patienceMs: number;
}

interface Job {
  assembly: Assembly;
  /** In its first run. */
  readonly fails: boolean;
}

interface Due {
  readonly at: number;
  readonly do: () => void;
}

/** A span of time, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * A line of jobs in memory: the writes that DynamoDB's stream tells, in shards, and the messages that SQS keeps. Of each job it
 * knows how many are really before it.
 */
export class ModelLine {
  private readonly options: LineOptions;
  private readonly shards: AssemblyWritten[][];
  private readonly jobs = new Map<string, Job>();
  private readonly waiting = new Set<Job>();
  private readonly messages: { readonly busy: Job[]; readonly others: Job[] } = { busy: [], others: [] };
  private readonly taken = { busy: 0, others: 0 };
  private due: Due[] = [];
  private written = 0;
  private claimed = 0;

  constructor(options: LineOptions) {
    this.options = options;
    this.shards = Array.from({ length: options.shards }, () => []);
  }

  /** How many wait for a worker. */
  get depth(): number {
    return this.waiting.size;
  }

  /** How many were taken so far. */
  get claims(): number {
    return this.claimed;
  }

  /** Writes so many new jobs, evenly over the time. */
  submit(count: number, { from, to }: Span, owner: () => string = () => 'ada'): void {
    const { random, faults, patienceMs } = this.options;
    for (let index = 0; index < count; index++) {
      const time = Math.floor(from + ((to - from) * (index + random())) / count);
      const job: Job = {
        assembly: newAssembly(++this.written, owner(), time),
        fails: random() < faults.retries,
      };
      this.jobs.set(job.assembly.assembly_id, job);
      this.waiting.add(job);
      this.tell(undefined, job.assembly);
      if (random() < faults.cancels)
        this.due.push({ at: time + random() * patienceMs, do: () => this.waiting.delete(job) });
    }
  }

  /** Workers take so many jobs, evenly over the time, as far as there are messages. */
  work(count: number, { from, to }: Span): void {
    for (let index = 0; index < count; index++)
      if (!this.claim(Math.floor(from + ((to - from) * (index + 0.5)) / count))) return;
  }

  /** What was to happen until then. */
  advance(time: number): void {
    const due = this.due.filter(({ at }) => at <= time);
    if (due.length === 0) return;
    this.due = this.due.filter(({ at }) => at > time);
    for (const each of due) each.do();
  }

  /** Takes the next writes of a shard. They are to be given to `consumed` afterwards. */
  read(shard: number, limit: number): AssemblyWritten[] {
    return this.shards[shard]?.splice(0, limit) ?? [];
  }

  get unread(): number {
    return this.shards.reduce((sum, { length }) => sum + length, 0);
  }

  /** The consumer of the stream has sent the messages of what became queued there. */
  consumed(batch: readonly AssemblyWritten[]): void {
    const { random, faults } = this.options;
    for (const { before, after } of batch) {
      if (!becameQueued(before, after)) continue;
      const job = this.jobs.get(after.assembly_id);
      if (job === undefined) continue;
      const send = (): unknown => this.linesOf(after).push(job);
      for (let copy = random() < faults.duplicates ? 2 : 1; copy > 0; copy--)
        if (after.next_retry_at) this.due.push({ at: Date.parse(after.next_retry_at), do: send });
        else send();
    }
  }

  /** Those who wait for a worker, the next one first. */
  inOrder(now: number): Assembly[] {
    const sent = new Set<Job>();
    for (const name of ['others', 'busy'] as const)
      for (const job of this.messages[name].slice(this.taken[name])) if (this.waiting.has(job)) sent.add(job);
    // Whoever was not sent yet is still in the stream, or waits for a time.
    const unsent = [...this.waiting].filter((job) => !sent.has(job) && !isDelayed(job.assembly, now));
    return [...sent, ...unsent].map(({ assembly }) => assembly);
  }

  private linesOf({ user_id }: Assembly): Job[] {
    return this.messages[user_id === this.options.busyOwner ? 'busy' : 'others'];
  }

  /** False where there was no message. */
  private claim(time: number): boolean {
    for (;;) {
      const job = this.next('others') ?? this.next('busy');
      if (job === undefined) return false;
      // A message of one that was canceled, or taken before, takes no time.
      if (!this.waiting.delete(job)) continue;
      this.claimed++;
      const before = job.assembly;
      const { next_retry_at, ...rest } = before;
      const started_at = new Date(time).toISOString();
      job.assembly = {
        ...rest,
        status: 'processing',
        claim: before.claim + 1,
        started_at,
        updated_at: started_at,
      };
      this.tell(before, job.assembly);
      if (job.fails && before.retry_count === 0)
        this.due.push({ at: time + 500, do: () => this.repeat(job, time + 500) });
      return true;
    }
  }

  private repeat(job: Job, time: number): void {
    const before = job.assembly;
    const retryAt = new Date(time + this.options.patienceMs);
    job.assembly = {
      ...before,
      ...queuedAt(new Date(time), before, retryAt),
      retry_count: before.retry_count + 1,
      updated_at: new Date(time).toISOString(),
    };
    this.waiting.add(job);
    this.tell(before, job.assembly);
  }

  private next(name: 'busy' | 'others'): Job | undefined {
    const { random, faults } = this.options;
    const line = this.messages[name];
    const first = this.taken[name];
    if (first >= line.length) return undefined;
    const drawn = Math.min(line.length - 1, first + Math.floor(random() * faults.disorder));
    const job = line[drawn];
    for (let index = drawn; index > first; index--) line[index] = line[index - 1] as Job;
    this.taken[name]++;
    return job;
  }

  private tell(before: Assembly | undefined, after: Assembly): void {
    const shard = Number.parseInt(after.assembly_id.slice(-4), 16) % this.shards.length;
    this.shards[shard]?.push({ before, after });
  }
}

const isDelayed = ({ next_retry_at }: Assembly, now: number): boolean =>
  next_retry_at !== undefined && Date.parse(next_retry_at) > now;

function newAssembly(number: number, owner: string, time: number): Assembly {
  const now = new Date(time);
  // Any bits will do, so that the shard is not known from the number.
  const id = Math.imul(number, 0x9e3779b1) >>> 0;
  return {
    ...{
      assembly_id: `${number}-${id.toString(16).padStart(8, '0')}`,
      template_id: 'text-statistics',
      user_id: owner,
    },
    ...{ attempt: 1, claim: 0, version: 1, last_writer: 'bench', external: false, branch: 'main' },
    ...{ progress: 0, retry_count: 0, max_retries: 3 },
    ...{ created_at: now.toISOString(), updated_at: now.toISOString() },
    status: 'queued',
    queued_at: now.toISOString(),
  };
}
