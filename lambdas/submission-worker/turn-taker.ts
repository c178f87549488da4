import type { RateLimitStore } from '../shared/rate-limit-store.ts';

interface Asked {
  readonly perSecond: number;
  readonly waiting: ((turn: Promise<Date>) => void)[];
}

/** Gets the turns that a batch of messages asks for in one go, one write for each limit. */
export class TurnTaker {
  private readonly limits: Pick<RateLimitStore, 'reserve'>;
  private readonly now: () => Date;
  private asked = new Map<string, Asked>();

  constructor(limits: Pick<RateLimitStore, 'reserve'>, now: () => Date) {
    this.limits = limits;
    this.now = now;
  }

  /** When it may go; now or earlier for at once. */
  take(limitKey: string, perSecond: number): Promise<Date> {
    // What is asked for until the event loop comes round again is asked for together.
    if (this.asked.size === 0) setImmediate(() => this.reserve());
    return new Promise((resolve) => {
      const asked = this.asked.get(limitKey) ?? { perSecond, waiting: [] };
      this.asked.set(limitKey, asked);
      asked.waiting.push(resolve);
    });
  }

  private reserve(): void {
    const round = this.asked;
    this.asked = new Map();
    for (const [limitKey, { perSecond, waiting }] of round) {
      const turns = this.limits.reserve({ limitKey, perSecond, count: waiting.length }, this.now());
      for (const [index, resolve] of waiting.entries())
        resolve(
          turns.then((times) => {
            const time = times[index];
            if (time) return time;
            throw new Error(`Fewer turns than asked for of ${limitKey}`);
          }),
        );
    }
  }
}
