import type { Assembly } from '../../lib/domain/assembly.ts';
import { isTerminal } from '../../lib/domain/state-machine.ts';
import type { StatusUpdate, SubmissionResult } from '../../lib/domain/status-update.ts';
import type { Cloud } from './ports.ts';

/** How often somebody reports of one list at most: by then nearly all is said, and the rest is what never comes. */
const REPORTS = 14;

/** Somebody's own machine, which sends to the recipients of an external assembly and reports as it likes. */
export class ListWorker {
  private readonly cloud: Cloud;
  private readonly update: (update: StatusUpdate) => Promise<unknown>;

  constructor(cloud: Cloud, update: (update: StatusUpdate) => Promise<unknown>) {
    this.cloud = cloud;
    this.update = update;
  }

  async work(assemblyId: string, recipients: readonly string[]): Promise<void> {
    const { scheduler, random, table } = this.cloud;
    for (let left = REPORTS; left > 0; left -= 1) {
      await scheduler.pause(random.int(200, 4 * 60_000));
      // It never comes back.
      if (random.chance(0.02)) return;
      const assembly = table.items.get(assemblyId);
      if (!assembly) return;
      if (isTerminal(assembly.status) && random.chance(0.7)) continue;
      const update = this.reportOf(assembly, recipients, left === 1);
      // Sent twice, by a worker that has heard nothing.
      await Promise.all([this.update(update), random.chance(0.1) && this.update(update)]);
    }
  }

  /** Of some of them, in any order, of some again; at the end of all. */
  private reportOf(assembly: Assembly, recipients: readonly string[], isLast: boolean): StatusUpdate {
    const { random } = this.cloud;
    const all = isLast || random.chance(0.15);
    const some = recipients.filter(() => all || random.chance(0.35));
    return {
      status: all || random.chance(0.1) ? random.pick(['completed', 'partial', 'failed']) : 'processing',
      submission_results: this.shuffled(some).map((id) => this.resultOf(assembly, id, isLast)),
      ...(random.chance(0.3) && { attempt: assembly.attempt }),
      ...(random.chance(0.2) && { progress_message: `Report ${random.int(1, 3)}` }),
    };
  }

  /** What was said before, mostly: what is over stays so. */
  private resultOf(
    { assembly_id, attempt }: Assembly,
    submission_id: string,
    isLast: boolean,
  ): SubmissionResult {
    const { random, submissionRows } = this.cloud;
    const row = submissionRows.of(assembly_id).find((stored) => stored.submission_id === submission_id);
    const isOver = row?.status === 'submitted' || (row?.status === 'failed' && row.attempt === attempt);
    const status =
      isOver && !random.chance(0.05)
        ? row.status
        : random.weighted({
            submitted: 60,
            failed: 12,
            rate_limited: isLast ? 0 : 8,
            processing: isLast ? 0 : 15,
            queued: isLast ? 0 : 5,
          });
    return {
      submission_id,
      status: status as SubmissionResult['status'],
      ...(status === 'submitted' && random.chance(0.5) && { confirmation: `outside-${submission_id}` }),
    };
  }

  private shuffled<T>(list: readonly T[]): T[] {
    const { random } = this.cloud;
    const left = [...list];
    return list.map(() => left.splice(random.int(0, left.length - 1), 1)[0] as T);
  }
}
