import type { Clock } from '../../lambdas/shared/clock.ts';
import type { Random } from './random.ts';

interface Resumption {
  readonly at: number;
  /** Decides between those of one moment: by the seed and not by who came first. */
  readonly turn: number;
  readonly serial: number;
  callback: (() => void) | undefined;
}

/**
 * Virtual time. Everything that waits, for a call's answer or for next week, is a resumption in one heap. One is resumed
 * at a time; the next only when the code that it woke has come to its next wait.
 */
export class Scheduler implements Clock {
  /** Resumptions made so far. */
  steps = 0;
  private readonly random: Random;
  private readonly heap: Resumption[] = [];
  private time: number;
  private serial = 0;
  private hasTicks = false;

  constructor(random: Random, startAt: Date) {
    this.random = random;
    this.time = startAt.getTime();
  }

  readonly now = (): Date => new Date(this.time);

  get ms(): number {
    return this.time;
  }

  readonly after = (ms: number, callback: () => void): (() => void) => {
    this.serial += 1;
    const at = this.time + Math.max(0, ms);
    const resumption: Resumption = { at, turn: this.random.next(), serial: this.serial, callback };
    this.push(resumption);
    return () => {
      resumption.callback = undefined;
    };
  };

  readonly pause = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve));

  /** Files are read in ticks of their own: the code that was woken now comes to its next wait only after those. */
  awaitTicks(): void {
    this.hasTicks = true;
  }

  /** Runs until nothing waits any more, until that time, or for so many steps. Returns whether nothing waits. */
  run(until: Date, maxSteps: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        if (this.hasTicks) {
          this.hasTicks = false;
          setImmediate(step);
          return;
        }
        try {
          const next = this.pop();
          if (!next || next.at > until.getTime() || this.steps === maxSteps) {
            resolve(next === undefined);
            return;
          }
          this.time = next.at;
          this.steps += 1;
          next.callback?.();
        } catch (error) {
          reject(error);
          return;
        }
        // Node comes to the next tick when no promise has anything left to do; that costs a fifth of an immediate.
        queueMicrotask(() => process.nextTick(step));
      };
      setImmediate(step);
    });
  }

  private push(resumption: Resumption): void {
    const { heap } = this;
    let index = heap.length;
    heap.push(resumption);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Resumption;
      if (!isBefore(resumption, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = resumption;
  }

  /** The first that was not called off. */
  private pop(): Resumption | undefined {
    for (;;) {
      const first = this.heap[0];
      if (!first) return undefined;
      const last = this.heap.pop() as Resumption;
      if (this.heap.length > 0) this.sink(last);
      if (first.callback) return first;
    }
  }

  private sink(resumption: Resumption): void {
    const { heap } = this;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const smaller =
        right < heap.length && isBefore(heap[right] as Resumption, heap[left] as Resumption) ? right : left;
      const below = heap[smaller];
      if (!below || !isBefore(below, resumption)) break;
      heap[index] = below;
      index = smaller;
    }
    heap[index] = resumption;
  }
}

const isBefore = (a: Resumption, b: Resumption): boolean =>
  a.at !== b.at ? a.at < b.at : a.turn !== b.turn ? a.turn < b.turn : a.serial < b.serial;
