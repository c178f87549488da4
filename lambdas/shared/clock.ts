/** Time, as an argument: tests and the simulation decide how it goes. */
export interface Clock {
  readonly now: () => Date;
  /** Calls back once, after so many milliseconds. What it returns calls it off. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves after so many milliseconds. */
  pause(ms: number): Promise<unknown>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
