import type { Lambda } from './lambda.ts';
import type { Cloud } from './ports.ts';

const MINUTE_MS = 60_000;

/** EventBridge: the sweep each minute, but for the minutes in which it would find nothing. */
export class SweepSchedule {
  private readonly lambda: Lambda;
  private readonly cloud: Cloud;
  private plannedAt = Number.POSITIVE_INFINITY;

  constructor(lambda: Lambda, cloud: Cloud) {
    this.lambda = lambda;
    this.cloud = cloud;
  }

  /** Something is due at that time, in milliseconds. */
  plan(dueAt: number): void {
    const { scheduler } = this.cloud;
    const next = (Math.floor(scheduler.ms / MINUTE_MS) + 1) * MINUTE_MS;
    const at = Math.max(next, Math.ceil(dueAt / MINUTE_MS) * MINUTE_MS);
    if (at >= this.plannedAt) return;
    this.plannedAt = at;
    scheduler.after(at - scheduler.ms, () => void this.fire(at));
  }

  private async fire(at: number): Promise<void> {
    if (at !== this.plannedAt) return;
    this.plannedAt = Number.POSITIVE_INFINITY;
    const { faults, scheduler } = this.cloud;
    if (this.firstDue() <= scheduler.ms && !faults.happens('missed schedule', 'sweep')) {
      const second = faults.happens('schedule fires twice', 'sweep');
      await Promise.all([this.lambda.invoke('sweep', null), second && this.lambda.invoke('sweep', null)]);
    }
    const due = this.firstDue();
    // While no message can be sent, each sweep finds the same: every tenth is enough to see.
    if (Number.isFinite(due))
      this.plan(faults.outageLeft > 0 ? Math.max(due, scheduler.ms + 10 * MINUTE_MS) : due);
  }

  private firstDue(): number {
    const { table, deliveries } = this.cloud;
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline_at } of table.items.values())
      if (deadline_at !== undefined) first = Math.min(first, deadline_at * 1000);
    for (const { due_at } of deliveries.rows.values())
      if (due_at !== undefined) first = Math.min(first, Date.parse(due_at));
    return first;
  }
}
