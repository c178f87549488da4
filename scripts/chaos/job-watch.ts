import { setTimeout as wait } from 'node:timers/promises';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { Backstage, StoredJob } from './backstage.ts';
import type { History } from './history.ts';

const EVERY_MS = 1_000;
const LOOK_MS = 250;

/**
 * Looks at the table once a second, so that a thousand users need not poll: that they could is shown elsewhere, and would
 * take the processor from what is tried here.
 */
export class JobWatch {
  private readonly backstage: Pick<Backstage, 'jobs'>;
  private readonly history: History;
  private readonly over: AbortSignal;
  private readonly seen = new Map<string, StoredJob>();

  constructor({
    backstage,
    history,
    over,
  }: {
    readonly backstage: Pick<Backstage, 'jobs'>;
    readonly history: History;
    readonly over: AbortSignal;
  }) {
    this.backstage = backstage;
    this.history = history;
    this.over = over;
  }

  get jobs(): readonly StoredJob[] {
    return [...this.seen.values()];
  }

  get ended(): number {
    return this.jobs.filter(({ status }) => isTerminal(status)).length;
  }

  /** Until the run is over. */
  async run(): Promise<void> {
    while (!this.over.aborted) {
      for (const job of await this.backstage.jobs()) this.see(job);
      await wait(EVERY_MS, undefined, { signal: this.over });
    }
  }

  /** Resolves when that attempt, or a later one, has ended. */
  async end(assemblyId: string, attempt: number): Promise<StoredJob> {
    for (;;) {
      const job = this.seen.get(assemblyId);
      if (job && job.attempt >= attempt && isTerminal(job.status)) return job;
      await wait(LOOK_MS, undefined, { signal: this.over });
    }
  }

  private see(job: StoredJob): void {
    const before = this.seen.get(job.assembly_id);
    this.seen.set(job.assembly_id, job);
    if (before?.version === job.version) return;
    const { status, attempt, claim, version } = job;
    this.history.note(
      job.assembly_id,
      `stored: ${status}, attempt ${attempt}, claim ${claim}, version ${version}`,
    );
  }
}
