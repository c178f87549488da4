import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../lambdas/shared/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  private time: number;
  private readonly timers = new Set<Timer>();

  constructor(start: Date) {
    this.time = start.getTime();
  }

  readonly now = (): Date => new Date(this.time);

  /** How many callbacks are planned. */
  get planned(): number {
    return this.timers.size;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Lets so many milliseconds pass, and what was planned for them happen, one after the other with all that follows. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await setImmediate();
      const [next] = [...this.timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = end;
  }
}
